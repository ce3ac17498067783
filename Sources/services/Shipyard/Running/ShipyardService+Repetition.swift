import Drydock
import Logging
import MessageCatalog
import Primitives
import Store
import Workflow

extension ShipyardService {
    /// What the ids of steps begin with where ends of the daemon are counted.
    private static let kind = "step/"

    private struct RunningStep: Sendable {
        let action: String
        let step: String
        let tryNumber: Int

        var id: String { "\(ShipyardService.kind)\(action)/\(step)/\(tryNumber)" }
    }

    /// To be called before `run`, and after Drydock's part, where the daemon before this one ended unasked: a step that
    /// was running then, and at the end before, without anything happening in between, fails instead of being resumed.
    ///
    /// A step whose Drydock task was ended for the same reason has got further by that: it learns what its task came to.
    package func endRepeatedSteps() async throws {
        var open: [SiteAction] = []
        for (id, _) in try await actions.openNames() {
            // One that cannot be read is told of by `run`.
            if let action = try? await actions.action(id) { open.append(action) }
        }
        let running = open.flatMap { action in
            action.run.steps.filter { $0.value.state == .running }.map { step, record in
                RunningStep(action: action.id, step: step, tryNumber: record.tryNumber)
            }
        }
        let repeated = Set(
            try await dependencies.database.write { connection in
                try UncleanEnds.repeated(
                    running.map { step in
                        let prefix = StepEnvironment.taskKey(step.action, step.step, step.tryNumber)
                        // A step whose task waits does nothing but await the task.
                        return UncleanEnds.Work(
                            id: step.id, progress: try DrydockService.progress(keyPrefix: prefix, connection),
                            isIdle: try DrydockService.isIdle(keyPrefix: prefix, connection))
                    }, kind: Self.kind, connection)
            })
        for action in open {
            var run = action.run
            let now = dependencies.now()
            for step in running where step.action == action.id && repeated.contains(step.id) {
                dependencies.logger.error(
                    .stepAbandoned,
                    "a step that the daemon ended at again and again is not resumed",
                    metadata: ["action": "\(action.id)", "step": "\(step.step)"])
                // What is to be done then is asked for again by the resumption.
                _ = run.receive(
                    .stepAbandoned(step.step, tryNumber: step.tryNumber, message: Self.repetition), at: now)
            }
            if run != action.run { try await actions.update(action, to: run, command: nil, at: now) }
        }
    }

    private static let repetition =
        "The daemon ended \(UncleanEnds.limit) times in a row while it carried this step out, or \(UncleanEnds.idleLimit) times "
        + "while the step merely waited for Drydock, without being asked to and without getting any further: the step has failed "
        + "and is not resumed again. `journalctl -u boatyard` says how the daemon ended. `boatyard retry action` starts the step over once the cause is found."
}
