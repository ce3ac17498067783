import Primitives

/// What a running step waits for.
package struct StepWait: Sendable, Hashable {
    /// `Drydock task … (prepare_nodes)`.
    package var event: String
    package var since: Timestamp
    package var deadline: Timestamp
    /// What happens at the deadline.
    package var then: String

    package var value: Value {
        [
            "event": .string(event), "since": .string(since.formatted(.iso)),
            "deadline": .string(deadline.formatted(.iso)), "then": .string(then),
        ]
    }
}
