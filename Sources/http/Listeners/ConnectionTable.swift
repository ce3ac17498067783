import API
import NIOCore

/// The open connections of a listener, by where they come from and by whose they are.
///
/// A connection that has been asked to go counts for nobody any more, although it is open for a moment longer.
struct ConnectionTable {
    typealias Key = ObjectIdentifier
    private typealias Group = [Key: ConnectionStanding]

    /// All that are open.
    private(set) var connections: [Key: ConnectionStanding] = [:]
    /// Those whose clients have not shown who they are, by their origin.
    private var anonymous: [ConnectionStanding.Origin: Group] = [:]
    /// Those whose clients have.
    private var known: [Principal: Group] = [:]
    /// Of the same, and of those that go.
    private var principals: [Key: Principal] = [:]
    /// Those that have been asked to go.
    private var leaving: Set<Key> = []

    /// How many there are without those that go.
    var staying: Int { connections.count - leaving.count }

    /// How many connections of `origin` have clients that have not shown who they are.
    func anonymousCount(of origin: ConnectionStanding.Origin) -> Int { anonymous[origin]?.count ?? 0 }

    func count(of principal: Principal) -> Int { known[principal]?.count ?? 0 }

    /// Adds a connection whose client has not shown who it is.
    mutating func insert(_ standing: ConnectionStanding) {
        connections[Self.key(standing)] = standing
        addToGroup(standing)
    }

    /// Counts a connection with `principal` instead of its origin, unless it is not there or counts with one already.
    mutating func recognize(_ standing: ConnectionStanding, as principal: Principal) {
        let key = Self.key(standing)
        guard connections[key] != nil, principals[key] == nil else { return }
        removeFromGroup(standing)
        principals[key] = principal
        if !leaving.contains(key) { addToGroup(standing) }
    }

    /// - Returns: whether it was there.
    mutating func remove(_ standing: ConnectionStanding) -> Bool {
        let key = Self.key(standing)
        guard connections.removeValue(forKey: key) != nil else { return false }
        removeFromGroup(standing)
        principals[key] = nil
        leaving.remove(key)
        return true
    }

    /// A connection that was asked to go stays after all.
    mutating func keep(_ standing: ConnectionStanding) {
        let key = Self.key(standing)
        guard leaving.remove(key) != nil, connections[key] != nil else { return }
        addToGroup(standing)
    }

    /// Of the connections of `origin` whose clients have not shown who they are, those that go for others: at most `count`
    /// of which we have waited since `time`, the longest first.
    mutating func dismiss(
        _ count: Int, of origin: ConnectionStanding.Origin, waitingSince time: NIODeadline
    ) -> [ConnectionStanding] {
        let idle = anonymous[origin].map { Self.idle($0, since: time).suffix(count).reversed() } ?? []
        return leave(idle.map(\.standing))
    }

    /// Of all connections those that go for others: at most `count` of which we have waited since `time`.
    ///
    /// They are taken from the origin that has the most, one after the other, and from the one that we have waited for
    /// longest where several have as many. Those whose clients are known come in their turn, by their principals, only
    /// where we wait for no other.
    mutating func dismiss(_ count: Int, waitingSince time: NIODeadline) -> [ConnectionStanding] {
        let isWaiting = anonymous.values.contains { $0.values.contains { $0.waitingSince != nil } }
        return leave(
            isWaiting
                ? Self.largest(anonymous.values, count, waitingSince: time)
                : Self.largest(known.values, count, waitingSince: time))
    }

    private mutating func leave(_ standings: [ConnectionStanding]) -> [ConnectionStanding] {
        for standing in standings {
            removeFromGroup(standing)
            leaving.insert(Self.key(standing))
        }
        return standings
    }

    /// A connection whose client has kept us waiting for long enough.
    private struct Idle {
        let since: NIODeadline
        let standing: ConnectionStanding
    }

    private static func largest(
        _ groups: some Sequence<Group>, _ count: Int, waitingSince time: NIODeadline
    ) -> [ConnectionStanding] {
        var sizes: [(size: Int, since: NIODeadline, group: Group)] = []
        for group in groups {
            guard let since = group.values.lazy.compactMap(\.waitingSince).min(), since <= time else { continue }
            sizes.append((group.count, since, group))
        }
        sizes.sort { ($0.size, $1.since) > ($1.size, $0.since) }
        // A group has its turn only after all before it have lost one: those behind the first `count` have none.
        var left = sizes.prefix(count).map { (size: $0.size, idle: idle($0.group, since: time)) }
        var chosen: [ConnectionStanding] = []
        while chosen.count < count {
            var next: (index: Int, size: Int, since: NIODeadline)?
            for (index, group) in left.enumerated() {
                guard let since = group.idle.last?.since else { continue }
                if next.map({ (group.size, $0.since) > ($0.size, since) }) ?? true { next = (index, group.size, since) }
            }
            guard let next, let idle = left[next.index].idle.popLast() else { break }
            left[next.index].size -= 1
            chosen.append(idle.standing)
        }
        return chosen
    }

    /// The one that we have waited for longest is the last.
    private static func idle(_ group: Group, since time: NIODeadline) -> [Idle] {
        group.values.compactMap { standing in
            standing.waitingSince.flatMap { $0 <= time ? Idle(since: $0, standing: standing) : nil }
        }
        .sorted { $0.since > $1.since }
    }

    private mutating func addToGroup(_ standing: ConnectionStanding) {
        let key = Self.key(standing)
        if let principal = principals[key] {
            known[principal, default: [:]][key] = standing
        } else {
            anonymous[standing.origin, default: [:]][key] = standing
        }
    }

    private mutating func removeFromGroup(_ standing: ConnectionStanding) {
        let key = Self.key(standing)
        if let principal = principals[key] {
            known[principal]?[key] = nil
            if known[principal]?.isEmpty == true { known[principal] = nil }
        } else {
            anonymous[standing.origin]?[key] = nil
            if anonymous[standing.origin]?.isEmpty == true { anonymous[standing.origin] = nil }
        }
    }

    private static func key(_ standing: ConnectionStanding) -> Key { ObjectIdentifier(standing.channel) }
}
