import Cryptography
import Netboot
import Primitives
import Store

extension MachineStore {
    /// How many boots of addresses that are no node's are remembered: a bound against made-up addresses.
    private static let unclaimedBoots = 4096
    /// How many scripts that nobody has used yet are good for one address: the newest ones, and the oldest of the last minutes.
    /// From so many places it may be asked for one while the machine is on its way into its installer.
    private static let (newestBoots, oldestBoots) = (8, 4)
    /// In seconds.
    private static let oldestAge = 600.0
    /// From how many network addresses the scripts of one machine are asked for: its own, and that of an operator.
    private static let usualPeers = 2
    /// How many of its leases are looked at, the newest first: firmware, boot program and installer may each have one.
    private static let leases = 4

    /// Removes the oldest of those that are too many. Their number is kept, and an index leads to the oldest: the time does not
    /// depend on how many there are.
    static let trimPool = "DELETE FROM drydock_boots WHERE rowid IN (SELECT rowid \(surplus))"
    private static let surplus = """
        FROM drydock_boots WHERE is_pooled = 1 ORDER BY rowid LIMIT max(0, (SELECT size FROM drydock_boot_pool) - \(unclaimedBoots))
        """
    /// The timelines of those that are too many. They are of no machine that is recorded.
    static let trimTimelines = """
        DELETE FROM drydock_timeline WHERE mac IN (SELECT mac \(surplus))
            AND NOT EXISTS (SELECT 1 FROM drydock_machines WHERE drydock_machines.mac = drydock_timeline.mac)
            AND NOT EXISTS (SELECT 1 FROM drydock_expected_nodes WHERE boot_mac = drydock_timeline.mac)
        """

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

    /// A new token for the next boot of `mac`. Tokens whose inventory was taken stay good, so that nobody sends an installer
    /// away by asking for a script; of what others have asked for and not used yet, see `dropUnused`.
    func mintToken(for mac: MACAddress, peer: String, mode: InstallerBoot.Mode = .install) async throws -> String {
        let token = Random.bytes(32).hex
        let boot = Boot(mac: mac, identity: Self.hash(token), peer: peer, minted: now())
        try await database.write { connection in
            let address = SQLValue.text(mac.description)
            let isExpected = try Self.nodeBooting(from: mac, connection) != nil
            try connection.execute(
                "DELETE FROM drydock_boots WHERE mac = ? AND peer = ? AND identified IS NULL", [address, .text(peer)])
            try connection.execute(
                "INSERT INTO drydock_boots (token_hash, mac, peer, minted, is_pooled) VALUES (?, ?, ?, ?, ?)",
                [
                    .text(boot.identity.tokenHash), address, .text(peer), .int(boot.minted.microseconds),
                    SQLValue(!isExpected),
                ])
            let (step, message) =
                switch mode {
                case .install: ("installer", "is sent to the installer")
                case .rescue: ("rescue", "is sent to the installer for its rescue")
                case .test: ("test", "is sent to the installer for its test")
                }
            try TimelineStore.record(.script, step, message, mac: mac, at: boot.minted, collapses: true, connection)
            try Self.dropUnused(of: mac, at: boot.minted, connection)
            try connection.execute(Self.trimTimelines)
            try connection.execute(Self.trimPool)
        }
        return token
    }

    /// Removes boots that nobody has used but for the newest ones, the oldest of the last minutes, and those from an address that
    /// is the machine's own: whoever else asks for its script must not send it away before its inventory.
    private static func dropUnused(of mac: MACAddress, at time: Timestamp, _ connection: Connection) throws {
        let unused = try connection.query(
            "SELECT token_hash, peer, minted FROM drydock_boots WHERE mac = ? AND identified IS NULL ORDER BY rowid",
            [.text(mac.description)])
        guard unused.count > newestBoots else { return }
        let own = try ownAddresses(of: mac, connection)
        var old = 0
        for boot in unused.dropLast(newestBoots) {
            if try own.contains(boot.text(1)) { continue }
            let age = time.seconds(since: Timestamp(microseconds: try boot.int64(2)))
            if old < oldestBoots, abs(age) <= oldestAge {
                old += 1
                continue
            }
            try connection.execute("DELETE FROM drydock_boots WHERE token_hash = ?", [.text(try boot.text(0))])
        }
    }

    /// The network addresses that the design gives the node that boots from `mac`, that DHCP has given it, and that its newest
    /// inventory came from.
    private static func ownAddresses(of mac: MACAddress, _ connection: Connection) throws -> Set<String> {
        let known = try connection.query(
            """
            SELECT addresses FROM drydock_expected_nodes
                WHERE boot_mac = ?1 OR node = (SELECT node FROM drydock_machines WHERE mac = ?1)
            UNION ALL SELECT boot_ip FROM drydock_machines WHERE mac = ?1 AND boot_ip IS NOT NULL
            """, [.text(mac.description)])
        let leased = try connection.query(
            """
            SELECT message FROM drydock_timeline WHERE mac = ? AND kind = ? AND step IN (?, ?)
                ORDER BY id DESC LIMIT \(leases)
            """,
            [
                .text(mac.description), .text(TimelineEvent.Kind.dhcp.rawValue), .text(TimelineStore.lease),
                .text(TimelineStore.systemLease),
            ])
        var addresses: Set<String> = []
        for row in known { addresses.formUnion(try row.text(0).split(separator: " ").map(String.init)) }
        // `10.20.1.11, iPXE`
        for row in leased { addresses.formUnion(try row.text(0).split(separator: ",").prefix(1).map(String.init)) }
        return addresses
    }

