/// When the power of which node is looked at next (`docs/reference/drydock.md` §13.23).
///
/// A value that decides from what is known and reads nothing. Times are seconds of a clock that nobody sets.
struct SweepSchedule: Sendable {
    private struct Entry: Sendable {
        var due: Double
        /// Until the look after the next.
        var interval: Double
        var failures = 0
    }

    /// In seconds: between two looks at a node that has changed a moment ago.
    let shortest: Double
    /// A node that stays as it is is looked at less and less often, up to so many times the shortest interval apart.
    static let patience = 10.0
    /// The same for a BMC that does not answer.
    static let longestBackoff = 60.0
    /// By how much an interval differs at most, so that nodes are not looked at together: of 1.
    static let jitter = 0.2

    private var entries: [String: Entry] = [:]
    /// From 0 up to 1.
    private let random: @Sendable () -> Double

    init(shortest: Double, random: @escaping @Sendable () -> Double) {
        self.shortest = shortest
        self.random = random
    }

    /// How many nodes there are.
    var count: Int { entries.count }

    /// When the next look is due; nil where there are no nodes.
    var next: Double? { entries.values.map(\.due).min() }

    /// Looks at these nodes from now on, and at no others. New ones are spread over the first interval.
    mutating func follow(_ nodes: Set<String>, at time: Double) {
        entries = entries.filter { nodes.contains($0.key) }
        for node in nodes.sorted() where entries[node] == nil {
            entries[node] = Entry(due: time + shortest * random(), interval: shortest)
        }
    }

    /// The nodes whose turn it is, the longest due first, `limit` of them at most.
    func due(at time: Double, limit: Int) -> [String] {
        Array(
            entries.filter { $0.value.due <= time }.sorted { ($0.value.due, $0.key) < ($1.value.due, $1.key) }.map(
                \.key
            )
            .prefix(limit))
    }

    /// Its BMC has answered.
    mutating func answered(_ node: String, isChanged: Bool, at time: Double) {
        guard var entry = entries[node] else { return }
        let longer = min(entry.interval * 1.5, shortest * Self.patience)
        entry.interval = isChanged || entry.failures > 0 ? shortest : longer
        entry.failures = 0
        put(node, entry, at: time)
    }

    /// Its BMC has not answered: it is asked half as often each time, from the shortest interval on. One answer that was lost is
    /// made up for soon, however seldom the node was looked at before.
    mutating func failed(_ node: String, at time: Double) {
        guard var entry = entries[node] else { return }
        let before = entry.failures > 0 ? entry.interval : shortest
        entry.failures += 1
        entry.interval = min(max(before, shortest) * 2, shortest * Self.longestBackoff)
        put(node, entry, at: time)
    }

    /// It is not looked at until it is resumed.
    mutating func rest(_ node: String) { entries[node]?.due = .infinity }

    /// Those of `nodes` that rest are looked at again.
    mutating func resume(_ nodes: some Sequence<String>, at time: Double) {
        for node in nodes {
            guard let entry = entries[node], entry.due == .infinity else { continue }
            put(node, Entry(due: time, interval: shortest), at: time)
        }
    }

    /// A task works on it, which looks for itself.
    mutating func postpone(_ node: String, at time: Double) {
        guard var entry = entries[node] else { return }
        entry.interval = shortest
        put(node, entry, at: time)
    }

    private mutating func put(_ node: String, _ entry: Entry, at time: Double) {
        var entry = entry
        entry.due = time + entry.interval * (1 - Self.jitter + 2 * Self.jitter * random())
        entries[node] = entry
    }
}
