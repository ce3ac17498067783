/// Which links are still listened on for a neighbour. One that comes up late gets its full time, too.
struct NeighbourWait: Sendable {
    /// How long each link is listened on.
    let limit: Duration
    private let began: ContinuousClock.Instant
    /// By interface: since when it has a carrier without a break.
    private var up: [String: ContinuousClock.Instant] = [:]
    private var last: ContinuousClock.Instant

    /// - Parameter began: a link that comes up later than `limit` after that is not waited for.
    init(limit: Duration, began: ContinuousClock.Instant) {
        self.limit = limit
        self.began = began
        last = began
    }

    /// Notes which links have a carrier.
    mutating func note(up names: [String], at now: ContinuousClock.Instant) {
        let before = up
        up = Dictionary(names.map { ($0, before[$0] ?? now) }, uniquingKeysWith: { first, _ in first })
        last = now
    }

    /// Whether a neighbour that was not heard on this link so far may still speak.
    func isOpen(_ name: String) -> Bool {
        guard let since = up[name] else { return false }
        return since - began <= limit && last - since < limit
    }

    /// Whether it was listened on for its full time.
    func isComplete(_ name: String) -> Bool { up[name].map { last - $0 >= limit } ?? false }
}
