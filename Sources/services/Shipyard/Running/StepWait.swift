import OrderedCollections
import Primitives
import Workflow

/// What a running step waits for (`docs/reference/shipyard.md` §2).
package struct StepWait: Sendable, Hashable {
    /// The event in words, such as `Drydock task … (prepare_nodes)`.
    package var event: String
    /// When the wait began.
    package var since: Timestamp
    /// When it ends without the event; nil for a wait without an end.
    package var deadline: Timestamp?
    /// What happens at the deadline.
    package var then: String

    /// The form in which clients get it: `event`, `since`, `deadline`, `then`.
    package var value: Value {
        [
            "event": .string(event), "since": .string(since.formatted(.iso)),
            "deadline": Value(deadline?.formatted(.iso)), "then": .string(then),
        ]
    }
}

extension StepWait {
    /// What every step waits for that is under way and says nothing itself; nil for one that is not.
    static func inherent(to step: String, of run: WorkflowRun) -> StepWait? {
        guard let record = run.steps[step], let since = record.startedAt ?? record.queuedAt else { return nil }
        switch record.state {
        case .running:
            let timeout = run.graph.steps[step]?.timeout
            let isLast = record.tryNumber >= record.lastTry
            return StepWait(
                event: "the end of its own work", since: since, deadline: timeout.map { since.adding(seconds: $0) },
                then: isLast ? "the step fails" : "the step is tried again")
        case .upForRetry:
            return StepWait(
                event: "the pause before try \(record.tryNumber + 1)", since: record.endedAt ?? since,
                deadline: record.retryAt, then: "the step is tried again")
        case .scheduled where run.state == .paused:
            return StepWait(
                event: "the control command unpause", since: record.queuedAt ?? since, deadline: nil,
                then: "the step starts")
        default: return nil
        }
    }
}