    /// The node whose script was asked for from more network addresses than is usual, by the tokens that are good now; nil where
    /// that is not so, and for an address that is no node's.
    func nodeAskedForByMany(_ mac: MACAddress) async throws -> String? {
        try await database.read { connection in
            let peers = try connection.query(
                "SELECT count(DISTINCT peer) FROM drydock_boots WHERE mac = ? AND ended IS NULL",
                [.text(mac.description)]
            ).first?.int(0)
            guard let peers, peers > Self.usualPeers else { return nil }
            return try Self.nodeBooting(from: mac, connection)
        }
    }

    /// The node whose machine boots from `mac`, or is to; nil where there is none.
    private static func nodeBooting(from mac: MACAddress, _ connection: Connection) throws -> String? {
        try connection.query(
            """
            SELECT node FROM drydock_machines WHERE mac = ?1 AND node IS NOT NULL
            UNION ALL SELECT node FROM drydock_expected_nodes WHERE boot_mac = ?1 LIMIT 1
            """, [.text(mac.description)]
        ).first?.text(0)
    }

    /// The boot that `token` belongs to, and its machine if it has one; notes that it lives, as far as that is news.
    ///
    /// - Parameters:
    ///   - freshness: in seconds: how exactly it need be known when it was last heard of.
    ///   - peer: the network address of whoever has it, for the alarm where it is over.
    /// - Throws: `DrydockError` `.forbidden` for an unknown or void token, and for one that is over.
    func boot(
        token: String, freshness: Double = 0, peer: String? = nil
    ) async throws -> (boot: Boot, machine: Machine?) {
        let identity = Self.hash(token)
        let time = now()
        let found = try await database.read { connection in
            guard let boot = try Self.boot(identity, connection) else { throw Self.voidToken }
            return (boot: boot, machine: try Self.select(connection, "mac = ?", [.text(boot.mac.description)]).first)
        }
        if found.boot.ended != nil {
            if let node = found.machine?.node {
                _ = try await database.write { try Self.note(.token, of: node, peer: peer, at: time, $0) }
            }
            throw Self.voidToken
        }
        let silence = found.boot.seen.map { time.seconds(since: $0) }
        if let silence, silence >= 0, silence < freshness { return found }
        try await database.write { connection in
            try connection.execute(
                "UPDATE drydock_boots SET seen = ? WHERE token_hash = ?",
                [.int(time.microseconds), .text(identity.tokenHash)])
        }
        return found
    }

    static let voidToken = DrydockError(
        .forbidden, "The boot token is not known or no longer valid. Boot over the network again.")

    static func boot(_ identity: BootIdentity, _ connection: Connection) throws -> Boot? {
        try boots(connection, "token_hash = ?", [.text(identity.tokenHash)]).first
    }

    /// The boot that speaks for the machine; before any does, the newest that may come to.
    func latestBoot(of mac: MACAddress) async throws -> Boot? {
        try await database.read {
            try Self.boots(
                $0, "mac = ? ORDER BY identified IS NULL, rowid DESC LIMIT 1",
                [.text(mac.description)]
            ).first
        }
    }

    /// Whether a plan of this boot was first given to another network address than `host`, which is remembered where it was not given
    /// before.
    func isAnother(_ host: String, thanHasPlanOf boot: BootIdentity) async throws -> Bool {
        let parameters: [SQLValue] = [.text(host), .text(boot.tokenHash)]
        let first = try await database.read { connection in
            try connection.query("SELECT plan_peer FROM drydock_boots WHERE token_hash = ?", [parameters[1]]).first?
                .optionalText(0)
        }
        if let first { return first != host }
        try await database.write { connection in
            try connection.execute(
                "UPDATE drydock_boots SET plan_peer = coalesce(plan_peer, ?) WHERE token_hash = ?", parameters)
        }
        return false
    }

    /// From now on this boot speaks for its machine: those before it are over, but for `kept`.
    static func identify(
        _ boot: Boot, at time: Timestamp, keeping kept: BootIdentity? = nil, _ connection: Connection
    ) throws {
        try connection.execute(
            """
            DELETE FROM drydock_boots WHERE mac = ? AND token_hash <> ? AND (minted <= ? OR identified IS NOT NULL)
                AND token_hash IS NOT ?
            """,
            [
                .text(boot.mac.description), .text(boot.identity.tokenHash), .int(boot.minted.microseconds),
                SQLValue(kept?.tokenHash),
            ])
        try connection.execute(
            "UPDATE drydock_boots SET identified = coalesce(identified, ?1), seen = ?1, is_pooled = 0 WHERE token_hash = ?2",
            [.int(time.microseconds), .text(boot.identity.tokenHash)])
    }

    /// - Parameter kept: the boot whose token stays as it is; nil for none.
    static func voidBoot(
        of mac: MACAddress, keeping kept: BootIdentity? = nil, _ connection: Connection
    ) throws {
        try connection.execute(
            "DELETE FROM drydock_boots WHERE mac = ? AND token_hash IS NOT ?",
            [.text(mac.description), SQLValue(kept?.tokenHash)])
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
                seen: try row.optionalInt64("seen").map { Timestamp(microseconds: $0) },
                identified: try row.optionalInt64("identified").map { Timestamp(microseconds: $0) },
                ended: try row.optionalInt64("ended").map { Timestamp(microseconds: $0) })
        }
    }
}
