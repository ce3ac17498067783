import OrderedCollections
import Primitives
import SiteActions
import Store
import Testing
import Workflow

@testable import Shipyard

@Suite struct ListingTests {
    @Test("lists are bounded, the newest last, and can be gone through to the first")
    func pages() async throws {
        try await Fixture.with { fixture in
            let (service, database) = try fixture.open()
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
            let run = try await service.workflow("test_site__1970-01-01T00:00:03.000000")
            #expect(run["id"] == .string(ids[2]))
            #expect(run["steps"]?.arrayValue?.count == 4)
            #expect(try await service.workflow("test_site__1970-01-01T00:00:03.000001") == [:])
            #expect(try await service.workflow("test_site__never") == [:])
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
