import Deckhand
import OrderedCollections
import Primitives
import Simulator
import SiteDesign
import Store
import Synchronization
import TestSupport
import Testing

@testable import Drydock

@Suite("What becomes of tests of hardware", .serialized)
struct HardwareTestEndTests {
    private static let neighbour: Value = "switch-3 Ethernet7"

    private static func until(_ isReached: () async throws -> Bool) async throws {
        while try await !isReached() {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    /// Has the node commissioned.
    ///
    /// - Returns: the id of the task, once the machine has begun its test.
    private static func commission(_ site: TestSite, _ machine: TestMachine) async throws -> String {
        let filter: Value = [
            "filter_set_type": "union", "filter_set": [["filter_type": "union", "node_names": ["berth-1"]]],
        ]
        let task = try await site.daemon.service().createTask(
            TaskRequest(action: .prepareNodes, design: site.design, nodeFilter: filter, createdBy: "tester"))
        try await until { machine.story.tests.count == 1 }
        return task.id
    }

    private static func node(_ site: TestSite) async throws -> NodeOverview {
        let nodes = try await site.daemon.service().nodeOverview()
        return try #require(nodes.first { $0.status.hostname == "berth-1" })
    }

    /// Gives berth-1 labels.
    private static func label(_ labels: Value, _ documents: inout [Value]) {
        documents.changeData(of: "drydock/BaremetalNode/v1", name: "berth-1") { data in
            var metadata = data["metadata"]?.objectValue ?? [:]
            metadata["owner_data"] = labels
            data["metadata"] = .object(metadata)
        }
    }

    /// The design asks for a test of berth-1.
    @Sendable private static func asking(_ documents: inout [Value]) {
        label(["hardware_test": "quick"], &documents)
    }

    @Sendable private static func once(_ configuration: inout DrydockConfiguration) { configuration.retries = 0 }

    private static func faults(_ findings: [Value], hangs: Bool = false) -> [String: TestMachine.Faults] {
        var faults = TestMachine.Faults()
        faults.findings = findings
        faults.hangsInTest = hangs
        return ["berth-1": faults]
    }

    @Test("a passed test counts for what the design expected then, and for nothing else")
    func expectations() async throws {
        try await TestSite.run(names: ["berth-1"], faults: Self.faults([TestMachine.passed])) { site in
            let machine = try site.machine("berth-1")
            let first = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            #expect(first.result.successes == ["berth-1"], "\(site.daemon.lastTree)")
            let service = await site.daemon.service()
            _ = try await service.beginTest(node: "berth-1", isFull: true, power: false)
            #expect(try await service.hardwareTest(node: "berth-1", within: 60).outcome == .passed)
            /// - Returns: how many tests the machine has made then.
            func prepare(_ labels: Value) async throws -> Int {
                var documents = try ExampleSite.documents()
                Self.label(labels, &documents)
                let revision = try #require(
                    try await site.daemon.documents.put(bucket: "site", documents: documents).revision)
                let design = site.design.replacing("revisions/1/", with: "revisions/\(revision)/")
                let prepared = try await site.daemon.run(.prepareNodes, design, nodes: ["berth-1"])
                #expect(prepared.result.successes == ["berth-1"], "\(site.daemon.lastTree)")
                return machine.story.tests.count
            }
            #expect(try await prepare(["hardware_test": "quick"]) == 1)
            #expect(try await prepare(["hardware_test": "quick", "neighbour.data_nic1": Self.neighbour]) == 2)
            // What is no matter of the test.
            #expect(
                try await prepare(["color": "red", "hardware_test": "quick", "neighbour.data_nic1": Self.neighbour])
                    == 2)
            #expect(
                try await prepare([
                    "hardware_test": "quick", "neighbour.data_nic1": Self.neighbour, "memory_gib": "16",
                ]) == 3)
        }
    }

    /// The daemon is away for an hour, in which the deadline of the test passes.
    ///
    /// - Returns: when it came back.
    private static func leave(_ site: TestSite) async throws -> Timestamp {
        await site.daemon.kill()
        try await site.daemon.database.write {
            try $0.execute("UPDATE drydock_tests SET since = since - 3600000000, deadline = deadline - 3600000000")
        }
        let back = Timestamp.now()
        site.daemon.start()
        return back
    }

    @Test("after a restart of the daemon a machine has time to report, also where its deadline has passed meanwhile")
    func grace() async throws {
        let begun = Timestamp(microseconds: 1_800_000_000_000_000)
        let test = HardwareTest(
            id: ULID(), machine: ULID(), mode: .quick, expectations: "", since: begun,
            deadline: begun.adding(seconds: 100))
        #expect(test.deadline(after: begun, grace: 30) == test.deadline)
        #expect(test.deadline(after: begun.adding(seconds: 10), grace: 30) == test.deadline)
        #expect(test.deadline(after: begun.adding(seconds: 900), grace: 30) == begun.adding(seconds: 930))
        #expect(test.deadline(after: begun.adding(seconds: 900), grace: 300) == begun.adding(seconds: 1000))

        @Sendable func short(_ configuration: inout DrydockConfiguration) {
            configuration.timeouts.resumeGrace = 1
            configuration.retries = 0
        }
        try await TestSite.run(
            names: ["berth-1"], faults: Self.faults([], hangs: true), edit: Self.asking, configure: short
        ) { site in
            let machine = try site.machine("berth-1")
            let task = try await Self.commission(site, machine)
            let back = try await Self.leave(site)
            #expect(try await site.daemon.ended(task).result.failures == ["berth-1"])
            let ended = try #require(try await Self.node(site).test)
            #expect(ended.outcome == .overdue && ended.ended.map { $0.seconds(since: back) >= 1 } == true, "\(ended)")
        }
        try await TestSite.run(
            names: ["berth-1"], faults: Self.faults([], hangs: true), configure: short
        ) { site in
            let machine = try site.machine("berth-1")
            _ = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            _ = try await site.daemon.service().beginTest(node: "berth-1", isFull: false, power: false)
            try await Self.until { machine.story.tests.count == 1 }
            let back = try await Self.leave(site)
            let ended = try await site.daemon.service().hardwareTest(node: "berth-1", within: 60)
            #expect(ended.outcome == .overdue && ended.ended.map { $0.seconds(since: back) >= 1 } == true, "\(ended)")
        }
    }

    @Test(
        "an overdue test that cannot be written, or cannot be read, keeps no other one from its end",
        arguments: [true, false])
    func brokenTest(isReadable: Bool) async throws {
        let names = ["berth-1", "berth-2"]
        var faults = TestMachine.Faults()
        faults.hangsInTest = true
        let hanging = Dictionary(uniqueKeysWithValues: names.map { ($0, faults) })
        try await TestSite.run(names: names, faults: hanging, configure: { $0.timeouts.resumeGrace = 1 }) { site in
            _ = try await site.daemon.run(.prepareNodes, site.design, nodes: names)
            for name in names {
                let machine = try site.machine(name)
                _ = try await site.daemon.service().beginTest(node: name, isFull: false, power: false)
                try await Self.until { machine.story.tests.count == 1 }
            }
            let store = await site.daemon.service().machineStore
            // The one that is looked at first.
            let broken = try #require(try await store.openTests().first?.machine)
            let other = try #require(try await store.all().first { $0.id != broken }?.node)
            await site.daemon.kill()
            try await site.daemon.database.write {
                try $0.execute("UPDATE drydock_tests SET since = since - 3600000000, deadline = deadline - 3600000000")
                guard isReadable else {
                    return try $0.execute(
                        "UPDATE drydock_tests SET mode = 'painted' WHERE machine = ?", [.text(broken.description)])
                }
                for event in ["INSERT", "UPDATE"] {
                    try $0.execute(
                        """
                        CREATE TRIGGER refused_\(event) BEFORE \(event) ON drydock_tests
                            WHEN new.machine = '\(broken)' AND new.ended IS NOT NULL
                            BEGIN SELECT raise(ABORT, 'refused by a rule'); END
                        """)
                }
            }
            site.daemon.start()
            let ended = try await site.daemon.service().hardwareTest(node: other, within: 20)
            #expect(ended.outcome == .overdue, "\(ended)")
            let open = try await site.daemon.service().machineStore.openTests()
            #expect(open.map(\.machine) == (isReadable ? [broken] : []))
        }
    }

    @Test("where the BMC does not boot the machine for its test, that ends, and the machine is not Ready")
    func refused() async throws {
        try await TestSite.run(
            names: ["berth-1"], faults: Self.faults([TestMachine.passed]), edit: Self.asking, configure: Self.once
        ) { site in
            let machine = try site.machine("berth-1")
            let first = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            #expect(first.result.successes == ["berth-1"], "\(site.daemon.lastTree)")
            // Its installer is gone, and nobody knows of a test.
            machine.hang()
            try await site.daemon.database.write { try $0.execute("DELETE FROM drydock_tests") }
            var faults = BMCFaults()
            faults.refusesOrders = true
            try await machine.setBMCFaults(faults)
            let second = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            #expect(second.result.failures == ["berth-1"], "\(site.daemon.lastTree)")
            let node = try await Self.node(site)
            #expect(node.status.state == .failedCommissioning && node.test?.outcome == .stopped, "\(node)")
            #expect(node.problem?.message.contains("The hardware test of berth-1 was stopped: ") == true, "\(node)")
            #expect(try await site.daemon.database.read { try $0.query("SELECT 1 FROM drydock_marks").isEmpty })
        }
    }

    @Test(
        "a claim ends the test that a commissioning waits for, which fails at once and says why",
        arguments: [true, false])
    func claimed(isSameAddress: Bool) async throws {
        try await TestSite.run(
            names: ["berth-1"], faults: Self.faults([], hangs: true), edit: Self.asking, configure: Self.once
        ) { site in
            let machine = try site.machine("berth-1")
            let service = await site.daemon.service()
            let task = try await Self.commission(site, machine)
            let deadline = try #require(try await Self.node(site).test?.deadline)
            let other = try #require(MACAddress("52:54:00:00:99:01"))
            _ = try await service.claim(node: "berth-1", mac: isSameAddress ? machine.mac : other)
            #expect(try await site.daemon.ended(task).result.failures == ["berth-1"], "\(site.daemon.lastTree)")
            #expect(Timestamp.now() < deadline)
            let texts = try await service.tasks().flatMap(\.messages).map(\.text)
            let told = "The hardware test of berth-1 was stopped: another machine is claimed for its node."
            #expect(texts.contains { $0.contains(told) }, "\(texts)")
            #expect(try await site.daemon.database.read { try $0.query("SELECT 1 FROM drydock_tests").isEmpty })
        }
    }

    @Test("an operator who ends the test of a commissioning fails that, and neither test nor machine is begun anew")
    func endedInCommissioning() async throws {
        try await TestSite.run(
            names: ["berth-1"], faults: Self.faults([], hangs: true), edit: Self.asking, configure: { $0.retries = 2 }
        ) { site in
            let machine = try site.machine("berth-1")
            let service = await site.daemon.service()
            let task = try await Self.commission(site, machine)
            #expect(try await Self.node(site).status.statusName == "Testing")
            #expect(try await service.nodes().map(\.statusName) == ["Testing"])
            let ended = try await service.endTest(node: "berth-1", power: true)
            #expect(ended.test.outcome == .stopped && !ended.needsHuman)
            #expect(ended.messages.first?.contains("has commissioned berth-1 with this test") == true, "\(ended)")
            #expect(try await site.daemon.ended(task).result.failures == ["berth-1"], "\(site.daemon.lastTree)")
            let node = try await Self.node(site)
            #expect(node.status.state == .failedCommissioning && node.test?.id == ended.test.id, "\(node)")
            #expect(
                node.problem?.message.contains(
                    "The hardware test of berth-1 was stopped: an operator has ended it.") == true, "\(node)")
            #expect(machine.story.tests.count == 1 && machine.story.powerOns == 1, "\(machine.story)")
            #expect(try await site.daemon.database.read { try $0.query("SELECT 1 FROM drydock_marks").isEmpty })
        }
    }

    /// The build data of tests of berth-1: how many records, and how many files.
    private static func filed(_ site: TestSite) async throws -> (records: Int, files: Int) {
        let records = try await site.daemon.service().buildData(node: "berth-1", latest: false)
        return (
            records.count { $0["generator"] == "test" },
            FolderContents.names(in: site.daemon.folder + "/builddata/berth-1")?.count ?? 0
        )
    }

    @Test(
        "a report that there is no room for is an error, leaves nothing behind, and is taken once there is room",
        arguments: ["drydock_tests", "drydock_build_data"])
    func fullDatabase(table: String) async throws {
        let notifier = Notifier<String>()
        let isFull = Mutex(false)
        let isDue = Mutex(false)
        var faults = Self.faults([TestMachine.passed])
        faults["berth-1"]?.beforeReport = {
            isDue.withLock { $0 = true }
            _ = try await notifier.first(of: "full", within: 60) { isFull.withLock { $0 ? true : nil } }
        }
        try await TestSite.run(names: ["berth-1"], faults: faults) { site in
            let machine = try site.machine("berth-1")
            _ = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            let service = await site.daemon.service()
            _ = try await service.beginTest(node: "berth-1", isFull: false, power: false)
            try await Self.until { isDue.withLock { $0 } }
            let before = try await Self.filed(site)
            try await site.daemon.database.fill(table)
            isFull.withLock { $0 = true }
            notifier.notify("full")
            try await Self.until { machine.story.failedReports >= 5 }
            #expect(try await Self.node(site).test?.ended == nil)
            try await site.daemon.database.freeSpace()
            #expect(try await service.hardwareTest(node: "berth-1", within: 60).outcome == .passed)
            let after = try await Self.filed(site)
            #expect(after.records == 1)
            if table == "drydock_build_data" { #expect(after.files == before.files + 1) }
            #expect(machine.story.tests.count == 1 && machine.story.complaints.isEmpty, "\(machine.story)")
        }
    }

    @Test(
        "a report in the midst of which the daemon is killed is taken once", arguments: [1, 2, 3, 5, 8])
    func killedAtReport(tick: Int) async throws {
        let daemon = Mutex<TestDaemon?>(nil)
        var faults = Self.faults([TestMachine.passed])
        faults["berth-1"]?.beforeReport = {
            if let daemon = daemon.withLock({ $0 }) { daemon.kill(atTick: daemon.ticks + tick) }
        }
        try await TestSite.run(names: ["berth-1"], faults: faults, edit: Self.asking) { site in
            daemon.withLock { $0 = site.daemon }
            let prepared = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            #expect(prepared.result.successes == ["berth-1"], "\(site.daemon.lastTree)")
            let machine = try site.machine("berth-1")
            #expect(machine.story.tests.count == 1 && machine.story.complaints.isEmpty, "\(machine.story)")
            #expect(try await Self.node(site).test?.outcome == .passed)
            #expect(try await Self.filed(site).records == 1)
        }
    }

    @Test("of many findings the first become messages of the task")
    func many() async throws {
        let findings = (1...40).map { number -> Value in
            [
                "check": "link", "subject": .string("eno\(number)"), "result": number > 20 ? "error" : "warning",
                "seen": "has no link", "expected": nil, "remedy": nil,
            ]
        }
        try await TestSite.run(
            names: ["berth-1"], faults: Self.faults(findings), edit: Self.asking, configure: Self.once
        ) { site in
            let prepared = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            #expect(prepared.result.failures == ["berth-1"], "\(site.daemon.lastTree)")
            let lists = try await site.daemon.service().tasks()
                .map { $0.messages.filter { $0.text.hasPrefix("berth-1: ") } }
            let told = try #require(lists.first { !$0.isEmpty })
            #expect(told.count == 17 && told.allSatisfy(\.isError), "\(told)")
            #expect(told.last?.text == "berth-1: and 24 more. List them with: boatyard test berth-1 --show")
        }
    }

    @Test("a report that comes at the deadline counts")
    func lastMoment() async throws {
        try await TestSite.run(names: ["berth-1"], faults: Self.faults([TestMachine.passed]), edit: Self.asking) {
            site in
            let prepared = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            #expect(prepared.result.successes == ["berth-1"], "\(site.daemon.lastTree)")
            let service = await site.daemon.service()
            let machine = try #require(try await service.machineStore.machine(node: "berth-1"))
            // As whoever has waited saw it last.
            var seen = try #require(try await service.machineStore.test(of: machine.id))
            (seen.ended, seen.outcome) = (nil, nil)
            let task = try #require(try await service.tasks().last)
            let run = TaskRun(task: task, design: DesignAddress(task.design), orchestrator: service.orchestrator)
            let node = try #require(try await service.designs.compiled(site.design).site?.node(named: "berth-1"))
            try await service.orchestrator.judge(run, node, machine.id, seen)
            #expect(try await Self.node(site).status.state == .ready)
            #expect(try await service.machineStore.test(of: machine.id)?.outcome == .passed)
        }
    }
}
