import Primitives

/// An entry of an event log. Two are the same by what the BMC says of them, however they are shown.
struct RedfishEvent: Sendable, Hashable {
    /// As an answer has it.
    let shown: Value
    /// What tells it from others, as the BMC says it.
    private let identity: [Value?]

    init(shown: Value, of entry: Value) {
        self.init(shown: shown, identity: ["Id", "Created", "Message"].map { entry[$0] })
    }

    init(shown: Value, identity: [Value?]) {
        self.shown = shown
        self.identity = identity
    }

    static func == (first: Self, second: Self) -> Bool { first.identity == second.identity }

    func hash(into hasher: inout Hasher) { hasher.combine(identity) }
}
