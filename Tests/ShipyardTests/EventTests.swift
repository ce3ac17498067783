import Drydock
import DrydockFake
import OrderedCollections
import Primitives
import Store
import Synchronization
import Testing
import Workflow

@testable import Shipyard

@Suite struct EventTests {
    @Test("who follows an action sees each of its steps begin and end, and then that it is complete")
    func follow() async throws {
        try await Fixture.withSite { fixture, service in
            let start = try await service.newestEvent()
            let id = try await fixture.create(service, "test_site")
            var kinds: [String] = []
            var last = start
            for try await numbered in service.events(after: start, action: id) {
                #expect(numbered.sequence > last)
                last = numbered.sequence
                let data = numbered.event.data
                #expect(data["time"]?.stringValue?.hasSuffix("Z") == true)
                let what = data["step"]?.stringValue ?? data["action_lifecycle"]?.stringValue ?? ""
                kinds.append("\(numbered.event.kind.rawValue) \(what) \(data["state"]?.stringValue ?? "")")
                if data["action_lifecycle"] == "Complete" { break }
            }
            #expect(kinds.first == "note  ")
            #expect(kinds.contains("action Pending "))
            #expect(kinds.contains("action Processing "))
            for step in ["action_xcom", "preflight.ucp_preflight_check", "deployment_configuration"] {
                let began = try #require(kinds.firstIndex(of: "step \(step) running"))
                let ended = try #require(kinds.firstIndex(of: "step \(step) success"))
                #expect(began < ended)
            }
            #expect(kinds.contains("step armada_test_releases skipped"))

            let again = try await service.events.events(after: last - 1, limit: 10)
            #expect(again.first?.sequence == last)
        }
    }

    @Test("numbers go on after a restart, and who saw dropped events last is told of the gap")
    func gap() async throws {
        try await Fixture.with { fixture in
            let (_, database) = try fixture.open()
            let log = EventLog(database: database)
            for _ in 0..<3 { try await log.append([SiteEvent(.configdocs, [:])], at: .now()) }
            try await database.write { try $0.execute("DELETE FROM shipyard_events") }
            await database.close()
            let (_, reopened) = try fixture.open()
            let next = EventLog(database: reopened)
            #expect(try await next.newest() == 3)
            try await next.append([SiteEvent(.configdocs, [:])], at: .now())
            let found = try await next.events(after: 1, limit: 10)
            #expect(found.map(\.event.kind) == [.gap])
            #expect(found.first?.sequence == 3)
            #expect(found.first?.event.data["next"] == 4)
            #expect(try await next.events(after: 3, limit: 10).map(\.sequence) == [4])
            #expect(try await next.events(after: 4, limit: 10) == [])
            #expect(try await next.events(after: .max, limit: 10).first?.event.kind == .gap)
            await reopened.close()
        }
    }

    @Test("only so many events are kept")
    func bounded() async throws {
        try await Fixture.with { fixture in
            let (_, database) = try fixture.open()
            let log = EventLog(database: database)
            let batch = [SiteEvent](repeating: SiteEvent(.configdocs, [:]), count: 500)
            for _ in 0..<50 { try await log.append(batch, at: .now()) }
            let count = try await database.read {
                try $0.query("SELECT count(*) AS n FROM shipyard_events").first?.int("n")
            }
            #expect(count == Int(EventLog.kept))
            await database.close()
        }
    }

    @Test("a request that waits is answered as soon as the action ends, and at the latest when its time is up")
    func longPoll() async throws {
        try await Fixture.withSite { fixture, service in
            fixture.provisioner.hold([.verifySite])
            let id = try await fixture.create(service, "deploy_site")
            try await service.awaitEnd(of: "action_xcom", action: id, seconds: 600)
            #expect(try await service.step("action_xcom", of: id, verbosity: 0)["state"] == "success")
            try await service.awaitEnd(of: id, seconds: 0.01)
            #expect(try await service.action(id, verbosity: 0)["action_lifecycle"] == "Processing")
            async let waiting: Void = service.awaitEnd(of: id, seconds: 600)
            fixture.provisioner.release()
            try await waiting
            #expect(try await service.action(id, verbosity: 0)["action_lifecycle"] == "Complete")
            try await service.awaitEnd(of: "unknown", seconds: 600)
            try await service.awaitEnd(of: "unknown", action: id, seconds: 600)
        }
    }
}
