import Primitives
import Store
import Synchronization
import TestSupport
import Testing

@testable import Drydock

@Suite("What is forgotten of unknown machines")
struct AgingTests {
    private static let start = Timestamp(microseconds: 1_800_000_000_000_000)

    private func fill(_ connection: Connection) throws {
        try connection.execute(
            """
            INSERT INTO drydock_machines (id, mac, state, intent, power, created, updated, boot_ip)
            WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 255)
            SELECT printf('01BTTMFVDKZFRJM80FGD7J1%03d', n), printf('02:00:00:01:00:%02x', n), 'New', 'discover', 'on', ?1,
                ?1 + n, CASE WHEN n < 100 THEN '192.0.2.1' ELSE '192.0.2.2' END FROM numbers
            """, [.int(Self.start.microseconds)])
    }

    private func addAgedBoot(_ hash: String, _ connection: Connection) throws {
        try connection.execute(
            "INSERT INTO drydock_boots (token_hash, mac, peer, minted, is_pooled) "
                + "VALUES (?, '02:00:00:02:00:00', '192.0.2.1', ?, 1)",
            [.text(hash), .int(Self.start.adding(seconds: -200_000).microseconds)])
    }

    private func hasBoots(_ connection: Connection) throws -> Bool {
        try !connection.query("SELECT 1 FROM drydock_boots").isEmpty
    }

    private func withMachines(_ body: (MachineStore) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let database = try Database.open(
                path: folder + "/boatyard.db", migrations: DrydockMigration.all.withoutGaps)
            try await body(MachineStore(database: database, notifier: Notifier(), now: { Self.start }))
            await database.close()
        }
    }

    @Test("however many unknown machines come, all boots are looked through for old ones once a minute")
    func onceAMinute() async throws {
        try await withMachines { machines in
            // Seconds after the first, and whether old boots are removed then.
            let admissions: [(Double, Bool)] = [
                (0, true), (1, false), (59, false), (60, true), (61, false), (-3600, true),
            ]
            try await machines.database.write { connection in
                try fill(connection)
                for (place, (seconds, isRemoved)) in admissions.enumerated() {
                    try connection.execute("DELETE FROM drydock_boots")
                    try addAgedBoot("boot \(place)", connection)
                    try machines.admitUnknown(at: Self.start.adding(seconds: seconds), connection)
                    #expect(try hasBoots(connection) != isRemoved, "\(seconds)")
                    try connection.execute("DELETE FROM drydock_machines")
                    try fill(connection)
                }
            }
            try await machines.database.write { try addAgedBoot("last", $0) }
            try await machines.removeAged()
            #expect(try await machines.database.read { try !hasBoots($0) }, "retention does not wait for its minute")
        }
    }

    @Test("who has to go is the oldest of the network address that has the most, found without reading all machines")
    func leastUnknown() async throws {
        try await withMachines { machines in
            try await machines.database.write { connection in
                try fill(connection)
                for place in 0..<3 {
                    try machines.admitUnknown(at: Self.start, connection)
                    let gone = try connection.query(
                        "SELECT 1 FROM drydock_machines WHERE mac = ?",
                        [.text("02:00:00:01:00:6" + String(4 + place, radix: 16))]
                    ).isEmpty
                    #expect(gone, "\(place)")
                    let next = Machine(
                        id: ULID(), node: nil, mac: MACAddress(bytes: [2, 0, 0, 3, 0, UInt8(place)]) ?? .zero,
                        bmcAddress: nil, lifecycle: MachineLifecycle(), power: .on, created: Self.start,
                        updated: Self.start)
                    try MachineStore.save(next, connection)
                }
                let steps = try connection.query("EXPLAIN QUERY PLAN " + MachineStore.leastUnknown).map {
                    try $0.text("detail")
                }
                let reads = steps.filter { $0.contains("drydock_machines") }
                #expect(reads.count == 2)
                #expect(reads.allSatisfy { $0.contains("INDEX") }, "\(steps)")
            }
        }
    }

    /// How many boots are pooled: as it is kept, and as it is.
    private func sizes(_ connection: Connection) throws -> [Int?] {
        [
            try connection.query("SELECT size FROM drydock_boot_pool").first?.int(0),
            try connection.query("SELECT count(*) FROM drydock_boots WHERE is_pooled").first?.int(0),
        ]
    }

    @Test(
        "boots of addresses that are nobody's are bounded by a count that is kept, and found without reading them all")
    func pool() async throws {
        try await withMachines { machines in
            let mac = try #require(MACAddress("52:54:00:00:00:11"))
            try await machines.database.write { connection in
                try connection.execute(
                    """
                    INSERT INTO drydock_boots (token_hash, mac, peer, minted, is_pooled)
                    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 4100)
                    SELECT 'boot ' || n, printf('02:00:00:00:%02x:%02x', n / 256, n % 256), '192.0.2.1', n, 1 FROM numbers
                    """)
                #expect(try sizes(connection) == [4100, 4100])
            }
            let first = try #require(MACAddress("02:00:00:00:00:01"))
            try await machines.database.write { connection in
                try TimelineStore.record(
                    .script, "installer", "is sent to the installer", mac: first, at: Self.start, connection)
            }
            for _ in 0..<20 { _ = try await machines.mintToken(for: mac, peer: "192.0.2.1") }
            try await machines.database.write { connection in
                #expect(try sizes(connection) == [4096, 4096])
                // Whoever has asked for a script has a timeline, and loses it with the script.
                let timelines = try connection.query("SELECT DISTINCT mac FROM drydock_timeline").map { try $0.text(0) }
                #expect(timelines == [mac.description])
                let trimming = try connection.query("EXPLAIN QUERY PLAN \(MachineStore.trimTimelines)").map {
                    try $0.text("detail")
                }
                #expect(
                    !trimming.contains { $0.hasPrefix("SCAN drydock_boots") || $0.hasPrefix("SCAN drydock_timeline") },
                    "\(trimming)")
                #expect(try connection.query("SELECT 1 FROM drydock_boots WHERE token_hash = 'boot 5'").isEmpty)
                #expect(try !connection.query("SELECT 1 FROM drydock_boots WHERE token_hash = 'boot 6'").isEmpty)
                let boot = try #require(try MachineStore.boot(BootIdentity(tokenHash: "boot 9"), connection))
                try MachineStore.identify(boot, at: Self.start, connection)
                #expect(try sizes(connection) == [4095, 4095])
                try connection.execute("UPDATE drydock_boots SET is_pooled = 1 WHERE token_hash = 'boot 9'")
                #expect(try sizes(connection) == [4096, 4096])
                let plan = try connection.query("EXPLAIN QUERY PLAN \(MachineStore.trimPool)").map {
                    try $0.text("detail")
                }
                #expect(!plan.contains { $0.hasPrefix("SCAN drydock_boots") }, "\(plan)")
                try connection.execute("DELETE FROM drydock_boots")
                #expect(try sizes(connection) == [0, 0])
            }
        }
    }
}
