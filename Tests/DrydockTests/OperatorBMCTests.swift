import Cryptography
import Deckhand
import Logging
import OutOfBand
import Primitives
import RehearsalMap
import Store
import TestSupport
import Testing

@testable import Drydock

@Suite("BMCs of nodes, as operators ask them", .timeLimit(.minutes(5)))
struct OperatorBMCTests {
    @Test("an operator's order is refused while a task has the node, and keeps tasks from the node meanwhile")
    func conflict() async throws {
        let bmcs = HeldBMCs()
        try await withTemporaryFolder { folder in
            let daemon = try TestDaemon(folder: folder, outOfBand: bmcs)
            let revision = try await daemon.documents.put(bucket: "site", documents: try ExampleSite.documents())
                .revision
            daemon.start()
            let design = "deckhand+http://127.0.0.1:9000/api/v1.0/revisions/\(revision ?? 0)/rendered-documents"
            let service = await daemon.service()
            let unknown = await #expect(throws: DrydockError.self) {
                try await service.askBMC(of: "berth-1", .powerStatus)
            }
            #expect(unknown?.kind == .missing)
            let filter: Value = [
                "filter_set_type": "intersection", "filter_set": [["node_names": ["berth-1"], "filter_type": "union"]],
            ]
            let task = try await service.createTask(
                TaskRequest(action: .prepareNodes, design: design, nodeFilter: filter, createdBy: "tester"))
            try await bmcs.waitUntilEntered(1)
            let refused = await #expect(throws: DrydockError.self) {
                try await service.askBMC(of: "berth-1", .power(.off))
            }
            #expect(refused?.kind == .conflict)
            #expect(refused?.message.contains("berth-1 belongs to task \(task.id) (prepare_nodes)") == true)
            #expect(refused?.message.hasSuffix("Wait until it has ended, then ask again.") == true)
            // A look passes, and an order to another node.
            bmcs.allow(100)
            #expect(try await service.askBMC(of: "berth-1", .powerStatus) == ["node": "berth-1", "power": "on"])
            let other = try await service.askBMC(of: "berth-2", .power(.off))
            #expect(other == ["node": "berth-2", "power": "off", "was": "on"])
            let shown = try await service.nodeOverview().first { $0.status.hostname == "berth-2" }?.status
            #expect(shown?.power == .off && shown?.isPowerStale == false)
            let strange = await #expect(throws: DrydockError.self) {
                try await service.askBMC(of: "berth-2", .sensors(thresholds: false))
            }
            #expect(strange?.kind == .conflict)
            await daemon.stop()
        }
    }

    @Test("an operator's order has its node until it has ended")
    func reservation() async throws {
        let reservations = NodeReservations()
        #expect(reservations.take("n1", forOrder: "a", "an operator's order (power off)") == nil)
        #expect(reservations.take("n1", forOrder: "b")?.words == "an operator's order (power off)")
        #expect(reservations.take("n2", forOrder: "b") == nil)
        reservations.release("a")
        #expect(reservations.take("n1", forOrder: "c") == nil)
    }

    @Test("a node with which a task has finished takes orders, and no other task gets it before that one has ended")
    func finished() async throws {
        let reservations = NodeReservations()
        try await reservations.reserve(["n1", "n2"], for: "first", .deployNodes) { _ in }
        #expect(reservations.take("n1", forOrder: "a")?.task == "first")
        reservations.finish(["n1", "n3"], of: "first")
        #expect(!reservations.isReserved("n1") && reservations.isReserved("n2"))
        #expect(reservations.hasFinished("n1", "first") && !reservations.hasFinished("n2", "first"))
        #expect(reservations.take("n2", forOrder: "a")?.task == "first")
        #expect(reservations.take("n1", forOrder: "a") == nil)
        #expect(reservations.take("n1", forOrder: "b")?.task == "a")
        reservations.release("a")
        let refused = await #expect(throws: CancellationError.self) {
            try await reservations.reserve(["n1"], for: "second", .destroyNodes) { holder in
                #expect(holder.task == "first" && holder.node == "n1")
                throw CancellationError()
            }
        }
        #expect(refused != nil)
        reservations.release("first")
        try await reservations.reserve(["n1"], for: "second", .destroyNodes) { _ in throw CancellationError() }
        #expect(reservations.isReserved("n1"))
    }

    @Test(
        "what is known of the BMCs of a rehearsal is neither read nor written: the next one has others on the same ports"
    )
    func rehearsed() async throws {
        try await withTemporaryFolder { folder in
            let database = try Database.open(
                path: folder + "/boatyard.db",
                migrations: (DeckhandSchema.migrations + DrydockMigration.all).withoutGaps)
            let keys = Keyring(Secret([UInt8](repeating: 7, count: 32)))
            let documents = try DocumentService(database: database, keys: keys)
            let pins = try ["ab", "cd"].map { digits in
                try #require(CertificateFingerprint(String(repeating: digits, count: 32)))
            }
            /// What a daemon knows 127.0.0.1:1 by that is shown `pins[shown]`, and how many rows the database then has.
            func pin(shown: Int, rehearsal: RehearsalMap?) async throws -> (CertificateFingerprint, Int) {
                var configuration = DrydockConfiguration(
                    stateDirectory: folder, nodeURL: { "" }, internalURL: { "" }, timeouts: TestDaemon.shortTimeouts())
                configuration.rehearsal = rehearsal
                var dependencies = DrydockDependencies(
                    database: database, documents: documents, configuration: configuration, outOfBand: HeldBMCs(),
                    keys: keys, logger: RecordedLog().logger)
                let memory = BMCMemory()
                dependencies.bmcMemory = memory
                let service = DrydockService(dependencies)
                try await service.loadBMCs()
                let known = memory.fingerprint(of: "127.0.0.1:1", orRemember: pins[shown])
                let running = Task { try? await service.run() }
                running.cancel()
                await running.value
                let rows = try await database.read {
                    try $0.query("SELECT count(*) FROM drydock_bmcs").first?.int(0) ?? -1
                }
                return (known, rows)
            }
            #expect(try await pin(shown: 1, rehearsal: RehearsalMap()) == (pins[1], 0))
            #expect(try await pin(shown: 0, rehearsal: nil) == (pins[0], 1))
            #expect(try await pin(shown: 1, rehearsal: nil) == (pins[0], 1))
            #expect(try await pin(shown: 1, rehearsal: RehearsalMap()) == (pins[1], 1))
            await database.close()
        }
    }

    @Test("what is known of BMCs is written behind and loaded at the start; what is forgotten is removed")
    func kept() async throws {
        try await withTemporaryFolder { folder in
            let database = try Database.open(
                path: folder + "/boatyard.db", migrations: DrydockMigration.all.withoutGaps)
            func rows() async throws -> Int {
                try await database.read { try $0.query("SELECT count(*) FROM drydock_bmcs").first?.int(0) ?? 0 }
            }
            let fingerprint = try #require(CertificateFingerprint(String(repeating: "ab", count: 32)))
            let other = try #require(CertificateFingerprint(String(repeating: "cd", count: 32)))
            let memory = BMCMemory()
            let store = BMCStore(database: database, memory: memory, logger: Logger(label: "test"))
            let running = Task { await store.run() }
            _ = memory.fingerprint(of: "10.0.0.11:443", orRemember: fingerprint)
            _ = memory.fingerprint(of: "10.0.0.12:443", orRemember: fingerprint)
            while try await rows() < 2 { await Task.yield() }
            #expect(memory.forget(BMCMemory.name(.redfish, "10.0.0.12:443")))
            running.cancel()
            await running.value
            #expect(try await rows() == 1)
            let after = BMCMemory()
            try await BMCStore(database: database, memory: after, logger: Logger(label: "test")).load()
            #expect(after.fingerprint(of: "10.0.0.11:443", orRemember: other) == fingerprint)
            #expect(after.fingerprint(of: "10.0.0.12:443", orRemember: other) == other)
            await database.close()
        }
    }

    @Test(
        "what a full database had no room for of BMCs is told once, and is written once there is; a kill loses none of that"
    )
    func fullDatabase() async throws {
        try await withTemporaryFolder { folder in
            let database = try Database.open(
                path: folder + "/boatyard.db", migrations: DrydockMigration.all.withoutGaps)
            let fingerprint = try #require(CertificateFingerprint(String(repeating: "ab", count: 32)))
            let other = try #require(CertificateFingerprint(String(repeating: "cd", count: 32)))
            let memory = BMCMemory()
            let log = RecordedLog()
            let store = BMCStore(
                database: database, memory: memory, logger: log.logger, pause: .zero, rest: .milliseconds(1))
            let running = Task { await store.run() }
            func afterKill(_ peer: String) async throws -> CertificateFingerprint {
                let killed = try Database.afterKill(in: folder)
                let found = BMCMemory()
                try await BMCStore(database: killed, memory: found, logger: log.logger).load()
                await killed.close()
                return found.fingerprint(of: peer, orRemember: other)
            }
            func rows() async throws -> Int {
                try await database.read { try $0.query("SELECT count(*) FROM drydock_bmcs").first?.int(0) ?? 0 }
            }
            _ = memory.fingerprint(of: "10.0.0.11:443", orRemember: fingerprint)
            while try await rows() < 1 { await Task.yield() }
            #expect(try await afterKill("10.0.0.11:443") == fingerprint)

            try await database.fill("drydock_bmcs")
            _ = memory.fingerprint(of: "10.0.0.12:443", orRemember: fingerprint)
            func complaints() -> Int { log.events.count { $0.message == "what is known of BMCs could not be written" } }
            while complaints() < 1 { await Task.yield() }
            _ = memory.fingerprint(of: "10.0.0.13:443", orRemember: fingerprint)
            #expect(try await rows() == 1)
            #expect(memory.fingerprint(of: "10.0.0.12:443", orRemember: other) == fingerprint)
            try await database.freeSpace()
            while try await rows() < 3 { await Task.yield() }
            #expect(complaints() == 1)
            for last in 11...13 { #expect(try await afterKill("10.0.0.\(last):443") == fingerprint) }
            running.cancel()
            await running.value
            await database.close()
        }
    }
}
