import Drydock
import OrderedCollections
import Primitives
import Simulator
import Store
import TestSupport
import Testing

@Suite("Rescues", .serialized)
struct RescueTests {
    private static let key =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExampleExampleExampleExampleExampleExam operator@example.com"
    private static let plan: Value = ["kind": "rescue", "node": "berth-1", "authorized_keys": [.string(key)]]

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

    private static func script(_ site: TestSite) async throws -> String {
        let mac = try site.machine("berth-1").mac
        return try await site.daemon.service().bootScript(mac: mac, peer: "192.0.2.77:4000")
    }

    private static func points(_ site: TestSite) async throws -> [String] {
        try await site.daemon.service().timeline(of: "berth-1", after: 0, limit: 500).events
            .map { "\($0.kind.rawValue) \($0.step)" }
    }

    private static func failure(_ body: () async throws -> Void) async -> DrydockError? {
        await #expect(throws: DrydockError.self) { try await body() }
    }

    @Test(
        "a deployed machine is let into by the site's keys, and boots its disk once that has ended, Deployed all the time"
    )
    func deployed() async throws {
        try await TestSite.run(names: ["berth-1"]) { site in
            try await site.deploy()
            let machine = try site.machine("berth-1")
            #expect(try await Self.script(site).contains("sanboot"))
            // Who only validates a design decides neither whose keys let in nor which BMC is told.
            let other = try await site.daemon.run(.validateDesign, "http://127.0.0.1:9/other.yaml", nodes: [])
            #expect(other.result.status != .success)
            let facts = try await Self.node(site).status
            let begun = try await site.daemon.service().beginRescue(node: "berth-1", power: true)
            #expect(
                begun.messages == [
                    "Node berth-1 boots from the network next.", "Node berth-1 was off and is on.",
                ]
            )
            #expect(begun.keyCount == 1 && !begun.needsHuman)
            try await Self.until { !machine.story.rescues.isEmpty }
            #expect(machine.story.rescues == [Self.plan])
            #expect(machine.story.modes.last == "rescue")

            // Another process has the mark, too.
            await site.daemon.restart()
            let node = try await Self.node(site)
            #expect(node.status.state == .deployed && node.rescuedSince == begun.since)
            #expect(node.lateUses.isEmpty && node.conflicts.isEmpty && node.problem == nil && node.unattended == nil)
            #expect(try await Self.script(site).contains(" boatyard.mode=rescue "))
            guard
                case .installer = try await site.daemon.service().boot(mac: machine.mac, peer: "192.0.2.78:4000")
            else { throw Trouble("the disk is booted") }
            // Whoever asks for the script meanwhile changes nothing that is known of the machine.
            _ = try await site.daemon.service().inventory(
                token: bootToken(in: await Self.script(site)),
                ["cpu_count": 63, "bmc_address": "10.9.9.9", "disks": [["name": "sdx"]]])
            let status = try await Self.node(site).status
            #expect(status.cpuCount == facts.cpuCount && status.powerAddress == facts.powerAddress)
            #expect(status.hardware == facts.hardware)
            // The key of its boot data is still with the boot that has installed it.
            let held = try await site.daemon.database.read {
                try $0.query("SELECT 1 FROM drydock_deployments JOIN drydock_boots ON token_hash = holder").count
            }
            #expect(held == 1)
            // Asked for again it is the same rescue.
            let again = try await site.daemon.service().beginRescue(node: "berth-1", power: false)
            #expect(again.since == begun.since)

            let service = await site.daemon.service()
            let ended = try await service.endRescue(node: "berth-1", power: true)
            #expect(
                ended.messages == ["Node berth-1 boots from the disk next.", "Node berth-1 was off and is on."])
            #expect(ended.since == nil)
            try await Self.until { machine.story.deployed.count == 2 }
            #expect(machine.story.started.count == 1 && machine.story.complaints.isEmpty, "\(machine.story)")
            #expect(try await Self.node(site).status.state == .deployed)
            #expect(try await Self.node(site).rescuedSince == nil)
            #expect(try await Self.script(site).contains("sanboot"))
            let points = try await Self.points(site)
            for point in ["rescue begun", "script rescue", "plan rescue", "power disk-next", "rescue ended"] {
                #expect(points.contains(point), "\(point) is not in \(points)")
            }
            #expect(
                await Self.failure { _ = try await service.endRescue(node: "berth-1", power: true) }?.kind == .conflict)
        }
    }

    @Test("a machine that waits for work is given its rescue without being cycled, and other work ends that")
    func waiting() async throws {
        try await TestSite.run(names: ["berth-1"]) { site in
            let prepared = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            #expect(prepared.result.successes == ["berth-1"], "\(site.daemon.lastTree)")
            let machine = try site.machine("berth-1")
            let powerOns = machine.story.powerOns
            let begun = try await site.daemon.service().beginRescue(node: "berth-1", power: false)
            #expect(begun.needsHuman)
            #expect(begun.messages.first?.contains("to the network and switch it off and on") == true)
            try await Self.until { machine.story.rescues == [Self.plan] }
            #expect(machine.story.powerOns == powerOns)
            #expect(try await Self.node(site).status.state == .ready)

            let deployed = try await site.daemon.run(.deployNodes, site.design, nodes: ["berth-1"])
            #expect(deployed.result.successes == ["berth-1"], "\(site.daemon.lastTree)")
            #expect(machine.story.started.count == 1)
            #expect(try await Self.node(site).rescuedSince == nil)
            #expect(try await Self.points(site).contains("rescue ended"))
        }
    }

    @Test("nobody is rescued who is unknown, has no machine or is being worked on, or where nobody could log in")
    func refused() async throws {
        var faults = TestMachine.Faults()
        faults.neverSignals = true
        try await TestSite.run(names: ["berth-1"], faults: ["berth-1": faults]) { site in
            let service = await site.daemon.service()
            #expect(
                await Self.failure { _ = try await service.beginRescue(node: "berth-1", power: true) }?.kind == .missing
            )
            let prepared = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            #expect(prepared.result.successes == ["berth-1"], "\(site.daemon.lastTree)")
            #expect(
                await Self.failure { _ = try await service.beginRescue(node: "nobody", power: true) }?.kind == .missing)
            let absent = await Self.failure { _ = try await service.beginRescue(node: "berth-2", power: true) }
            #expect(absent?.kind == .conflict)
            #expect(absent?.message.contains("Deploy the site") == true && absent?.message.contains("by hand") == true)

            // Its boot actions are waited for.
            let filter: Value = [
                "filter_set_type": "union", "filter_set": [["filter_type": "union", "node_names": ["berth-1"]]],
            ]
            let task = try await service.createTask(
                TaskRequest(action: .deployNodes, design: site.design, nodeFilter: filter, createdBy: "tester"))
            try await Self.until { try await Self.node(site).status.state == .deployed }
            let busy = await Self.failure { _ = try await service.beginRescue(node: "berth-1", power: true) }
            #expect(busy?.kind == .conflict && busy?.message.contains(task.id) == true, "\(busy?.message ?? "")")
            #expect(try await Self.node(site).rescuedSince == nil)
        }
        func noKeys(_ documents: inout [Value]) {
            documents.changeData(of: "drydock/Region/v1") { $0["authorized_keys"] = [] }
        }
        try await TestSite.run(names: ["berth-1"], edit: noKeys) { site in
            _ = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            let service = await site.daemon.service()
            let error = await Self.failure { _ = try await service.beginRescue(node: "berth-1", power: true) }
            #expect(error?.kind == .conflict && error?.message.contains("authorized_keys") == true)
        }
    }

    @Test("a BMC that does not answer leaves the mark, and the same may be asked again")
    func silentBMC() async throws {
        try await TestSite.run(names: ["berth-1"]) { site in
            try await site.deploy()
            let machine = try site.machine("berth-1")
            let service = await site.daemon.service()
            var faults = BMCFaults()
            faults.silent = true
            try await machine.setBMCFaults(faults)
            let begin = await Self.failure { _ = try await service.beginRescue(node: "berth-1", power: true) }
            #expect(begin?.kind == .unreachable && begin?.message.contains("by hand") == true)
            #expect(try await Self.node(site).rescuedSince != nil)
            let end = await Self.failure { _ = try await service.endRescue(node: "berth-1", power: true) }
            #expect(end?.kind == .unreachable)
            // It boots its disk however it is restarted.
            #expect(try await Self.node(site).rescuedSince == nil)
            #expect(try await Self.script(site).contains("sanboot"))
            try await machine.setBMCFaults(BMCFaults())
            _ = try await service.endRescue(node: "berth-1", power: true)
            try await Self.until { machine.story.deployed.count == 2 }
        }
    }

    @Test("of a node without a BMC it is said what to do by hand")
    func manual() async throws {
        func manual(_ documents: inout [Value]) {
            for schema in ["HostProfile", "BaremetalNode"] {
                documents.changeData(of: "drydock/\(schema)/v1") { data in
                    guard case .object(var section) = data["oob"], section["type"] == "ipmi" else { return }
                    section["type"] = "manual"
                    data["oob"] = .object(section)
                }
            }
        }
        try await TestSite.run(names: ["berth-1"], edit: manual, pause: { _ in }) { site in
            let service = await site.daemon.service()
            let machine = try site.machine("berth-1")
            let filter: Value = [
                "filter_set_type": "union", "filter_set": [["filter_type": "union", "node_names": ["berth-1"]]],
            ]
            let task = try await service.createTask(
                TaskRequest(action: .prepareNodes, design: site.design, nodeFilter: filter, createdBy: "tester"))
            machine.bootFromNetworkByHand()
            #expect(try await site.daemon.ended(task.id).result.successes == ["berth-1"])
            let begun = try await service.beginRescue(node: "berth-1", power: true)
            #expect(begun.needsHuman)
            #expect(
                begun.messages == [
                    "Please set the next boot of node berth-1 to the network and switch it off and on: it has no BMC.",
                    "Say of each that it is done: boatyard ack berth-1",
                ])
            // Its installer is sent away, and comes back for the rescue.
            try await Self.until { machine.story.rescues == [Self.plan] && machine.story.modes.last == "rescue" }
            let ended = try await service.endRescue(node: "berth-1", power: true)
            #expect(ended.needsHuman && ended.messages.first?.contains("to the network") == true)
        }
    }
}
