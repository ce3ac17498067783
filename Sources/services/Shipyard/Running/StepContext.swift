import Deckhand
import Documents
import Logging
import Primitives
import SiteActions
import Store
import Workflow

/// What a step can use while it runs.
package struct StepContext: Sendable {
    /// The action as it was when the try began.
    package let action: SiteAction
    /// The id of the step.
    package let step: String
    /// The number of the try, from 1.
    package let tryNumber: Int
    /// The log of this try.
    package let log: StepLog
    /// What all steps share.
    package let environment: StepEnvironment
    /// Tells the runner what the step waits for now; nil when it no longer waits.
    package let setWait: @Sendable (StepWait?) async -> Void

    /// The result of an earlier step; nil where it left none.
    package func result(of step: String) -> Value? { action.run.result(of: step) }

    /// The deployment configuration that the step `deployment_configuration` left, with its defaults.
    package var configuration: DeploymentConfiguration {
        DeploymentConfiguration(flat: result(of: SiteSteps.configuration))
    }

    /// The committed revision of the action.
    ///
    /// - Throws: `StepError` where the action has none.
    package func revision() throws(StepError) -> Int {
        guard let revision = action.committedRevision else {
            throw StepError(
                "Design_revision is not set. Cannot proceed with retrieval of the design configuration")
        }
        return revision
    }

    /// Armada, asked on behalf of whoever created the action; nil where none is configured.
    var armada: (any SoftwareDeployer)? { environment.armada?.asked(by: RequestOrigin(action)) }

    /// As `armada`, Promenade.
    var promenade: (any SoftwareComponent)? { environment.promenade?.asked(by: RequestOrigin(action)) }

    /// The address of the rendered documents of the committed revision, for Drydock.
    ///
    /// - Throws: `StepError` where the action has none.
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

    /// Stores notes. Where that fails it is logged, and the step goes on.
    package func addNotes(_ notes: [Note]) async {
        do { try await environment.notes.add(notes) } catch {
            log.write("Notes were not stored: \(error.inWords)", .warning)
        }
    }

    /// A note on this step.
    ///
    /// - Parameters:
    ///   - subject: nil for the step itself.
    ///   - source: a second note with the same source in the same try is not stored.
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
    /// This daemon's Deckhand.
    package let documents: DocumentService
    /// This daemon's Drydock.
    package let provisioner: any SiteProvisioner
    /// Nil where no Armada is configured.
    package let armada: (any SoftwareDeployer)?
    /// Nil where no Promenade is configured.
    package let promenade: (any SoftwareComponent)?
    /// The address of this daemon's API, `http://127.0.0.1:9000/api/v1.0`.
    package let deckhandEndpoint: String
    /// Where notes are stored.
    package let notes: NoteStore
    let actions: ActionStore
    /// Whether deployment groups that do not depend on each other are deployed together.
    let deploysGroupsConcurrently: Bool
    /// How long machines that are ready wait at first for others of their group that are ready soon.
    let deploymentPause: Duration
    /// The present time; tests bring their own.
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

    /// The id of the action whose step made the task with this key; nil for another task.
    static func action(ofTaskKey key: String?) -> String? {
        guard let id = key?.prefix(while: { $0 != "/" }), ULID(String(id)) != nil else { return nil }
        return String(id)
    }

    /// The rendered documents, secrets in clear.
    func renderedDocuments(_ revision: Int) async throws -> [RenderedDocument] {
        try await documents.rendered(revision: revision).documents
    }

    /// The address of the rendered documents of a revision, for Drydock.
    package func designReference(_ revision: Int) -> String {
        "deckhand+\(deckhandEndpoint)/revisions/\(revision)/rendered-documents"
    }
}

/// The error of a step that failed.
package struct StepError: TypedError, Equatable {
    /// Why the step failed. It becomes the message of the step.
    package var message: String
    /// What it did all the same, in the form of a successful step's result; nil where there is nothing to tell.
    package var result: Value?

    package init(_ message: String, result: Value? = nil) {
        self.message = message
        self.result = result
    }

    /// Always `failed`.
    package var kind: ErrorKind { .failed }
    /// Always `shipyard.step-failed`.
    package var code: String { "shipyard.step-failed" }
}

/// The outcome of a step that did not fail.
package enum StepOutcome: Sendable {
    /// The step succeeded, with a result for later steps or none.
    case success(Value? = nil)
    /// There was nothing to do, for the reason that is given.
    case skipped(String)
}

/// Carries out a step. It may run again with the same try after a restart, and must not do anything twice then.
package typealias StepOperation = @Sendable (StepContext) async throws -> StepOutcome
