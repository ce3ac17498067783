import Deckhand
import MessageCatalog
import Primitives
import Store
import TestSupport
import Testing

@testable import Drydock

@Suite("What goes wrong with one task ends no other", .timeLimit(.minutes(5)))
struct BrokenTaskTests {
    /// A daemon with the example site, whose BMCs answer when they are let.
    private static func run(
        _ bmcs: HeldBMCs, _ log: RecordedLog, starts: Bool = true,
        _ body: (TestDaemon, _ design: String) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let daemon = try TestDaemon(folder: folder, outOfBand: bmcs, log: log)
            let documents = try ExampleSite.documents()
            let revision = try await daemon.documents.put(bucket: "site", documents: documents).revision ?? 0
            if starts { daemon.start() }
            let result: Result<Void, any Error>
            do {
                result = .success(
                    try await body(
                        daemon, "deckhand+http://127.0.0.1:9000/api/v1.0/revisions/\(revision)/rendered-documents"))
            } catch { result = .failure(error) }
            await daemon.stop()
            try result.get()
        }
    }

    private static func request(
        _ action: TaskAction, _ design: String, node: String? = nil, key: String? = nil
    ) -> TaskRequest {
        TaskRequest(
            action: action, design: design, nodeFilter: node.map { TaskRun.filter([$0]) } ?? .null, createdBy: "tester",
            key: key)
    }

    private static func complaints(_ log: RecordedLog) -> [RecordedLog.Event] {
        log.events.filter { $0.entry == .taskBroken }
    }

    @Test("a task that was terminated and is carried out until it notices is not purged before")
    func purged() async throws {
        let (bmcs, log) = (HeldBMCs(failure: Trouble("nobody answers")), RecordedLog())
        try await Self.run(bmcs, log) { daemon, design in
            let service = await daemon.service()
            let task = try await service.createTask(Self.request(.verifyNodes, design, key: "a/1"))
            try await bmcs.waitUntilEntered(4)
            // As between the two steps of the termination: nothing has cut it off yet.
            #expect(try await service.taskStore.terminate(task.id, reason: "It is not wanted any more."))
            try await service.purgeTasks(olderThan: 0)
            #expect(try await service.task(task.id)?.status == .terminated)
            bmcs.allow(.max)
            while service.orchestrator.carriedOut.contains(task.id) {
                try Task.checkCancellation()
                await Task.yield()
            }
            let ended = try #require(try await service.task(task.id))
            #expect(ended.status == .terminated && ended.result.status == .failure)
            #expect(try await daemon.run(.noop, "").result.status == .success)
            try await service.purgeTasks(olderThan: 0)
            #expect(try await service.tasks().isEmpty)
        }
    }

    @Test("a task whose rows are gone while it is carried out ends, and others go on")
    func gone() async throws {
        let (bmcs, log) = (HeldBMCs(failure: Trouble("nobody answers")), RecordedLog())
        try await Self.run(bmcs, log) { daemon, design in
            let service = await daemon.service()
            let task = try await service.createTask(Self.request(.verifyNodes, design))
            try await bmcs.waitUntilEntered(4)
            try await daemon.database.write {
                try $0.execute("DELETE FROM drydock_tasks WHERE id = ?", [.text(task.id)])
            }
            bmcs.allow(.max)
            #expect(try await daemon.run(.verifyNodes, design).result.status == .failure)
            while service.orchestrator.carriedOut.contains(task.id) {
                try Task.checkCancellation()
                await Task.yield()
            }
            #expect(!Self.complaints(log).isEmpty)
        }
    }

    @Test(
        "a task of which the database does not take the end is given up, once, and others go on",
        arguments: [("new.result <> 'failure'", true), ("1 = 1", false)])
    func refusedEnd(condition: String, hasEnd: Bool) async throws {
        let (bmcs, log) = (HeldBMCs(), RecordedLog())
        try await Self.run(bmcs, log) { daemon, design in
            let service = await daemon.service()
            let task = try await service.createTask(Self.request(.verifyNodes, design))
            try await bmcs.waitUntilEntered(4)
            try await daemon.database.write {
                try $0.execute(
                    """
                    CREATE TRIGGER refused BEFORE UPDATE OF status ON drydock_tasks WHEN new.id = '\(task.id)'
                        AND \(condition) BEGIN SELECT raise(ABORT, 'refused by a rule'); END
                    """)
            }
            bmcs.allow(.max)
            // The nodes are free.
            #expect(try await daemon.run(.verifyNodes, design).result.status == .success)
            let found = try #require(try await service.task(task.id))
            #expect(found.status == (hasEnd ? .terminated : .running))
            let words = found.messages.filter(\.isError).map(\.text)
            #expect(
                words.count == (hasEnd ? 1 : 0) && words.allSatisfy { $0.contains("refused by a rule") }, "\(words)")
            let complaints = Self.complaints(log)
            #expect(complaints.count == (hasEnd ? 1 : 2), "\(complaints)")
            #expect(complaints.allSatisfy { $0.message.contains("refused by a rule") })
        }
    }

    @Test("a failure that cannot be told in a message is one all the same, and stands in the log")
    func refusedMessage() async throws {
        let (bmcs, log) = (HeldBMCs(failure: Trouble("nobody answers")), RecordedLog())
        try await Self.run(bmcs, log) { daemon, design in
            try await daemon.database.write {
                try $0.execute(
                    """
                    CREATE TRIGGER refused BEFORE INSERT ON drydock_task_messages WHEN new.is_error AND
                        new.context = 'berth-2' BEGIN SELECT raise(ABORT, 'refused by a rule'); END
                    """)
            }
            bmcs.allow(.max)
            let ended = try await daemon.run(.verifyNodes, design)
            #expect(ended.status == .complete && ended.result.status == .failure, "\(daemon.lastTree)")
            #expect(Self.complaints(log).map { $0.message.contains("nobody answers") } == [true])
        }
    }

    @Test("what a node failed for is known by the code of the error")
    func code() async throws {
        let failure = BoatyardError("bmc.certificate", "the BMC shows another certificate")
        let (bmcs, log) = (HeldBMCs(failure: failure), RecordedLog())
        bmcs.allow(.max)
        try await Self.run(bmcs, log) { daemon, design in
            _ = try await daemon.run(.prepareNodes, design)
            let problem = try await daemon.service().taskStore.problems()["berth-1"]
            #expect(problem?.code == "bmc.certificate", "\(String(describing: problem)) \(daemon.lastTree)")
        }
    }

    @Test("tasks whose rows cannot be read are ended at the start, others are carried out and listed")
    func unreadable() async throws {
        let (bmcs, log) = (HeldBMCs(), RecordedLog())
        bmcs.allow(.max)
        try await Self.run(bmcs, log) { daemon, design in
            let service = await daemon.service()
            let queued = try await service.createTask(Self.request(.verifyNodes, design))
            _ = try await daemon.ended(queued.id)
            await daemon.kill()
            try await daemon.database.write {
                try $0.execute(
                    "UPDATE drydock_tasks SET action = 'paint_nodes', status = 'running' WHERE id = ?",
                    [.text(queued.id)])
            }
            daemon.start()
            #expect(try await daemon.run(.verifyNodes, design).result.status == .success)
            let next = await daemon.service()
            #expect(Self.complaints(log).count == 1)
            let status = try await daemon.database.read {
                try $0.query("SELECT status FROM drydock_tasks WHERE id = ?", [.text(queued.id)]).first?.text(0)
            }
            #expect(status == "terminated")
            let listed = try await next.tasks()
            #expect(!listed.isEmpty && listed.allSatisfy { $0.id != queued.id })
        }
    }

    @Test("a database that was closed ends what is carried out, a rule of it that was broken does not")
    func damaged() async throws {
        try await withTemporaryFolder { folder in
            let database = try Database.open(path: folder + "/boatyard.db", migrations: [])
            func problem(_ statement: String) async throws -> StoreError {
                try #require(
                    await #expect(throws: StoreError.self) { try await database.write { try $0.execute(statement) } })
            }
            try await database.write { try $0.execute("CREATE TABLE one (id INTEGER NOT NULL)") }
            #expect(try await !problem("INSERT INTO one (id) VALUES (NULL)").isOfDamage)
            #expect(try await !problem("INSERT INTO two (id) VALUES (NULL)").isOfDamage)
            await database.close()
            #expect(try await problem("INSERT INTO one (id) VALUES (1)").isOfDamage)
        }
    }

    @Test("nothing begins, and nothing is complete, once it was terminated")
    func terminatedStays() async throws {
        let (bmcs, log) = (HeldBMCs(), RecordedLog())
        try await Self.run(bmcs, log, starts: false) { daemon, design in
            let listener = TaskListener.nobody
            let store = TaskStore(
                database: daemon.database, vault: Vault(keys: daemon.keys), notifier: Notifier(), listener: listener,
                now: { .now() })
            let task = try await store.create(Self.request(.verifyNodes, design))
            try await store.start(task.id)
            let child = try await store.begin(
                Self.request(.verifyNodes, design), parent: task.id, slot: "one", retry: 0)
            #expect(try await store.terminate(task.id, reason: "It is not wanted any more."))
            var success = TaskResult()
            success.succeed("berth-1")
            for id in [task.id, child.id] {
                let ended = try await store.finish(id, success)
                #expect(
                    ended.status == .terminated && ended.result.status == .failure && ended.result.successes.isEmpty)
                await #expect(throws: CancellationError.self) { try await store.start(id) }
            }
            await #expect(throws: CancellationError.self) {
                _ = try await store.begin(Self.request(.verifyNodes, design), parent: task.id, slot: "two", retry: 0)
            }
            #expect(try await store.all().map(\.status) == [.terminated, .terminated])
        }
    }
}
