import Deckhand
import Documents
import Logging
import Primitives
import SiteActions
import Store
import Workflow

/// What a step may use.
package struct StepContext: Sendable {
    package let action: SiteAction
    package let step: String
    package let tryNumber: Int
    package let log: StepLog
    package let environment: StepEnvironment
    /// Tells the runner what the step waits for now; nil when it goes on.
    package let setWait: @Sendable (StepWait?) async -> Void

    /// What an earlier step left.
    package func result(of step: String) -> Value? { action.run.result(of: step) }

    package var configuration: DeploymentConfiguration {
        DeploymentConfiguration(flat: result(of: SiteSteps.configuration))
    }

    /// - Throws: `StepError` where the action has no revision.
    package func revision() throws(StepError) -> Int {
        guard let revision = action.committedRevision else {
            throw StepError(
                "Design_revision is not set. Cannot proceed with retrieval of the design configuration")
        }
        return revision
    }

    /// Where Drydock finds the rendered documents.
    package func designReference() throws(StepError) -> String {
        environment.designReference(try revision())
    }

    /// Does `work`, and says meanwhile what the step waits for.
    func waiting<T: Sendable>(
        for event: String, atMost seconds: Double, _ work: () async throws -> T
    ) async throws -> T {
        let since = environment.now()
        await setWait(
            StepWait(event: event, since: since, deadline: since.adding(seconds: seconds), then: "the try fails"))
        let result = try await work()
        await setWait(nil)
        return result
    }

    /// No step fails for a remark that cannot be stored.
    package func addNotes(_ notes: [Note]) async {
        do { try await environment.notes.add(notes) } catch { log.write("Notes were not stored: \(error)", .warning) }
    }

    /// A note on this step; the same `source` of the same try is stored once.
    package func note(
        _ text: String, subject: String? = nil, subType: String = "step metadata", verbosity: Int = 1,
        link: String? = nil, at time: Timestamp? = nil, source: String
    ) -> Note {
        .step(
            action.id, step, text, subject: subject, subType: subType, verbosity: verbosity, link: link,
            isAuthLink: link != nil, at: time ?? environment.now(),
            source: "\(action.id)/\(step)/\(tryNumber)/\(source)")
    }
}

/// What all steps share.
package struct StepEnvironment: Sendable {
    package let documents: DocumentService
    package let provisioner: any SiteProvisioner
    package let armada: (any SoftwareDeployer)?
    package let promenade: (any SoftwareComponent)?
    /// `http://127.0.0.1:9000/api/v1.0`
    package let deckhandEndpoint: String
    package let notes: NoteStore
    let actions: ActionStore
    /// Whether deployment groups that do not depend on each other are deployed together.
    let deploysGroupsConcurrently: Bool
    package let now: @Sendable () -> Timestamp

    /// Ends what a try of a step has set going elsewhere.
    func terminateTasks(of action: SiteAction, step: String, tryNumber: Int) async throws {
        try await provisioner.terminateTasks(
            keyPrefix: Self.taskKey(action.id, step, tryNumber),
            reason: "The step \(step) of action \(action.id) was interrupted.")
    }

    /// What the keys of all tasks of a try of a step begin with.
    static func taskKey(_ action: String, _ step: String, _ tryNumber: Int) -> String {
        "\(action)/\(step)/\(tryNumber)/"
    }

    /// What the keys of all tasks of a step begin with, or of all steps where `step` is nil.
    static func taskKey(_ action: String, of step: String?) -> String {
        step.map { "\(action)/\($0)/" } ?? "\(action)/"
    }

    /// The step whose task was started with `key`; nil where that is none of ours.
    static func step(ofTaskKey key: String) -> String? {
        let parts = key.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        return parts.count == 3 ? String(parts[1]) : nil
    }

    /// The action whose task was started with `key`; nil where that is none of ours.
    static func action(ofTaskKey key: String?) -> String? {
        guard let id = key?.prefix(while: { $0 != "/" }), ULID(String(id)) != nil else { return nil }
        return String(id)
    }

    /// The rendered documents, secrets in clear.
    func renderedDocuments(_ revision: Int) async throws -> [RenderedDocument] {
        try await documents.rendered(revision: revision).documents
    }

    package func designReference(_ revision: Int) -> String {
        "deckhand+\(deckhandEndpoint)/revisions/\(revision)/rendered-documents"
    }
}

/// Why a step failed.
package struct StepError: TypedError, Equatable {
    package var message: String

    package init(_ message: String) { self.message = message }

    package var kind: ErrorKind { .failed }
    package var code: String { "shipyard.step-failed" }
}

package enum StepOutcome: Sendable {
    /// With what it leaves for later steps.
    case success(Value? = nil)
    /// There was nothing to do.
    case skipped(String)
}

/// What a step does. It may be run again with the same try after a restart, and must then not do anything twice.
package typealias StepOperation = @Sendable (StepContext) async throws -> StepOutcome
