import MessageCatalog
import Primitives
import Store
import TestSupport
import Testing

@testable import Drydock

@Suite("Rows of the database that cannot be read", .serialized)
struct UnreadableRowTests {
    private static func until(_ isReached: () async throws -> Bool) async throws {
        while try await !isReached() {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    @Test("a boot action that cannot be read fails its node, and no other one of the task")
    func bootAction() async throws {
        let names = ["berth-1", "berth-2"]
        try await TestSite.run(
            names: names, faults: ["berth-2": .init(neverSignals: true)],
            configure: { $0.timeouts.bootActionFinalStatus = 3600 }
        ) { site in
            _ = try await site.daemon.run(.prepareNodes, site.design, nodes: names)
            let service = await site.daemon.service()
            let deploy = try await service.createTask(
                TaskRequest(
                    action: .deployNodes, design: site.design, nodeFilter: TaskRun.filter(names), createdBy: "t"))
            // Both run, and only the boot actions of berth-2 are waited for.
            try await Self.until {
                let waits = try await service.taskStore.waits()
                return Set(waits.keys) == ["berth-2"] && waits["berth-2"]?.event.hasPrefix("boot action ") == true
            }
            try await site.daemon.database.write { connection in
                try connection.execute(
                    "UPDATE drydock_boot_actions SET id = 'newer ' || id, status = 'incomplete' WHERE node = 'berth-1'")
                try connection.execute("UPDATE drydock_boot_actions SET status = 'success' WHERE node = 'berth-2'")
            }
            #expect(try await service.taskStore.waits().isEmpty)
            service.orchestrator.notifier.notify(.bootActions)
            let ended = try await site.daemon.ended(deploy.id)
            #expect(ended.result.successes == ["berth-2"] && ended.result.failures == ["berth-1"])
            let problems = try await service.taskStore.problems()
            #expect(problems["berth-2"] == nil)
            let words = problems["berth-1"]?.message ?? ""
            #expect(words.hasPrefix("What became of its boot actions is not known: the boot action "), "\(words)")
        }
    }

    @Test("a machine that cannot be read keeps no unknown one from being listed, removed, or forgotten by its age")
    func unknownMachines() async throws {
        let start = Timestamp(microseconds: 1_800_000_000_000_000)
        let log = RecordedLog()
        try await withTemporaryFolder { folder in
            let database = try Database.open(
                path: folder + "/boatyard.db", migrations: DrydockMigration.all.withoutGaps)
            let machines = MachineStore(
                database: database, notifier: Notifier(), now: { start.adding(seconds: 200_000) },
                unreadable: UnreadableRows(log.logger))
            let ids = (0..<3).map { _ in ULID() }
            func fill() async throws {
                try await database.write { connection in
                    for (place, id) in ids.enumerated() {
                        try connection.execute(
                            """
                            INSERT OR REPLACE INTO drydock_machines (id, mac, state, intent, power, created, updated)
                                VALUES (?, ?, ?, 'discover', 'on', ?4, ?4)
                            """,
                            [
                                .text(id.description), .text("02:00:00:01:00:0\(place)"),
                                .text(place == 0 ? "Newer" : "New"), .int(start.microseconds),
                            ])
                    }
                }
            }
            try await fill()
            let others = ids.dropFirst().sorted { $0.description < $1.description }
            for _ in 0..<2 { #expect(try await machines.all().map(\.id) == others) }
            #expect(try await Set(machines.unknownMachines().map(\.id)) == Set(ids.dropFirst()))
            #expect(try await machines.removeUnknown([ids[1]]) == 1)
            try await fill()
            try await machines.removeAged()
            #expect(try await machines.all().isEmpty)
            let count = try await database.read { try $0.query("SELECT count(*) FROM drydock_machines").first?.int(0) }
            #expect(count == 1)
            let told = log.events.filter { $0.entry == .rowNotRead }.map(\.message)
            #expect(told.count == 1, "\(told)")
            #expect(
                told.first?.hasPrefix(
                    "machine \(ids[0]) in the database cannot be read, and is left out: the state of machine \(ids[0]) in the "
                        + "database cannot be 'Newer'. Start the version") == true, "\(told)")
            await database.close()
        }
    }

    @Test("of tests that cannot be read each is told once, by those that list them and by those that watch them")
    func tests() async throws {
        let log = RecordedLog()
        try await withTemporaryFolder { folder in
            let database = try Database.open(
                path: folder + "/boatyard.db", migrations: DrydockMigration.all.withoutGaps)
            let machines = MachineStore(
                database: database, notifier: Notifier(), now: { .now() }, unreadable: UnreadableRows(log.logger))
            let names = ["n1", "n2"]
            try await database.write { connection in
                for (place, name) in names.enumerated() {
                    let machine = ULID()
                    try connection.execute(
                        """
                        INSERT INTO drydock_machines (id, node, mac, state, intent, power, created, updated)
                            VALUES (?, ?, ?, 'Deployed', 'local', 'on', 0, 0)
                        """,
                        [.text(machine.description), .text(name), .text("02:00:00:01:00:0\(place)")])
                    try connection.execute(
                        """
                        INSERT INTO drydock_tests (machine, id, mode, expectations, since, deadline, findings, errors,
                            warnings, reason) VALUES (?, ?, ?, '', 0, 0, '[]', 0, 0, '')
                        """,
                        [.text(machine.description), .text(ULID().description), .text(place == 0 ? "newer" : "quick")])
                }
            }
            for _ in 0..<3 {
                #expect(try await machines.tests().keys.sorted() == ["n2"])
                #expect(try await machines.openTests().count == 1)
            }
            #expect(log.events.filter { $0.entry == .rowNotRead }.count == 1)
            await database.close()
        }
    }
}
