import Deckhand
import Documents
import OrderedCollections
import Primitives
import SiteActions
import Workflow

/// The tag on the revision and the record of the deployment (`docs/reference/shipyard.md` §6.4, §8.3).
enum ClosingSteps {
    /// `create_action_tag`: says on the committed revision how the action went.
    static func tag(_ context: StepContext) async throws -> StepOutcome {
        let state = context.action.run.steps[SiteSteps.getReleases]?.state
        let tag = state?.isFailure == true ? RevisionRoles.failureTag : RevisionRoles.successTag
        let revision = try context.revision()
        do {
            try await context.environment.documents.tag(revision: revision, tag)
        } catch {
            context.log.write("\(error)", .error)
            throw StepError("Failed to create revision tag!")
        }
        context.log.write("Tagged revision \(revision) with \(tag)")
        return .success()
    }

    /// `deployment_status` and `final_deployment_status`.
    static func recordStatus(_ context: StepContext) async throws -> StepOutcome {
        let check = context.result(of: SiteSteps.concurrency)
        guard check?["concurrency_check_success"] == true else {
            throw StepError("Concurrency check did not pass, so the deployment status will not be updated")
        }
        let isFinal = context.step == SiteSteps.finalStatus
        let steps = context.action.run.steps.mapValues { Optional($0.state.rawValue) }
        var record: Value.Object = [:]
        record["deployment"] = DeploymentStatus.record(
            of: context.action.value, state: context.action.run.state.rawValue, steps: steps,
            endpoint: context.environment.deckhandEndpoint, isForcedComplete: isFinal)
        if let revision = context.action.committedRevision,
            let documents = try? await context.environment.renderedDocuments(revision)
        {
            let (schema, name) = DocumentCheck.version
            let version = documents.first { $0.schema == schema && $0.name == name }?.data.objectValue ?? [:]
            record.merge(version) { kept, _ in kept }
        }
        try await context.environment.actions.setDeploymentStatus(.object(record))
        return .success()
    }
}

/// What is recorded of the last deployment (`docs/reference/shipyard.md` §6.4).
package enum DeploymentStatus {
    private static let criticalSteps = [
        SiteSteps.applySoftware, SiteSteps.getReleases, "skip_upgrade_airflow", "upgrade_airflow",
        SiteSteps.testReleases,
    ]

    /// - Parameter steps: the states of the steps by their ids.
    package static func record(
        of action: Value, state: String?, steps: OrderedDictionary<String, String?>, endpoint: String,
        isForcedComplete: Bool
    ) -> Value {
        let lifecycle = SiteAction.lifecycle(state)
        let hasEnded = lifecycle == "Complete" || lifecycle == "Failed"
        let results =
            switch lifecycle {
            case "Complete": "successful"
            case "Failed": "failed"
            default: result(of: steps)
            }
        func text(_ key: String) -> Value {
            guard let value = action[key], !value.isNull else { return "unknown" }
            return .string(value.pythonText)
        }
        let revision = action["committed_rev_id"].map(\.pythonText) ?? "unknown"
        return [
            "status": .string(hasEnded || isForcedComplete ? "completed" : "running"), "results": .string(results),
            "context-marker": text("context_marker"), "action": text("id"),
            "document_url": .string("deckhand+\(endpoint)/revisions/\(revision)/rendered-documents"),
            "user": text("user"), "date": text("timestamp"),
        ]
    }

    /// `failed`, `pending`, `successful` or `unknown`, by the steps that decide.
    package static func result(of steps: OrderedDictionary<String, String?>) -> String {
        var result = "unknown"
        for step in criticalSteps {
            guard let state = steps[step] else { continue }
            switch (state ?? "none").lowercased() {
            case "failed", "upstream_failed", "shutdown", "removed": return "failed"
            case "none", "scheduled", "queued", "running", "up_for_retry", "up_for_reschedule": result = "pending"
            case "success", "skipped": if result == "unknown" { result = "successful" }
            default: return "unknown"
            }
        }
        return result
    }
}
