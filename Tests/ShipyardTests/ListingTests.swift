import Deckhand
import Drydock
import DrydockFake
import MessageCatalog
import OrderedCollections
import Primitives
import SiteActions
import Store
import Synchronization
import TestSupport
import Testing
import Workflow

@testable import Shipyard

@Suite struct ListingTests {
    @Test("lists are bounded, the newest last, and can be gone through to the first")
    func pages() async throws {
        try await Fixture.with { fixture in
            let log = RecordedLog()
            let (service, database) = try fixture.open { $0.logger = log.logger }
            let graph = try SiteActionKind.testSite.graph()
            var ids: [String] = []
            for second in 0..<7 {
                let time = Timestamp(microseconds: Int64(second + 1) * 1_000_000)
                var generator = SystemRandomNumberGenerator()
                let action = SiteAction(
                    id: ULID(at: time, using: &generator).description, name: "test_site", parameters: [:],
                    executionDate: time, user: "u", created: time, contextMarker: "", committedRevision: nil,
                    allowsIntermediateCommits: nil, run: WorkflowRun(graph))
                try await service.actions.insert(action, note: .action(action.id, "note", at: time))
                ids.append(action.id)
            }
            func names(_ value: Value) -> [String] { value.arrayValue?.compactMap { $0["id"]?.stringValue } ?? [] }
            let last = try await service.listActions(verbosity: 1, limit: 3)
            #expect(names(last) == Array(ids[4...]))
            #expect(last[0]?["notes"]?[0]?["note_val"] == "note")
            #expect(names(try await service.listActions(verbosity: 0, limit: 3, before: ids[4])) == Array(ids[1...3]))
            #expect(names(try await service.listActions(verbosity: 0, limit: 3, before: ids[0])) == [])
            #expect(names(try await service.workflows(since: "1970-01-01T00:00:06", limit: 2)) == Array(ids[5...]))
            #expect(names(try await service.workflows(since: "1970-01-01", limit: 2)) == Array(ids[5...]))
            #expect(names(try await service.workflows(since: nil)) == [])
            #expect(names(try await service.workflows(since: "P100Y")) == ids)
            #expect(names(try await service.workflows(since: "P30D")) == [])
            // What an older version wrote last has no states beside its run; what this one wrote is listed without it.
            let all = try await service.listActions(verbosity: 1)
            #expect(all[0]?["steps"]?.arrayValue?.count == 4)
            let (old, new) = (ids[0], ids[1])
            try await database.write { connection in
                try connection.execute("UPDATE shipyard_actions SET step_states = NULL WHERE id = ?", [.text(old)])
                try connection.execute("UPDATE shipyard_actions SET run = 'unread' WHERE id = ?", [.text(new)])
            }
            #expect(try await service.listActions(verbosity: 1) == all)
            // One that cannot be read keeps none of the others from a list, and is told once.
            for _ in 0..<2 { #expect(names(try await service.workflows(since: "P100Y")) == [old] + ids[2...]) }
            let unread = ids[5]
            try await database.write {
                try $0.execute("UPDATE shipyard_actions SET parameters = '{' WHERE id = ?", [.text(unread)])
            }
            let rest = Array(ids[...4]) + [ids[6]]
            for _ in 0..<2 { #expect(names(try await service.listActions(verbosity: 0)) == rest) }
            let told = log.events.filter { $0.entry == .rowNotRead }.map(\.message)
            let words = "(test_site) in the database cannot be read"
            #expect(told.count == 2 && told.allSatisfy { $0.contains(words) }, "\(told)")
            let run = try await service.workflow("test_site__1970-01-01T00:00:03.000000")
            #expect(run["id"] == .string(ids[2]))
            #expect(run["steps"]?.arrayValue?.count == 4)
            #expect(try await service.workflow("test_site__1970-01-01T00:00:03.000001") == [:])
            #expect(try await service.workflow("test_site__never") == [:])
            await database.close()
        }
    }

    @Test("the order of actions and commands is that of their creation, whatever the clock says")
    func clockSetBack() async throws {
        let clock = Mutex(Timestamp(microseconds: 9_000_000_000))
        try await Fixture.with { fixture in
            let (service, database) = try fixture.open { $0.now = { clock.withLock { $0 } } }
            var ids: [String] = []
            for _ in 0..<3 {
                ids.append(try await fixture.create(service, "test_site"))
                await service.waitUntilFinished(ids[ids.count - 1])
                clock.withLock { $0 = $0.adding(seconds: -3600) }
            }
            #expect(ids.sorted() == ids.reversed())
            func names(_ value: Value) -> [String] { value.arrayValue?.compactMap { $0["id"]?.stringValue } ?? [] }
            let listed = try await service.listActions(verbosity: 1)
            #expect(names(listed) == ids)
            #expect(listed.arrayValue?.allSatisfy { $0["notes"]?.arrayValue?.isEmpty == false } == true)
            #expect(names(try await service.listActions(verbosity: 1, limit: 1, before: ids[2])) == [ids[1]])
            #expect(names(try await service.listActions(verbosity: 1, before: "unknown")) == [])
            #expect(names(try await service.workflows(since: "1970-01-01")) == ids)
            await database.close()
        }
    }

    @Test("of two actions that exclude each other the one that was created later is aborted, whatever the clock says")
    func concurrencyAfterClockSetBack() async throws {
        let clock = Mutex(Timestamp.now())
        try await Fixture.with { fixture in
            let (service, database) = try fixture.open { $0.now = { clock.withLock { $0 } } }
            // The step may ask for the time only after the clock was set.
            fixture.provisioner.useClock { clock.withLock { $0 } }
            try await fixture.commitSite(service)
            fixture.provisioner.hold([.verifySite])
            let first = try await fixture.create(service, "deploy_site")
            await fixture.provisioner.waitForStart(of: .verifySite)
            clock.withLock { $0 = $0.adding(seconds: -3600) }
            let second = try await fixture.create(service, "update_site")
            #expect(second < first)
            await service.waitUntilFinished(second)
            let step = try await service.step("dag_concurrency_check", of: second, verbosity: 1)
            #expect(step["message"] == "update_site conflicts with running deploy_site. Aborting run")
            try await service.control("stop", of: first, caller: fixture.caller)
            let audit = try await service.action(first, verbosity: 0)["command_audit"]?.arrayValue ?? []
            #expect(audit.map { $0["command"] } == ["invoke", "stop"])
            // Seed, "Last Site Action": of the last successful or failed site action; a stopped one has failed.
            #expect(try await fixture.tags(service, 1).contains("site-action-failure"))
            fixture.provisioner.release()
            await service.waitUntilFinished(first)
            await database.close()
        }
    }

    @Test("actions of an older version keep the order of their ids")
    func migration() async throws {
        try await Fixture.with { fixture in
            let all = (DeckhandSchema.migrations + ShipyardMigration.all).withoutGaps
            let path = fixture.folder + "/old.db"
            let older = try Database.open(
                path: path, migrations: all.filter { $0.number < ShipyardMigration.order.number })
            try await older.write { connection in
                for id in ["B", "C", "A"] {
                    try connection.execute(
                        """
                        INSERT INTO shipyard_actions (id, name, parameters, execution_date, user, created,
                            context_marker, graph, run, state)
                        VALUES (?, 'test_site', '{}', 1, '', 1, '', '', '', 'queued')
                        """, [.text(id)])
                    try connection.execute(
                        "INSERT INTO shipyard_audit (id, action_id, command, user, time) VALUES (?, ?, 'stop', '', ?)",
                        [.text(id), .text(id), .int(Int64(90 - (id.utf8.first ?? 0)))])
                }
            }
            await older.close()
            let database = try Database.open(path: path, migrations: all)
            let order = try await database.read { connection in
                try ["shipyard_actions", "shipyard_audit"].map { table in
                    try connection.query("SELECT id FROM \(table) ORDER BY sequence").map { try $0.text("id") }
                }
            }
            #expect(order == [["A", "B", "C"], ["C", "B", "A"]])
            await database.close()
        }
    }

    @Test("durations are ISO 8601's")
    func durations() {
        #expect(ISODuration("P30D")?.seconds == 2_592_000)
        #expect(ISODuration("PT1H30M")?.seconds == 5400)
        #expect(ISODuration("P1Y2M1W1DT0.5S")?.seconds == Double((365 + 60 + 7 + 1) * 86400) + 0.5)
        for text in ["", "P", "PT", "30D", "P30", "P1H", "PT1D", "P-1D", "P1T2TH", "PXD", "P9999999Y"] {
            #expect(ISODuration(text) == nil, "\(text)")
        }
    }
}
