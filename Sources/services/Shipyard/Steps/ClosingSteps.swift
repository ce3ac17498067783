import Deckhand
import OrderedCollections
import Primitives
import SiteActions
import Workflow

/// The tag on the revision, and the steps of the deployment's status (`docs/reference/shipyard.md` §6.4, §8.3).
enum ClosingSteps {
    /// `create_action_tag`: says on the committed revision how the action went.
    static func tag(_ context: StepContext) async throws -> StepOutcome {
        let state = context.action.run.steps[SiteSteps.getReleases]?.state
        let tag = state?.isFailure == true ? RevisionRoles.failureTag : RevisionRoles.successTag
        let revision = try context.revision()
        do {
            try await context.environment.documents.tag(revision: revision, tag)
        } catch {
            context.log.write(error.inWords, .error)
            throw StepError(FailureCauses.text("Failed to create revision tag!", causes: [error.inWords]))
        }
        context.log.write("Tagged revision \(revision) with \(tag)")
        return .success()
    }

    /// `deployment_status` and `final_deployment_status`. The action has its status, of which they keep no other record.
    static func deploymentStatus(_ context: StepContext) async throws -> StepOutcome {
        let check = context.result(of: SiteSteps.concurrency)
        guard check?["concurrency_check_success"] == true else {
            throw StepError("Concurrency check did not pass, so the deployment status will not be updated")
        }
        return .success()
    }
}
