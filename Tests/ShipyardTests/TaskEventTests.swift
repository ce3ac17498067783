import Cryptography
import Deckhand
import OrderedCollections
import Primitives
import Store
import Testing

@testable import Drydock
@testable import Shipyard

@Suite struct TaskEventTests {
    @Test("a task's changes stand among the events, with the action that it belongs to; what it waits for does not")
    func changes() async throws {
        try await Fixture.with { fixture in
            let database = try Database.open(
                path: fixture.folder + "/tasks.db",
                migrations: (DrydockMigration.all + ShipyardMigration.all).withoutGaps)
            let log = EventLog(database: database)
            let store = TaskStore(
                database: database, vault: Vault(keys: Keyring(Secret([UInt8](repeating: 7, count: 32)))),
                notifier: Notifier(), listener: log.taskListener,
                now: { Timestamp(microseconds: 7) })
            let action = ULID().description
            func make(_ key: String) async throws -> String {
                let request = TaskRequest(action: .prepareNodes, design: "d", createdBy: "c", key: key)
                return try await store.create(request).id
            }
            let rings = log.notifier.count
            let task = try await make("\(action)/step/1//prepare_nodes")
            #expect(try await make("\(action)/step/1//prepare_nodes") == task)
            try await store.start(task)
            let part = TaskRequest(action: .identifyNode, design: "d", createdBy: "c")
            let child = try await store.begin(part, parent: task, slot: "n1", retry: 0).id
            try await store.wait(
                child,
                for: TaskWait(
                    event: "e", since: Timestamp(microseconds: 0), deadline: Timestamp(microseconds: 1), then: "t"))
            try await store.finish(child, TaskResult())
            try await store.retry(task, number: 1, of: 3, .deployNode, nodes: [])
            #expect(try await store.terminate(task, reason: "enough"))
            #expect(log.notifier.count == rings + 6)
            let own = try await make("somebody's own key")

            let events = try await log.events(after: 0, limit: 100)
            #expect(events.allSatisfy { $0.event.kind == .task })
            let told = events.map { numbered in
                ["task", "task_action", "status", "result", "retry", "parent", "action"].map {
                    numbered.event.data[$0]?.pythonText ?? "-"
                }
            }
            #expect(
                told == [
                    [task, "prepare_nodes", "queued", "incomplete", "0", "-", action],
                    [task, "prepare_nodes", "running", "incomplete", "0", "-", action],
                    [child, "identify_node", "queued", "incomplete", "0", task, action],
                    [child, "identify_node", "running", "incomplete", "0", task, action],
                    [child, "identify_node", "complete", "incomplete", "0", task, action],
                    [task, "prepare_nodes", "running", "incomplete", "1", "-", action],
                    [task, "prepare_nodes", "terminated", "failure", "1", "-", action],
                    [own, "prepare_nodes", "queued", "incomplete", "0", "-", "-"],
                ])
            #expect(events.first?.event.data["time"] == "1970-01-01T00:00:00.000007Z")
            await database.close()
        }
    }
}
