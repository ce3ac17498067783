import Drydock
import OrderedCollections
import OutOfBand
import Primitives
import Testing

@Suite("A node without a BMC", .serialized)
struct ManualNodeTests {
    /// Somebody before the machine, who is given time and says when it is used.
    private final class Human: Sendable {
        private let asked = AsyncStream<Duration>.makeStream()
        private let done = AsyncStream<Void>.makeStream()

        @Sendable func pause(_ time: Duration) async throws {
            asked.continuation.yield(time)
            for await _ in done.stream { return }
            throw CancellationError()
        }

        /// Returns how long there is for what was asked.
        func wasAsked() async -> Duration? {
            for await time in asked.stream { return time }
            return nil
        }

        func hasDone() { done.continuation.yield() }
    }

    private static let filter: Value = [
        "filter_set_type": "union", "filter_set": [["filter_type": "union", "node_names": ["berth-1"]]],
    ]

    private func makeManual(_ documents: inout [Value]) {
        for schema in ["HostProfile", "BaremetalNode"] {
            documents.changeData(of: "drydock/\(schema)/v1") { data in
                guard case .object(var section) = data["oob"], section["type"] == "ipmi" else { return }
                section["type"] = "manual"
                data["oob"] = .object(section)
            }
        }
    }

    private func messages(_ root: DrydockTask, _ service: DrydockService) async throws -> [String] {
        var texts = root.messages.map(\.text)
        for child in try await service.children(of: root.id) { texts += try await messages(child, service) }
        return texts
    }

