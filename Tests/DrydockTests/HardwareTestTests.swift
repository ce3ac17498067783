import Drydock
import OrderedCollections
import OutOfBand
import Primitives
import Store
import Synchronization
import TestSupport
import Testing

@Suite("Tests of hardware", .serialized)
struct HardwareTestTests {
    private static let swapped: Value = [
        "check": "neighbour", "subject": "eno2", "result": "error", "seen": "hears switch-3 Ethernet8",
        "expected": "switch-3 Ethernet7", "remedy": "Swap the cables.",
    ]
    private static let worn: Value = [
        "check": "disk health", "subject": "sda", "result": "warning", "seen": "2 sectors are replaced",
        "expected": nil,
        "remedy": "Have a spare ready.",
    ]

    private static func until(_ isReached: () async throws -> Bool) async throws {
        while try await !isReached() {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    private static func node(_ site: TestSite) async throws -> NodeOverview {
        let nodes = try await site.daemon.service().nodeOverview()
        return try #require(nodes.first { $0.status.hostname == "berth-1" })
    }

    private static func points(_ site: TestSite) async throws -> [String] {
        try await site.daemon.service().timeline(of: "berth-1", after: 0, limit: 500).events
            .map { "\($0.kind.rawValue) \($0.step)" }
    }

    private static func failure(_ body: () async throws -> Void) async -> DrydockError? {
        await #expect(throws: DrydockError.self) { try await body() }
    }

    /// The design asks for a test of berth-1.
    private static func asking(_ mode: String) -> (inout [Value]) -> Void {
        { documents in
            documents.changeData(of: "drydock/BaremetalNode/v1", name: "berth-1") { data in
                var metadata = data["metadata"]?.objectValue ?? [:]
                metadata["owner_data"] = [
                    "hardware_test": .string(mode), "memory_gib": "16", "neighbour.data_nic1": "switch-3 Ethernet7",
                ]
                data["metadata"] = .object(metadata)
            }
        }
    }

    private static func faults(_ findings: [Value], hangs: Bool = false) -> [String: TestMachine.Faults] {
        var faults = TestMachine.Faults()
        faults.findings = findings
        faults.hangsInTest = hangs
        return ["berth-1": faults]
    }

    @Test("a deployed machine is tested, told of and back at its disk by itself, Deployed all the time")
    func deployed() async throws {
        try await TestSite.run(names: ["berth-1"], faults: Self.faults([TestMachine.passed, Self.swapped])) { site in
            try await site.deploy()
            let machine = try site.machine("berth-1")
            let service = await site.daemon.service()
            #expect(
                await Self.failure { _ = try await service.hardwareTest(node: "berth-1", within: 0) }?.kind == .missing)
            let begun = try await service.beginTest(node: "berth-1", isFull: false, power: true)
            #expect(
                begun.messages == [
                    "Node berth-1 boots from the network next.", "Node berth-1 was off and is on.",
                ])
            #expect(!begun.needsHuman && begun.test.outcome == nil)
            let ended = try await service.hardwareTest(node: "berth-1", within: 60)
            #expect(ended.id == begun.test.id && ended.outcome == .failed && ended.errorCount == 1)
            try await Self.until { machine.story.deployed.count == 2 }
            let plan = try #require(machine.story.tests.first)
            #expect(plan["kind"] == "test" && plan["mode"] == "quick" && machine.story.modes.last == "test")
            #expect(machine.story.started.count == 1 && machine.story.complaints.isEmpty, "\(machine.story)")

            // Another process has it, too.
            await site.daemon.restart()
            let node = try await Self.node(site)
            #expect(node.status.state == .deployed && node.test?.outcome == .failed)
            #expect(node.lateUses.isEmpty, "\(node.lateUses)")
            #expect(node.conflicts.isEmpty, "\(node.conflicts)")
            #expect(node.problem == nil && node.unattended == nil, "\(node.problem as Any) \(node.unattended as Any)")
            let filed = try await site.daemon.service().buildData(node: "berth-1", latest: true)
                .first { $0["generator"] == "test" }
            #expect(filed?["task_id"]?.stringValue == begun.test.id.description)
            #expect(filed?["data_element"]?.stringValue?.contains("hears switch-3 Ethernet8") == true)
            let script = try await site.daemon.service().bootScript(mac: machine.mac, peer: "192.0.2.77:4000")
            #expect(script.contains("sanboot"))
            let points = try await Self.points(site)
            for point in [
                "test begun", "script test", "plan test", "operation test memory finished", "test failed",
            ] {
                #expect(points.contains(point), "\(point) is not in \(points)")
            }
        }
    }

