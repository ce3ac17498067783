import API
import NIOCore

/// The open connections of a listener, by where they come from and by whose they are.
///
/// Looking for the connection of one address that has been idle for longest looks at connections of that address alone.
struct ConnectionTable {
    typealias Key = ObjectIdentifier

    private(set) var connections: [Key: ConnectionStanding] = [:]
    /// Those whose clients have not shown who they are, by their origin.
    private var anonymous: [ConnectionStanding.Origin: [Key: ConnectionStanding]] = [:]
    /// Those whose clients have.
    private var principals: [Key: Principal] = [:]
    /// How many there are of each.
    private var known: [Principal: Int] = [:]

    /// How many connections of `origin` have clients that have not shown who they are.
    func anonymousCount(of origin: ConnectionStanding.Origin) -> Int { anonymous[origin]?.count ?? 0 }

    func count(of principal: Principal) -> Int { known[principal] ?? 0 }

    /// Adds a connection whose client has not shown who it is.
    mutating func insert(_ standing: ConnectionStanding) {
        let key = Self.key(standing)
        connections[key] = standing
        anonymous[standing.origin, default: [:]][key] = standing
    }

    /// Counts a connection with `principal` instead of its origin, unless it is not there or counts with one already.
    mutating func recognize(_ standing: ConnectionStanding, as principal: Principal) {
        let key = Self.key(standing)
        guard connections[key] != nil, principals[key] == nil else { return }
        removeAnonymous(standing)
        principals[key] = principal
        known[principal, default: 0] += 1
    }

    /// - Returns: whether it was there.
    mutating func remove(_ standing: ConnectionStanding) -> Bool {
        let key = Self.key(standing)
        guard connections.removeValue(forKey: key) != nil else { return false }
        if let principal = principals.removeValue(forKey: key) {
            known[principal, default: 1] -= 1
            if known[principal] == 0 { known[principal] = nil }
        } else {
            removeAnonymous(standing)
        }
        return true
    }

    /// Of the connections of `origin` whose clients have not shown who they are, the one that we have waited for longest;
    /// nil where we have waited for none since `time`.
    func oldestAnonymous(of origin: ConnectionStanding.Origin, waitingSince time: NIODeadline) -> ConnectionStanding? {
        anonymous[origin].flatMap { Self.oldest($0.values, waitingSince: time) }
    }

    /// As `oldestAnonymous(of:waitingSince:)`, of all origins.
    func oldestAnonymous(waitingSince time: NIODeadline) -> ConnectionStanding? {
        Self.oldest(anonymous.values.lazy.map(\.values).joined(), waitingSince: time)
    }

    /// As `oldestAnonymous(of:waitingSince:)`, of all connections.
    func oldest(waitingSince time: NIODeadline) -> ConnectionStanding? {
        Self.oldest(connections.values, waitingSince: time)
    }

    private static func oldest(
        _ standings: some Sequence<ConnectionStanding>, waitingSince time: NIODeadline
    ) -> ConnectionStanding? {
        var oldest: (standing: ConnectionStanding, since: NIODeadline)?
        for standing in standings where standing.channel.isActive {
            guard let since = standing.waitingSince, since <= time else { continue }
            if oldest.map({ since < $0.since }) ?? true { oldest = (standing, since) }
        }
        return oldest?.standing
    }

    private mutating func removeAnonymous(_ standing: ConnectionStanding) {
        anonymous[standing.origin]?[Self.key(standing)] = nil
        if anonymous[standing.origin]?.isEmpty == true { anonymous[standing.origin] = nil }
    }

    private static func key(_ standing: ConnectionStanding) -> Key { ObjectIdentifier(standing.channel) }
}
