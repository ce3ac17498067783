import Cryptography
import Primitives
import Store
import TestSupport
import Testing

@testable import Drydock

@Suite("A database of an earlier version")
struct IdentityMigrationTests {
    @Test("the token and the key of a machine that is at work stay good")
    func upgrade() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/boatyard.db"
            let deployment = ULID()
            let before = try Database.open(path: path, migrations: Array(DrydockMigration.all.prefix(1)).withoutGaps)
            try await before.write { connection in
                try connection.execute(
                    """
                    INSERT INTO drydock_machines (id, node, mac, bmc_address, state, intent, deployment, phase, sequence,
                        work_boot, power, created, updated) VALUES (?, 'n1', '52:54:00:00:00:11', '10.0.0.11',
                        'Deploying', 'deploy', ?, 'started', 1, 'aa', 'on', 1, 1)
                    """, [.text(ULID().description), .text(deployment.description)])
                for (mac, token, seen) in [("52:54:00:00:00:11", "aa", 5), ("52:54:00:00:00:12", "bb", nil)] {
                    try connection.execute(
                        "INSERT INTO drydock_boots (mac, token_hash, peer, minted, seen) VALUES (?, ?, '192.0.2.7', 3, ?)",
                        [.text(mac), .text(token), SQLValue(seen)])
                }
                try connection.execute(
                    """
                    INSERT INTO drydock_deployments (id, node, machine, kind, task, design, plan, created, boot_attempts)
                        VALUES (?, 'n1', 'm', 'install', 't', 'd', x'00', 1, 0)
                    """, [.text(deployment.description)])
                try connection.execute(
                    "INSERT INTO drydock_expected_nodes (node, boot_mac, boot_mode) VALUES ('n1', '52:54:00:00:00:11', 'bios')"
                )
            }
            await before.close()

            let database = try Database.open(path: path, migrations: DrydockMigration.all.withoutGaps)
            let machines = MachineStore(database: database, notifier: Notifier(), now: { .now() })
            let machine = try #require(try await machines.machine(node: "n1"))
            #expect(machine.hardware == Hardware())
            #expect(machine.lifecycle.work?.boot == BootIdentity(tokenHash: "aa"))
            let boots = try await database.read { connection in
                try ["aa", "bb"].map { try MachineStore.boot(BootIdentity(tokenHash: $0), connection) }
            }
            #expect(boots[0]?.identified != nil)
            #expect(boots[1] != nil && boots[1]?.identified == nil)
            let keys = Keyring(Secret([UInt8](repeating: 7, count: 32)))
            #expect(try await DeploymentStore(database: database, vault: Vault(keys: keys)).isHeld(deployment))
            await database.close()
        }
    }

    @Test("what inventories say of hardware is known of those that came before, without their details")
    func hardware() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/boatyard.db"
            let earlier = DrydockMigration.all.filter { $0.number < 18 }
            let before = try Database.open(path: path, migrations: earlier.withoutGaps)
            let (known, damaged) = (ULID(), ULID())
            try await before.write { connection in
                for (id, mac, inventory) in [
                    (known, "11", #"{"vendor": "V", "disks": [{"name": "sda"}], "details": [{"data": "x"}]}"#),
                    (damaged, "12", "{"),
                ] {
                    try connection.execute(
                        """
                        INSERT INTO drydock_machines (id, mac, state, intent, power, created, updated)
                            VALUES (?, ?, 'New', 'discover', 'on', 1, 1)
                        """, [.text(id.description), .text("52:54:00:00:00:" + mac)])
                    try connection.execute(
                        "INSERT INTO drydock_inventories (machine, collected, inventory) VALUES (?, 1, ?)",
                        [.text(id.description), .text(inventory)])
                }
            }
            await before.close()

            let database = try Database.open(path: path, migrations: DrydockMigration.all.withoutGaps)
            let stored = try await database.read { connection in
                try connection.query(
                    "SELECT hardware FROM drydock_inventories WHERE machine = ?", [.text(known.description)]
                )
                .first?.text(0)
            }
            #expect(stored?.contains("details") == false)
            let hardware = try await MachineStore(database: database, notifier: Notifier(), now: { .now() }).hardware()
            #expect(hardware[known]?.vendor == "V")
            #expect(hardware[known]?.disks.map(\.name) == ["sda"])
            #expect(hardware[damaged] == nil)
            await database.close()
        }
    }
}
