import Deckhand
import Drydock
import OrderedCollections
import Primitives
import Store
import TestSupport
import Testing

@Suite("Which tasks are carried out, and when", .timeLimit(.minutes(5)))
struct TaskOrderTests {
    /// A daemon whose BMCs answer when they are let, with the example site and as many nodes more.
    private static func run(
        _ bmcs: HeldBMCs, moreNodes: Int = 0, log: RecordedLog? = nil,
        configure: @escaping @Sendable (inout DrydockConfiguration) -> Void = { _ in },
        _ body: (TestDaemon, _ design: String) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let daemon = try TestDaemon(folder: folder, outOfBand: bmcs, log: log, configure: configure)
            var documents = try ExampleSite.documents()
            let model = try #require(documents.first { $0["schema"] == "drydock/BaremetalNode/v1" })
            for number in 0..<moreNodes { documents.append(try node(number, like: model)) }
            let revision = try await daemon.documents.put(bucket: "site", documents: documents).revision ?? 0
            daemon.start()
            do {
                try await body(
                    daemon, "deckhand+http://127.0.0.1:9000/api/v1.0/revisions/\(revision)/rendered-documents")
            } catch {
                await daemon.stop()
                throw error
            }
            await daemon.stop()
        }
    }

    private static func node(_ number: Int, like model: Value) throws -> Value {
        guard case .object(var document) = model, case .object(var metadata) = document["metadata"],
            case .object(var data) = document["data"]
        else { throw Trouble("no node") }
        metadata["name"] = .string("extra-\(number)")
        let networks = ["oob", "pxe", "oam"].enumerated()
        data["addressing"] = .array(
            networks.map { ["network": .string($1), "address": .string("10.20.\($0).\(20 + number)")] })
        data["metadata"] = ["rack": "quay-1", "boot_mac": .string("52:54:00:20:02:\([UInt8(number)].hex)")]
        document["metadata"] = .object(metadata)
        document["data"] = .object(data)
        return .object(document)
    }

    @Test("tasks of different nodes are carried out at the same time, those of the same nodes in their order")
    func reservations() async throws {
        let bmcs = HeldBMCs()
        try await Self.run(bmcs) { daemon, design in
            let service = await daemon.service()
            func create(_ action: TaskAction, _ nodes: String...) async throws -> String {
                let filter: Value = [
                    "filter_set_type": "intersection",
                    "filter_set": [["node_names": Value(nodes), "filter_type": "union"]],
                ]
                return try await service.createTask(
                    TaskRequest(
                        action: action, design: design, nodeFilter: nodes.isEmpty ? .null : filter, createdBy: "tester")
                ).id
            }
            let first = try await create(.verifyNodes, "berth-1")
            try await bmcs.waitUntilEntered(1)
            let second = try await create(.verifyNodes, "berth-2")
            try await bmcs.waitUntilEntered(2)
            let both = try await create(.verifyNodes, "berth-2", "berth-1")
            func waits(_ id: String, for node: String, _ holder: String) async throws {
                let text = "Waits for \(node), which task \(holder) (verify_nodes) works on or waits for."
                while try await service.task(id)?.messages.map(\.text) != [text] {
                    try Task.checkCancellation()
                    await Task.yield()
                }
            }
            try await waits(both, for: "berth-1", first)
            // It is younger than one that waits for the same node.
            let last = try await create(.verifyNodes, "berth-3", "berth-2")
            try await waits(last, for: "berth-2", second)
            for action in [TaskAction.verifySite, .validateDesign] {
                #expect(try await daemon.ended(try await create(action)).result.status == .success)
            }
            for id in [both, last] { #expect(try await service.task(id)?.status == .queued) }
            #expect(bmcs.entered == 2)

            bmcs.allow(.max)
            var ended: [DrydockTask] = []
            for id in [first, second, both, last] { ended.append(try await daemon.ended(id)) }
            #expect(ended.allSatisfy { $0.result.status == .success })
            for (task, before) in [(ended[2], ended[0]), (ended[2], ended[1]), (ended[3], ended[2])] {
                for child in try await service.children(of: task.id) { #expect(before.updated <= child.created) }
            }
        }
    }

    @Test("a task that waits for its nodes can be terminated, and holds up nobody then")
    func terminated() async throws {
        let bmcs = HeldBMCs()
        try await Self.run(bmcs) { daemon, design in
            let service = await daemon.service()
            func create(_ key: String) async throws -> String {
                try await service.createTask(
                    TaskRequest(action: .verifyNodes, design: design, createdBy: "tester", key: key)
                ).id
            }
            let first = try await create("a/1")
            try await bmcs.waitUntilEntered(4)
            let second = try await create("b/1")
            let third = try await create("c/1")
            while try await service.task(third)?.messages.isEmpty != false {
                try Task.checkCancellation()
                await Task.yield()
            }
            try await service.terminateTasks(keyPrefix: "b/", reason: "It is not wanted any more.")
            #expect(try await service.task(second)?.status == .terminated)
            #expect(try await service.task(first)?.status == .running)
            bmcs.allow(.max)
            for id in [first, third] { #expect(try await daemon.ended(id).result.status == .success) }
            #expect(try await service.children(of: second).isEmpty)
        }
    }

    @Test("sixty-four nodes are worked on at the same time, and the next when one of them is done")
    func parallelNodes() async throws {
        let bmcs = HeldBMCs()
        try await Self.run(bmcs, moreNodes: 66) { daemon, design in
            let service = await daemon.service()
            let task = try await service.createTask(
                TaskRequest(action: .verifyNodes, design: design, createdBy: "tester"))
            try await bmcs.waitUntilEntered(64)
            #expect(try await service.tasks().count == 1 + 1 + 64)
            #expect(bmcs.entered == 64)
            bmcs.allow(1)
            try await bmcs.waitUntilEntered(65)
            #expect(bmcs.left == 1)
            bmcs.allow(70)
            #expect(try await daemon.ended(task.id).result.status == .success)
            #expect(bmcs.left == 70)
            #expect(bmcs.most == 64)
        }
    }

    @Test("as many tasks and nodes are worked on at the same time as are configured")
    func configuredWidth() async throws {
        let bmcs = HeldBMCs()
        let configure: @Sendable (inout DrydockConfiguration) -> Void = {
            $0.parallelTasks = 1
            $0.parallelNodes = 2
        }
        try await Self.run(bmcs, configure: configure) { daemon, design in
            let service = await daemon.service()
            let first = try await service.createTask(
                TaskRequest(action: .verifyNodes, design: design, createdBy: "tester"))
            try await bmcs.waitUntilEntered(2)
            // It needs no nodes, and waits for its turn nevertheless.
            let second = try await service.createTask(
                TaskRequest(action: .validateDesign, design: design, createdBy: "tester"))
            bmcs.allow(1)
            try await bmcs.waitUntilEntered(3)
            #expect(try await service.task(second.id)?.status == .queued)
            bmcs.allow(.max)
            let ended = try await daemon.ended(first.id)
            #expect(ended.result.status == .success)
            let later = try await daemon.ended(second.id)
            #expect(later.result.status == .success)
            #expect(ended.updated <= later.updated)
            #expect(bmcs.most == 2)
        }
    }

    @Test("a running task stands still while the database is full, says so once, and goes on once there is room")
    func fullDatabase() async throws {
        let bmcs = HeldBMCs()
        let log = RecordedLog()
        try await Self.run(bmcs, log: log) { daemon, design in
            let service = await daemon.service()
            let request = TaskRequest(action: .verifyNodes, design: design, createdBy: "tester")
            let task = try await service.createTask(request)
            try await bmcs.waitUntilEntered(4)
            try await daemon.database.fill("drydock_")
            bmcs.allow(8)
            func complaints() -> [String] { log.events.map(\.message).filter { $0.hasPrefix("tasks stand still") } }
            while complaints().isEmpty {
                try Task.checkCancellation()
                await Task.yield()
            }
            #expect(try await service.task(task.id)?.status == .running)
            let error = await #expect(throws: StoreError.self) { _ = try await service.createTask(request) }
            #expect(error?.problem == .full)

            try await daemon.database.freeSpace()
            let ended = try await daemon.ended(task.id)
            let tree = try await daemon.tree(task.id)
            #expect(ended.result.status == .success, "\(tree)")
            #expect(ended.errorCount == 0)
            #expect(complaints().count == 1)
        }
    }

    @Test("two tasks stand still together while the database is full, and both go on once there is room")
    func fullDatabaseOfTwo() async throws {
        let bmcs = HeldBMCs()
        let log = RecordedLog()
        try await Self.run(bmcs, log: log) { daemon, design in
            let service = await daemon.service()
            var tasks: [String] = []
            for nodes in [["berth-1", "berth-2"], ["berth-3", "berth-4"]] {
                let filter: Value = [
                    "filter_set_type": "intersection",
                    "filter_set": [["node_names": Value(nodes), "filter_type": "union"]],
                ]
                tasks.append(
                    try await service.createTask(
                        TaskRequest(action: .verifyNodes, design: design, nodeFilter: filter, createdBy: "tester")
                    ).id)
            }
            try await bmcs.waitUntilEntered(4)
            try await daemon.database.fill("drydock_")
            bmcs.allow(.max)
            while !log.events.contains(where: { $0.message.hasPrefix("tasks stand still") }) {
                try Task.checkCancellation()
                await Task.yield()
            }
            for id in tasks { #expect(try await service.task(id)?.status == .running) }
            try await daemon.database.freeSpace()
            for id in tasks {
                let ended = try await daemon.ended(id)
                let tree = try await daemon.tree(id)
                #expect(ended.result.status == .success, "\(tree)")
                #expect(ended.errorCount == 0)
            }
        }
    }

    @Test(
        "a task that waits for its nodes when the daemon is killed waits for them again, and is carried out after their task"
    )
    func killedWhileWaiting() async throws {
        let bmcs = HeldBMCs()
        try await Self.run(bmcs) { daemon, design in
            func create() async throws -> String {
                try await daemon.ask {
                    try await $0.createTask(
                        TaskRequest(action: .verifyNodes, design: design, createdBy: "tester", key: ULID().description))
                }.id
            }
            let first = try await create()
            try await bmcs.waitUntilEntered(4)
            let second = try await create()
            func waits() async throws {
                let service = await daemon.service()
                while try await service.task(second)?.messages.isEmpty != false {
                    try Task.checkCancellation()
                    await Task.yield()
                }
            }
            try await waits()
            await daemon.restart()
            try await bmcs.waitUntilEntered(8)
            #expect(try await daemon.ask { try await $0.task(second) }?.status == .queued)
            bmcs.allow(.max)
            let ended = [try await daemon.ended(first), try await daemon.ended(second)]
            #expect(ended.allSatisfy { $0.result.status == .success })
            for child in try await daemon.ask({ try await $0.children(of: second) }) {
                #expect(ended[0].updated <= child.created)
            }
            #expect(ended[1].messages.filter { $0.text.hasPrefix("Waits for ") }.count == 1)
        }
    }

    @Test("long names, references and messages are kept whole")
    func longTexts() async throws {
        let long = String(repeating: "long ", count: 20_000)
        try await Self.run(HeldBMCs(failure: Trouble(long)).opened()) { daemon, design in
            let service = await daemon.service()
            let reference = design + "?name=" + String(repeating: "n", count: 20_000)
            let task = try await service.createTask(
                TaskRequest(action: .verifySite, design: reference, createdBy: long, key: long))
            let ended = try await daemon.ended(task.id)
            #expect(ended.design == reference)
            #expect(ended.createdBy == long)
            let failed = try await daemon.run(.verifyNodes, design)
            let group = try #require(try await service.children(of: failed.id).first)
            let leaves = try await service.children(of: group.id)
            #expect(leaves.count == 4)
            for leaf in leaves { #expect(leaf.messages.map(\.text) == [long]) }
        }
    }
}

extension HeldBMCs {
    /// With nothing to wait for.
    fileprivate func opened() -> HeldBMCs {
        allow(.max)
        return self
    }
}
