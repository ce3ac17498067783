import Primitives
import Store

/// A secret of an installation was used after its part had ended, or more ask for one than a machine does: a machine that is
/// confused, or somebody else.
package struct LateUse: Sendable, Hashable {
    /// What was used.
    package enum Secret: String, Sendable, Hashable, CaseIterable {
        /// The plan was asked for after `started`.
        case plan
        /// The plan was asked for from another network address than the first time, before `started`.
        case planElsewhere = "plan_elsewhere"
        /// An archive of boot data was asked for after `bootdata`.
        case bootData = "boot_data"
        /// The boot token was used after `booted`.
        case token
        /// A boot action signalled after its final status.
        case signal
        /// Boot scripts, each with a token of its own, were asked for from more than two network addresses.
        case script
    }

    package var node: String
    package var secret: Secret
    /// A sentence for operators.
    package var message: String
    /// The network address from which it was used last, without port; nil where that is not known.
    package var peer: String?
    package var first: Timestamp
    package var last: Timestamp
    /// How often it was used.
    package var count: Int
}

extension LateUse.Secret {
    func message(_ node: String) -> String {
        switch self {
        case .plan: "the plan of \(node) was asked for again after its installation had begun"
        case .planElsewhere:
            "the plan of \(node) was asked for from two network addresses before its installation had begun"
        case .bootData: "the boot data of \(node) was asked for again after its machine had taken it"
        case .token: "the boot token of \(node) was used after its machine had booted from its disk"
        case .signal: "a boot action of \(node) has signalled after its final status"
        case .script: "the boot script of \(node) is asked for from more than two network addresses"
        }
    }
}

extension MachineStore {
    /// By node, the latest first.
    func lateUses() async throws -> [String: [LateUse]] {
        try await database.read { connection in
            let rows = try connection.query("SELECT * FROM drydock_late_uses ORDER BY node, last DESC, secret")
            return Dictionary(
                grouping: try rows.compactMap { row -> LateUse? in
                    guard let secret = LateUse.Secret(rawValue: try row.text("secret")) else { return nil }
                    let node = try row.text("node")
                    return LateUse(
                        node: node, secret: secret, message: secret.message(node), peer: try row.optionalText("peer"),
                        first: Timestamp(microseconds: try row.int64("first")),
                        last: Timestamp(microseconds: try row.int64("last")), count: try row.int("count"))
                }, by: \.node)
        }
    }

    /// - Returns: whether it is the first of its kind since the node was last given work.
    @discardableResult
    static func note(
        _ secret: LateUse.Secret, of node: String, peer: String?, at time: Timestamp, _ connection: Connection
    ) throws -> Bool {
        try connection.execute(
            """
            INSERT INTO drydock_late_uses (node, secret, peer, first, last, count) VALUES (?1, ?2, ?3, ?4, ?4, 1)
            ON CONFLICT (node, secret) DO UPDATE SET peer = excluded.peer, last = excluded.last, count = count + 1
            """, [.text(node), .text(secret.rawValue), SQLValue(peer), .int(time.microseconds)])
        return try connection.query(
            "SELECT count FROM drydock_late_uses WHERE node = ? AND secret = ?",
            [.text(node), .text(secret.rawValue)]
        ).first?.int(0) == 1
    }

    /// The node is given new work, with new secrets.
    static func clearLateUses(of node: String, _ connection: Connection) throws {
        try connection.execute("DELETE FROM drydock_late_uses WHERE node = ?", [.text(node)])
    }

    /// Ends the token of a boot: the system that it has installed runs.
    static func endBoot(_ boot: BootIdentity, at time: Timestamp, _ connection: Connection) throws {
        try connection.execute(
            "UPDATE drydock_boots SET ended = coalesce(ended, ?) WHERE token_hash = ?",
            [.int(time.microseconds), .text(boot.tokenHash)])
    }
}
