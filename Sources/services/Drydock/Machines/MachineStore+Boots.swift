import Cryptography
import Primitives
import Store

extension MachineStore {
    /// How many boots of addresses that never became machines are remembered: a bound against made-up addresses.
    private static let unclaimedBoots = 4096

    static func hash(_ token: String) -> BootIdentity {
        BootIdentity(tokenHash: Hash.sha256(Array(token.utf8)).hex)
    }

    /// Whether a machine may present `token` now; notes nothing.
    func isKnown(token: String) async throws -> Bool {
        let identity = Self.hash(token)
        return try await database.read { try Self.boot(identity, $0) != nil }
    }

    func machine(mac: MACAddress) async throws -> Machine? {
        try await database.read { try Self.select($0, "mac = ?", [.text(mac.description)]).first }
    }

    /// A new token for the next boot of `mac`; the one before is void.
    func mintToken(for mac: MACAddress, peer: String) async throws -> String {
        let token = Random.bytes(32).hex
        let boot = Boot(mac: mac, identity: Self.hash(token), peer: peer, minted: now())
        try await database.write { connection in
            try connection.execute(
                "INSERT OR REPLACE INTO drydock_boots (mac, token_hash, peer, minted, seen) VALUES (?, ?, ?, ?, NULL)",
                [
                    .text(mac.description), .text(boot.identity.tokenHash), .text(peer),
                    .int(boot.minted.microseconds),
                ])
            try connection.execute(
                """
                DELETE FROM drydock_boots WHERE mac IN (SELECT mac FROM drydock_boots WHERE mac NOT IN
                    (SELECT mac FROM drydock_machines) ORDER BY minted DESC LIMIT -1 OFFSET \(Self.unclaimedBoots))
                """)
        }
        return token
    }

    /// The boot that `token` belongs to, and its machine if it has one; notes that it lives.
    ///
    /// - Throws: `DrydockError` `.forbidden` for an unknown or void token.
    func boot(token: String) async throws -> (boot: Boot, machine: Machine?) {
        let identity = Self.hash(token)
        let time = now()
        return try await database.write { connection in
            guard let boot = try Self.boot(identity, connection) else { throw Self.voidToken }
            try connection.execute(
                "UPDATE drydock_boots SET seen = ? WHERE mac = ?",
                [.int(time.microseconds), .text(boot.mac.description)])
            return (boot, try Self.select(connection, "mac = ?", [.text(boot.mac.description)]).first)
        }
    }

    static let voidToken = DrydockError(
        .forbidden, "The boot token is not known or no longer valid. Boot over the network again.")

    static func boot(_ identity: BootIdentity, _ connection: Connection) throws -> Boot? {
        try boots(connection, "token_hash = ?", [.text(identity.tokenHash)]).first
    }

    func latestBoot(of mac: MACAddress) async throws -> Boot? {
        try await database.read { try Self.boots($0, "mac = ?", [.text(mac.description)]).first }
    }

    static func voidBoot(of mac: MACAddress, _ connection: Connection) throws {
        try connection.execute("DELETE FROM drydock_boots WHERE mac = ?", [.text(mac.description)])
    }

    private static func boots(
        _ connection: Connection, _ condition: String, _ parameters: [SQLValue]
    ) throws -> [Boot] {
        try connection.query("SELECT * FROM drydock_boots WHERE \(condition)", parameters).map { row in
            guard let mac = MACAddress(try row.text("mac")) else {
                throw DrydockError(.failed, "a boot in the database has no MAC address")
            }
            return Boot(
                mac: mac, identity: BootIdentity(tokenHash: try row.text("token_hash")), peer: try row.text("peer"),
                minted: Timestamp(microseconds: try row.int64("minted")),
                seen: try row.optionalInt64("seen").map { Timestamp(microseconds: $0) })
        }
    }
}
