/// How many failures each key may still have: a burst, and then so many in a time.
struct AttemptTable {
    private struct Entry {
        var left: Double
        var at: Double
    }

    let burst: Double
    /// Seconds until one more attempt is granted.
    let interval: Double
    let capacity: Int
    private var entries: [String: Entry] = [:]

    init(burst: Double, interval: Double, capacity: Int = 4096) {
        self.burst = burst
        self.interval = interval
        self.capacity = capacity
    }

    var count: Int { entries.count }

    /// Takes an attempt.
    ///
    /// - Parameter now: the seconds of a monotonic clock.
    /// - Returns: nil where there was one, else the seconds until there is.
    mutating func take(_ key: String, now: Double) -> Double? {
        let left = left(key, now: now)
        guard left >= 1 else { return (1 - left) * interval }
        if entries[key] == nil, entries.count >= capacity { dropOldest(now: now) }
        entries[key] = Entry(left: left - 1, at: now)
        return nil
    }

    /// Returns an attempt that is not to be counted.
    mutating func giveBack(_ key: String, now: Double) {
        let left = left(key, now: now) + 1
        entries[key] = left >= burst ? nil : Entry(left: left, at: now)
    }

    private func left(_ key: String, now: Double) -> Double {
        entries[key].map { min(burst, $0.left + (now - $0.at) / interval) } ?? burst
    }

    /// Removes keys that have all their attempts again, or failing that the key with the most. A flood of names thus
    /// does not remove the name that is being guessed at.
    private mutating func dropOldest(now: Double) {
        entries = entries.filter { left($0.key, now: now) < burst }
        guard entries.count >= capacity else { return }
        if let best = entries.max(by: { left($0.key, now: now) < left($1.key, now: now) }) { entries[best.key] = nil }
    }
}
