import Deckhand
import OrderedCollections
import Primitives
import SiteActions
import Workflow

extension ShipyardService {
    /// Controls an action, as `POST actions/{id}/control/{verb}` does.
    ///
    /// `pause` lets running steps end and starts no others; `unpause` continues; `stop` interrupts running steps and
    /// fails the action; `retry` runs what failed again, and all that comes after it.
    ///
    /// - Throws: `ShipyardError` for an unknown action or verb, and for an action that is not in a state for it;
    ///   `StoreError`.
    package func control(_ verb: String, of id: String, caller: ShipyardCaller) async throws {
        guard let action = try await actions.action(id) else { throw ShipyardError.unknownAction(id) }
        switch verb {
        case "pause": try await command(.pause, verb, action, from: [.running], caller)
        case "unpause": try await command(.unpause, verb, action, from: [.paused], caller)
        case "stop":
            try await command(.stop, verb, action, from: [.running, .paused], caller)
            try await tagStopped(id)
        case "retry": try await retry(action, caller)
        default: throw ShipyardError(.unknownControl, "Control not supported", "Unknown control \(verb)")
        }
    }

    /// A stopped action is a failed one for the versions of documents; the step that says so on the revision is skipped.
    private func tagStopped(_ id: String) async throws {
        guard let action = try await actions.action(id), let revision = action.committedRevision,
            let step = action.run.steps[SiteSteps.tagging], step.state != .success
        else { return }
        try await dependencies.documents.tag(revision: revision, RevisionRoles.failureTag)
    }

    private func command(
        _ event: WorkflowRun.Event, _ verb: String, _ action: SiteAction, from states: Set<RunState>,
        _ caller: ShipyardCaller
    ) async throws {
        let check: @Sendable (WorkflowRun) throws -> Void = { run in
            guard !states.contains(run.state) else { return }
            let state = run.state.rawValue
            throw ShipyardError(
                .wrongState, "Unable to \(verb) action",
                verb == "unpause"
                    ? "The action is not paused: its dag_run state is \(state)"
                    : "dag_run state must be running, but is \(state)")
        }
        guard let runner = await runners.runner(action.id) else {
            try check(action.run)
            throw ShipyardError(
                .stopping, "Unable to \(verb) action", "The action is not being run; the service is stopping")
        }
        try await runner.receive(event, from: ActionRunner.Command(name: verb, user: caller.name, check: check))
    }

    private func retry(_ action: SiteAction, _ caller: ShipyardCaller) async throws {
        guard action.run.state == .failed else {
            throw ShipyardError(
                .wrongState, "Unable to retry action",
                "dag_run state must be failed, but is \(action.run.state.rawValue)")
        }
        guard action.run.startedAt != nil else {
            throw ShipyardError(
                .wrongState, "Unable to retry action",
                "A pre-run check refused the action, so it never began. Mend what its validations say and create it anew"
            )
        }
        let open = try await actions.openNames().map(\.name)
        if let other = action.conflict(with: open + [action.name]) {
            throw ShipyardError(
                .actionsExclude, "Unable to retry action", "\(action.name) conflicts with running \(other.rawValue)")
        }
        guard let runner = await runners.obtain(action) else {
            throw ShipyardError(.stopping, "Unable to retry action", "The service is stopping")
        }
        let command = ActionRunner.Command(name: "retry", user: caller.name) { run in
            guard run.state != .failed else { return }
            throw ShipyardError(
                .wrongState, "Unable to retry action", "dag_run state must be failed, but is \(run.state.rawValue)")
        }
        do {
            try await runner.receive(.rerun, from: command)
        } catch is ActionRunner.Ended {
            // It failed just now, and has not been let go of yet.
            await runners.release(runner, of: action.id)
            try await control("retry", of: action.id, caller: caller)
        }
    }
}
