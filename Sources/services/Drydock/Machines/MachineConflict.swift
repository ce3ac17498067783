import Primitives
import Store

/// Somebody says to be a node, or to have its BMC, and is not the machine that the node is.
package struct MachineConflict: Sendable, Hashable {
    package var node: String
    /// From where the other boots.
    package var mac: MACAddress
    /// Names both.
    package var message: String
    /// The network address from which it was said last.
    package var peer: String
    package var first: Timestamp
    package var last: Timestamp
    /// How often it was said.
    package var count: Int
    /// Whether it is a machine that has the interface that the node boots from, too.
    package var isMiscabled = false
}

extension MachineStore {
    /// How many addresses that disagree about a node are remembered for it; who makes up more of them sees the oldest go.
    private static let conflictsOfNode = 8

    /// By node, the latest first.
    func conflicts() async throws -> [String: [MachineConflict]] {
        try await database.read { connection in
            let rows = try connection.query("SELECT * FROM drydock_conflicts ORDER BY node, last DESC, mac")
            return Dictionary(
                grouping: try rows.compactMap { row -> MachineConflict? in
                    guard let mac = MACAddress(try row.text("mac")) else { return nil }
                    return MachineConflict(
                        node: try row.text("node"), mac: mac, message: try row.text("message"),
                        peer: try row.text("peer"), first: Timestamp(microseconds: try row.int64("first")),
                        last: Timestamp(microseconds: try row.int64("last")), count: try row.int("count"),
                        isMiscabled: try row.int("is_miscabled") != 0)
                }, by: \.node)
        }
    }

    /// - Returns: whether it is news: a new address, as long as the node has room for one.
    static func note(
        _ conflict: IdentityCase.Conflict, _ boot: Boot, at time: Timestamp, _ connection: Connection
    ) throws -> Bool {
        let key: [SQLValue] = [.text(conflict.node), .text(boot.mac.description)]
        let known = try connection.query("SELECT mac FROM drydock_conflicts WHERE node = ?", [.text(conflict.node)])
        let isNew = try known.count < conflictsOfNode && !known.contains { try $0.text(0) == boot.mac.description }
        try connection.execute(
            """
            INSERT INTO drydock_conflicts (node, mac, message, peer, first, last, is_miscabled, count)
                VALUES (?, ?, ?, ?, ?, ?, ?, 1)
            ON CONFLICT (node, mac) DO UPDATE SET message = excluded.message, peer = excluded.peer,
                last = excluded.last, is_miscabled = excluded.is_miscabled, count = count + 1
            """,
            key + [
                .text(conflict.message), .text(boot.peer), .int(time.microseconds), .int(time.microseconds),
                .int(conflict.isMiscabled ? 1 : 0),
            ])
        try connection.execute(
            """
            DELETE FROM drydock_conflicts WHERE node = ?1 AND mac NOT IN (SELECT mac FROM drydock_conflicts
                WHERE node = ?1 ORDER BY last DESC LIMIT \(conflictsOfNode))
            """, [.text(conflict.node)])
        return isNew
    }

    static func settle(_ node: String, _ connection: Connection) throws {
        try connection.execute("DELETE FROM drydock_conflicts WHERE node = ?", [.text(node)])
    }
}