    @Test("what somebody has to do is waited for in the open, and stands among the messages of the task")
    func messages() async throws {
        let human = Human()
        try await TestSite.run(names: ["berth-1"], edit: makeManual, pause: human.pause) { site in
            let service = await site.daemon.service()
            let task = try await service.createTask(
                TaskRequest(
                    action: .prepareNodes, design: site.design, nodeFilter: Self.filter, createdBy: "tester"))
            func wait() async throws -> TaskWait? {
                try await service.nodeOverview().first { $0.status.hostname == "berth-1" }?.wait
            }
            #expect(await human.wasAsked() == .seconds(60))
            #expect(
                try await wait()?.event
                    == "an operator to set the next boot of node berth-1 to the network, as it has no BMC, and to say so: "
                    + "boatyard ack berth-1")
            // The design has an address of a BMC, which is not asked.
            #expect(
                try await service.nodeOverview().first { $0.status.hostname == "berth-1" }?.status.powerAddress == nil)
            let given = try #require(try await wait())
            #expect(given.then == "it goes on by itself" && given.deadline == given.since.adding(seconds: 60))
            human.hasDone()
            #expect(await human.wasAsked() == .seconds(60))
            #expect(
                try await wait()?.event
                    == "an operator to switch node berth-1 off and on again, as it has no BMC, and to say so: "
                    + "boatyard ack berth-1")
            try site.machine("berth-1").bootFromNetworkByHand()
            human.hasDone()
            let ended = try await site.daemon.ended(task.id)
            let tree = try await site.daemon.tree(task.id)
            #expect(ended.result.successes == ["berth-1"], "\(tree)")
            let texts = try await messages(ended, service)
            for wanted in ["set the next boot of node berth-1 to the network", "switch node berth-1 off and on again"] {
                #expect(texts.contains("Please \(wanted): it has no BMC. 60 s were given for it."), "\(texts)")
            }
        }
    }

    @Test("an operator says what is done, and the task goes on; where nothing is asked that is a conflict")
    func acknowledged() async throws {
        try await TestSite.run(
            names: ["berth-1"], edit: makeManual, pause: { _ in try await Task.sleep(for: .seconds(3600)) }
        ) { site in
            let service = await site.daemon.service()
            let early = await #expect(throws: DrydockError.self) { try await service.acknowledge(node: "berth-1") }
            #expect(early?.kind == .missing)
            let task = try await service.createTask(
                TaskRequest(
                    action: .prepareNodes, design: site.design, nodeFilter: Self.filter, createdBy: "tester"))
            func done() async throws -> String {
                while true {
                    if let action = try? await service.acknowledge(node: "berth-1") { return action }
                    try Task.checkCancellation()
                    await Task.yield()
                }
            }
            let first = "set the next boot of node berth-1 to the network"
            var unknown: DrydockError?
            while unknown?.message.contains("(\(first))") != true {
                try Task.checkCancellation()
                unknown = await #expect(throws: DrydockError.self) { try await service.acknowledge(node: "nosuch") }
                await Task.yield()
            }
            #expect(unknown?.kind == .missing)
            #expect(
                unknown?.message
                    == "There is no node 'nosuch' that a task has worked with. Somebody is asked at berth-1 (\(first))."
            )
            let other = await #expect(throws: DrydockError.self) { try await service.acknowledge(node: "berth-2") }
            #expect(other?.kind == .conflict && other?.message.contains("Somebody is asked at berth-1") == true)
            #expect(try await done() == first)
            var next = try await done()
            while next.hasPrefix("set") { next = try await done() }
            #expect(next == "switch node berth-1 off and on again")
            try site.machine("berth-1").bootFromNetworkByHand()
            let ended = try await site.daemon.ended(task.id)
            let tree = try await site.daemon.tree(task.id)
            #expect(ended.result.successes == ["berth-1"], "\(tree)")
            let texts = try await messages(ended, service)
            #expect(
                texts.contains("An operator says that this is done: switch node berth-1 off and on again."), "\(texts)")
        }
    }

    @Test(
        "what somebody has to do for a test or a rescue is asked for until the machine is heard of, or a task wants it")
    func marked() async throws {
        try await TestSite.run(
            names: ["berth-1"], edit: makeManual, manualPause: nil,
            pause: { _ in try await Task.sleep(for: .seconds(3600)) }
        ) { site in
            let service = await site.daemon.service()
            let machine = try site.machine("berth-1")
            let task = try await service.createTask(
                TaskRequest(
                    action: .prepareNodes, design: site.design, nodeFilter: Self.filter, createdBy: "tester"))
            func wait() async throws -> TaskWait? {
                try await service.nodeOverview().first { $0.status.hostname == "berth-1" }?.wait
            }
            func until(_ event: String?) async throws {
                while try await wait()?.event != event {
                    try Task.checkCancellation()
                    await Task.yield()
                }
            }
            func words(_ action: String) -> String {
                "an operator to \(action), as it has no BMC, and to say so: boatyard ack berth-1"
            }
            let first = "set the next boot of node berth-1 to the network"
            let second = "switch node berth-1 off and on again"
            for action in [first, second] {
                try await until(words(action))
                #expect(try await service.acknowledge(node: "berth-1") == action)
            }
            machine.bootFromNetworkByHand()
            #expect(try await site.daemon.ended(task.id).result.successes == ["berth-1"])
            // Whoever waits in the installer takes the plan at once.
            machine.switchOffByHand()
            let order = try await service.beginTest(node: "berth-1", isFull: false, power: true)
            #expect(order.needsHuman && order.messages.last?.contains("boatyard ack berth-1") == true)
            try await until(words(first))
            #expect(try await wait()?.then == "nobody is asked any more")
            #expect(try await service.acknowledge(node: "berth-1") == first)
            try await until(words(second))
            #expect(try await service.acknowledge(node: "berth-1") == second)
            machine.bootFromNetworkByHand()
            #expect(try await service.hardwareTest(node: "berth-1", within: 300).outcome == .passed)
            try await until(nil)

            // Nobody says that it is done, but the machine comes.
            machine.switchOffByHand()
            _ = try await service.beginTest(node: "berth-1", isFull: false, power: true)
            try await until(words(first))
            machine.bootFromNetworkByHand()
            try await until(nil)
            let late = await #expect(throws: DrydockError.self) { try await service.acknowledge(node: "berth-1") }
            #expect(late?.kind == .conflict)
        }
    }

    @Test(
        "a person has the time of the step, or the pause of the settings, and not that of a command to a BMC; a restart changes nothing",
        arguments: [nil, 3600.0] as [Double?])
    func patience(pause: Double?) async throws {
        try await TestSite.run(
            names: ["berth-1"], edit: makeManual, manualPause: pause.map { .seconds($0) },
            pause: { _ in try await Task.sleep(for: .seconds(3600)) }
        ) { site in
            let task = try await site.daemon.service().createTask(
                TaskRequest(
                    action: .prepareNodes, design: site.design, nodeFilter: Self.filter, createdBy: "tester"))
            func wait() async throws -> TaskWait {
                while site.daemon.outOfBand.askedOfOperators["berth-1"] == nil {
                    try Task.checkCancellation()
                    await Task.yield()
                }
                let overview = try await site.daemon.service().nodeOverview()
                return try #require(overview.first { $0.status.hostname == "berth-1" }?.wait)
            }
            let first = try await wait()
            // The subtask that asks began after its task, and before it asked.
            let seconds = pause ?? TestDaemon.shortTimeouts().identifyNode
            #expect(first.deadline >= task.created.adding(seconds: seconds))
            #expect(first.deadline <= first.since.adding(seconds: seconds))
            #expect(first.then == (pause == nil ? "the command fails" : "it goes on by itself"))
            await site.daemon.restart()
            let second = try await wait()
            #expect(second.event == first.event && second.then == first.then)
            #expect(abs(second.deadline.seconds(since: first.deadline)) < 30)
            await site.daemon.restart()
            let third = try await wait()
            #expect(third.deadline == second.deadline)
        }
    }

    @Test("what a BMC was told stands among the messages of the task")
    func outcomes() async throws {
        try await TestSite.run(names: ["berth-1"]) { site in
            let task = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            let texts = try await messages(task, await site.daemon.service())
            for wanted in ["Node berth-1 boots from the network next.", "Node berth-1 was off and is on."] {
                #expect(texts.contains(wanted), "\(texts)")
            }
        }
    }
}
