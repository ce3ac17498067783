import Cryptography
import Deckhand
import Primitives
import SiteDesign
import Store
import Synchronization
import TestSupport
import Testing

@testable import Drydock

@Suite("A clock that is set")
struct ClockTests {
    @Test("the newest installation of a node is the one that was made last, whatever the clock said")
    func newestInstallation() async throws {
        try await StoredDeployments.run { stored in
            let times = [0.0, 3600, -3600, -7200]
            var made: [MachineDeployment] = []
            for (place, seconds) in times.enumerated() {
                let deployment = try await stored.insert(
                    design: StoredDeployments.design(place + 1),
                    created: StoredDeployments.time.adding(seconds: seconds),
                    action: place == 3 ? .incomplete : .success)
                made.append(deployment)
            }
            let newest = made[3]
            let (deployments, database) = (stored.deployments, stored.database)
            #expect(try await deployments.latestInstallation(of: "n1")?.id == newest.id)
            #expect(try await deployments.deployedRevisions() == ["n1": 4])
            #expect(try await deployments.unsettledBootActions(of: ["n1"]).map(\.status) == [.incomplete])

            let tasks = TaskStore(
                database: database, vault: stored.vault, notifier: Notifier<DrydockTopic>(), listener: .nobody,
                now: { StoredDeployments.time })
            let filter: Value = ["filter_set": [["node_names": ["n1"]]]]
            let task = try await tasks.create(
                TaskRequest(action: .bootActionReport, design: "d", nodeFilter: filter, createdBy: "a"))
            try await tasks.wait(
                task.id,
                for: TaskWait(
                    event: "e", since: StoredDeployments.time, deadline: StoredDeployments.time, then: "it fails"))
            try await database.write { try $0.execute("UPDATE drydock_tasks SET status = 'running'") }
            #expect(try await tasks.waits()["n1"]?.event == "boot action a of n1 to report")

            // What an earlier installation has left open does not count.
            _ = try await stored.insert(
                design: StoredDeployments.design(5), created: StoredDeployments.time.adding(seconds: -9000),
                action: .success)
            #expect(try await deployments.deployedRevisions() == ["n1": 5])
            #expect(try await deployments.unsettledBootActions(of: ["n1"]).isEmpty)
            #expect(try await tasks.waits()["n1"] == nil)
        }
    }

    /// A store of machines, a MAC address, and what sets the store's clock forward by seconds.
    private func withMachines(
        _ body: (_ machines: MachineStore, _ mac: MACAddress, _ advance: (Double) -> Void) async throws -> Void
    ) async throws {
        let folder = try OwnedFolder()
        let database = try Database.open(
            path: folder.path + "/boatyard.db", migrations: DrydockMigration.all.withoutGaps)
        let wall = Mutex(Timestamp(microseconds: 1_800_000_000_000_000))
        let machines = MachineStore(database: database, notifier: Notifier(), now: { wall.withLock { $0 } })
        let mac = try #require(MACAddress("52:54:00:00:00:11"))
        try await body(machines, mac) { seconds in wall.withLock { $0 = $0.adding(seconds: seconds) } }
        await database.close()
        withExtendedLifetime(folder) {}
    }

    @Test("a boot script is good though the clock was set back since others were asked for")
    func boots() async throws {
        try await withMachines { machines, mac, advance in
            for place in 1...8 { _ = try await machines.mintToken(for: mac, peer: "192.0.2.\(place)") }
            advance(-3600)
            let token = try await machines.mintToken(for: mac, peer: "192.0.2.99")
            #expect(try await machines.isKnown(token: token))
            #expect(try await machines.latestBoot(of: mac)?.identity == MachineStore.hash(token))
            try await machines.database.write { connection in
                try connection.execute("DELETE FROM drydock_boots")
                try connection.execute(
                    """
                    INSERT INTO drydock_boots (mac, token_hash, peer, minted, is_pooled)
                    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 4096)
                    SELECT 'made up ' || n, 'made up ' || n, '192.0.2.1', ?, 1 FROM numbers
                    """, [.int(machines.now().microseconds)])
            }
            advance(-3600)
            #expect(try await machines.isKnown(token: try await machines.mintToken(for: mac, peer: "192.0.2.99")))
        }
    }

    @Test("whoever asks for a machine's script, however often, voids none that was asked for from its own addresses")
    func ownAddresses() async throws {
        try await withMachines { machines, mac, advance in
            func ask(_ place: Int) async throws -> String {
                try await machines.mintToken(for: mac, peer: "192.0.2.\(place)")
            }
            var node = ExpectedNode(node: "n1", bmcAddress: nil, bootMAC: mac, bootMode: .bios)
            node.addresses = ["10.20.1.11", "10.20.2.11"]
            try await machines.expect(["n1"], of: [node])
            try await TimelineStore(database: machines.database, now: machines.now).record(
                .dhcp, TimelineStore.lease, "10.20.9.150, iPXE", mac: mac)
            let first = try await ask(1)
            #expect(try await machines.nodeAskedForByMany(mac) == nil)
            for place in 2...9 { _ = try await ask(place) }
            let designed = try await machines.mintToken(for: mac, peer: "10.20.2.11")
            let leased = try await machines.mintToken(for: mac, peer: "10.20.9.150")
            let foreign = try await machines.mintToken(for: mac, peer: "10.20.9.151")
            for place in 10...30 { _ = try await ask(place) }
            #expect(try await machines.isKnown(token: designed))
            #expect(try await machines.isKnown(token: leased))
            #expect(try await !machines.isKnown(token: foreign))
            #expect(try await machines.isKnown(token: first), "the oldest of the last minutes")
            #expect(try await machines.nodeAskedForByMany(mac) == "n1")
            advance(3600)
            _ = try await ask(31)
            #expect(try await !machines.isKnown(token: first))
            #expect(try await machines.isKnown(token: designed))
        }
    }

    @Test("tasks are carried out in the order of their creation, whatever the clock said")
    func order() async throws {
        let folder = try OwnedFolder()
        let database = try Database.open(
            path: folder.path + "/boatyard.db",
            migrations: (DeckhandSchema.migrations + DrydockMigration.all).withoutGaps)
        let wall = Mutex(Timestamp(microseconds: 1_800_000_000_000_000))
        let store = TaskStore(
            database: database, vault: Vault(keys: Keyring(Secret([UInt8](repeating: 7, count: 32)))),
            notifier: Notifier<DrydockTopic>(), listener: .nobody, now: { wall.withLock { $0 } })
        var ids: [String] = []
        for seconds in [0.0, -157_680_000.0, 3600.0, -1.0] {
            wall.withLock { $0 = $0.adding(seconds: seconds) }
            ids.append(try await store.create(TaskRequest(action: .noop, design: "", createdBy: "a")).id)
        }
        #expect(try await store.all().map(\.id) == ids)
        for id in ids {
            #expect(try await store.open().tasks.first?.id == id)
            _ = try await store.terminate(id, reason: "done")
        }
        #expect(try await store.open().tasks.isEmpty)
        await database.close()
        withExtendedLifetime(folder) {}
    }
}