    @Test("where the design asks for it a machine is tested in commissioning, without being cycled, and then deployed")
    func commissioning() async throws {
        try await TestSite.run(
            names: ["berth-1"], faults: Self.faults([TestMachine.passed, Self.worn]), edit: Self.asking("full")
        ) { site in
            let prepared = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            #expect(prepared.result.successes == ["berth-1"], "\(site.daemon.lastTree)")
            let machine = try site.machine("berth-1")
            #expect(machine.story.powerOns == 1 && machine.story.tests.count == 1)
            let plan = try #require(machine.story.tests.first)
            #expect(plan["mode"] == "full" && plan["memory_mib"] == 16_384)
            #expect(plan["interfaces"]?.arrayValue?.contains { $0["neighbour"] == "switch-3 Ethernet7" } == true)
            let texts = try await site.daemon.service().tasks().flatMap(\.messages).map(\.text)
            #expect(
                texts.contains {
                    $0 == "berth-1 has passed its hardware test: 0 errors, 1 warning, 1 passed, 0 not checked."
                })
            #expect(texts.contains { $0.hasPrefix("berth-1: sda: disk health: 2 sectors are replaced.") })
            // Once is enough.
            try await site.deploy()
            #expect(machine.story.tests.count == 1 && machine.story.deployed.count == 1)
        }
    }

    @Test(
        "a machine with an error is not commissioned, is tested once for all tries, and again when it is prepared anew")
    func rejected() async throws {
        try await TestSite.run(names: ["berth-1"], faults: Self.faults([Self.swapped]), edit: Self.asking("quick")) {
            site in
            let prepared = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            #expect(prepared.result.failures == ["berth-1"], "\(site.daemon.lastTree)")
            let machine = try site.machine("berth-1")
            #expect(machine.story.tests.count == 1)
            let node = try await Self.node(site)
            #expect(node.status.state == .failedCommissioning)
            #expect(
                node.problem?.message
                    == "berth-1 did not pass its hardware test: 1 error, 0 warnings, 0 passed, 0 not checked. eno2: neighbour: "
                    + "hears switch-3 Ethernet8, the design says switch-3 Ethernet7. Swap the cables. 'boatyard test berth-1 "
                    + "--show' lists all.", "\(node)")
            let errors = try await site.daemon.service().tasks().flatMap(\.messages).filter(\.isError).map(\.text)
            #expect(
                errors.contains(
                    "berth-1: eno2: neighbour: hears switch-3 Ethernet8, the design says switch-3 Ethernet7. Swap the cables."
                )
            )
            machine.repair()
            let again = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            #expect(again.result.successes == ["berth-1"], "\(site.daemon.lastTree)")
            #expect(machine.story.tests.count == 2)
            #expect(try await Self.node(site).status.state == .ready)
        }
    }

    @Test("of many errors the first three stand in the reason, with what to do, and how many more there are")
    func manyErrors() async throws {
        let findings = (1...5).map { number -> Value in
            [
                "check": "disk health", "subject": .string("sd\(number)"), "result": "error",
                "seen": .string(String(repeating: "9", count: number == 2 ? 900 : 3)),
                "remedy": .string("Replace disk \(number)."),
            ]
        }
        try await TestSite.run(names: ["berth-1"], faults: Self.faults(findings), edit: Self.asking("quick")) { site in
            let prepared = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            #expect(prepared.result.failures == ["berth-1"], "\(site.daemon.lastTree)")
            let message = try #require(try await Self.node(site).problem?.message)
            #expect(message.contains("sd1: disk health: 999. Replace disk 1. sd2: disk health: 99"), "\(message)")
            #expect(message.contains("99… sd3: disk health: 999. Replace disk 3. And 2 more errors. 'boatyard test"))
            #expect(!message.contains("sd4") && message.count < 800)
        }
    }

    @Test(
        "a machine that never comes back is told of at the deadline, by a task and to an operator, and can be booted again"
    )
    func overdue() async throws {
        @Sendable func short(_ configuration: inout DrydockConfiguration) {
            configuration.timeouts.installerBoot = 2
            configuration.timeouts.quickTest = 1
            configuration.retries = 0
        }
        try await TestSite.run(
            names: ["berth-1"], faults: Self.faults([], hangs: true), edit: Self.asking("quick"), configure: short
        ) { site in
            let prepared = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            #expect(prepared.result.failures == ["berth-1"], "\(site.daemon.lastTree)")
            let node = try await Self.node(site)
            #expect(node.status.state == .failedCommissioning && node.test?.outcome == .overdue)
            #expect(
                node.problem?.message.contains(
                    "did not come back from its hardware test within 3 s: its installer was there already, and was not started anew."
                ) == true, "\(node)"
            )
            // As an installer that knows no tests looks like, too.
            #expect(node.problem?.message.contains("'boatyard netboot build' makes a new one.") == true, "\(node)")
        }
        try await TestSite.run(names: ["berth-1"], faults: Self.faults([], hangs: true)) { site in
            try await site.deploy()
            let machine = try site.machine("berth-1")
            let service = await site.daemon.service()
            _ = try await service.beginTest(node: "berth-1", isFull: false, power: true)
            try await Self.until { machine.story.tests.count == 1 }
            // Its deadline has passed while the daemon was away.
            await site.daemon.kill()
            try await site.daemon.database.write { try $0.execute("UPDATE drydock_tests SET deadline = since") }
            site.daemon.start()
            let test = try await site.daemon.service().hardwareTest(node: "berth-1", within: 60)
            #expect(test.outcome == .overdue && test.reason.hasPrefix("Last seen: "))
            let script = try await site.daemon.service().bootScript(mac: machine.mac, peer: "192.0.2.77:4000")
            #expect(script.contains("sanboot"))
            let ended = try await site.daemon.service().endTest(node: "berth-1", power: true)
            #expect(ended.messages.first == "Node berth-1 boots from the disk next." && ended.test.outcome == .overdue)
            try await Self.until { machine.story.deployed.count == 2 }
            let after = await site.daemon.service()
            #expect(await Self.failure { _ = try await after.endTest(node: "berth-1", power: true) }?.kind == .conflict)
        }
    }

    @Test("a test is ended by an operator, by a rescue and by other work; a rescue is not ended by a test")
    func others() async throws {
        try await TestSite.run(names: ["berth-1"], faults: Self.faults([], hangs: true)) { site in
            try await site.deploy()
            let machine = try site.machine("berth-1")
            let service = await site.daemon.service()
            _ = try await service.beginTest(node: "berth-1", isFull: true, power: true)
            try await Self.until { machine.story.tests.count == 1 }
            for change in [BMCRequest.Power.cycle, .off] {
                let refused = await #expect(throws: DrydockError.self) {
                    try await service.askBMC(of: "berth-1", .power(change))
                }
                #expect(refused?.kind == .conflict)
                #expect(refused?.message.hasSuffix("end the test first: boatyard test berth-1 --end") == true)
            }
            #expect(try await service.askBMC(of: "berth-1", .powerStatus)["power"] == "on")
            let ended = try await service.endTest(node: "berth-1", power: true)
            #expect(ended.test.outcome == .stopped && ended.test.reason == "an operator has ended it")
            try await Self.until { machine.story.deployed.count == 2 }

            _ = try await service.beginTest(node: "berth-1", isFull: true, power: false)
            _ = try await service.beginRescue(node: "berth-1", power: true)
            #expect(try await service.hardwareTest(node: "berth-1", within: 0).reason == "a rescue is wanted")
            try await Self.until { !machine.story.rescues.isEmpty }
            let refused = await Self.failure {
                _ = try await service.beginTest(node: "berth-1", isFull: true, power: true)
            }
            #expect(refused?.kind == .conflict && refused?.message.contains("boatyard rescue berth-1 --end") == true)
            _ = try await service.endRescue(node: "berth-1", power: true)
            try await Self.until { machine.story.deployed.count == 3 }

            _ = try await service.beginTest(node: "berth-1", isFull: true, power: false)
            let destroyed = try await site.daemon.run(.destroyNodes, site.design, nodes: ["berth-1"])
            #expect(destroyed.result.successes == ["berth-1"], "\(site.daemon.lastTree)")
            #expect(try await site.daemon.database.read { try $0.query("SELECT 1 FROM drydock_tests").isEmpty })
        }
    }

    @Test("nothing is tested that is unknown, has no machine or is being worked on")
    func refused() async throws {
        try await TestSite.run(names: ["berth-1"]) { site in
            let service = await site.daemon.service()
            func kind(_ node: String) async -> ErrorKind? {
                await Self.failure { _ = try await service.beginTest(node: node, isFull: false, power: true) }?.kind
            }
            #expect(await kind("berth-1") == .missing)
            _ = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            #expect(await kind("nobody") == .missing)
            #expect(await kind("berth-2") == .conflict)
            #expect(
                await Self.failure { _ = try await service.endTest(node: "berth-1", power: true) }?.kind == .conflict)
        }
    }

    @Test(
        "a machine that is silent when it is told to boot for its test is told again, and fails where it stays silent")
    func silent() async throws {
        @Sendable func quick(_ configuration: inout DrydockConfiguration) {
            configuration.timeouts.networkBoot = 1.5
            configuration.retries = 0
        }
        try await TestSite.run(
            names: ["berth-1"], faults: Self.faults([TestMachine.passed]), edit: Self.asking("quick"), configure: quick
        ) { site in
            let machine = try site.machine("berth-1")
            /// Its installer is gone, and nobody knows of a test.
            func prepareAnew(silentBoots: Int) async throws -> DrydockTask {
                machine.hang()
                try await site.daemon.database.write { try $0.execute("DELETE FROM drydock_tests") }
                machine.keepSilent(silentBoots)
                return try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            }
            let first = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            #expect(first.result.successes == ["berth-1"], "\(site.daemon.lastTree)")
            let second = try await prepareAnew(silentBoots: 1)
            #expect(second.result.successes == ["berth-1"], "\(site.daemon.lastTree)")
            #expect(machine.story.powerOns == 3 && machine.story.tests.count == 2)
            let texts = try await site.daemon.database.read {
                try $0.query("SELECT text FROM drydock_task_messages").map { try $0.text(0) }
            }
            #expect(texts.contains { $0.hasSuffix("berth-1 is told again (2 of 2).") }, "\(texts)")

            let third = try await prepareAnew(silentBoots: 99)
            #expect(third.result.failures == ["berth-1"], "\(site.daemon.lastTree)")
            #expect(machine.story.powerOns == 5 && machine.story.tests.count == 2)
            let node = try await Self.node(site)
            #expect(node.status.state == .failedCommissioning && node.test?.outcome == .overdue)
            #expect(
                node.problem?.message.contains(
                    "berth-1 has never asked for anything on the network: it was told 2 times to boot from the network")
                    == true, "\(node)")
        }
    }

    @Test("a restart of the daemon in the middle of a commissioning test goes on with that test")
    func restarted() async throws {
        let restarted = Notifier<String>()
        let isRestarted = Mutex(false)
        var faults = Self.faults([TestMachine.passed])
        faults["berth-1"]?.beforeReport = {
            _ = try await restarted.first(of: "restarted", within: 60) { isRestarted.withLock { $0 ? true : nil } }
        }
        try await TestSite.run(names: ["berth-1"], faults: faults, edit: Self.asking("quick")) { site in
            func tests() async throws -> [String] {
                try await site.daemon.database.read { connection in
                    try connection.query("SELECT id FROM drydock_tests").map { try $0.text(0) }
                }
            }
            let machine = try site.machine("berth-1")
            let service = await site.daemon.service()
            let filter: Value = [
                "filter_set_type": "union", "filter_set": [["filter_type": "union", "node_names": ["berth-1"]]],
            ]
            let task = try await service.createTask(
                TaskRequest(action: .prepareNodes, design: site.design, nodeFilter: filter, createdBy: "tester"))
            try await Self.until { machine.story.tests.count == 1 }
            let begun = try await tests()
            await site.daemon.kill()
            let moment = Timestamp.now()
            site.daemon.start()
            // The task waits anew, for this test or for another one.
            try await Self.until {
                guard let wait = try await Self.node(site).wait, wait.since >= moment else { return false }
                return wait.event == "the hardware test of berth-1"
            }
            #expect(try await tests() == begun && begun.count == 1)
            isRestarted.withLock { $0 = true }
            restarted.notify("restarted")
            #expect(try await site.daemon.ended(task.id).result.successes == ["berth-1"])
            #expect(try await tests() == begun)
            #expect(machine.story.tests.count == 1 && machine.story.powerOns == 1)
            #expect(try await Self.node(site).test?.outcome == .passed)
        }
    }
}
