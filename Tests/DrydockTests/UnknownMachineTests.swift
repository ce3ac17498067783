import Deckhand
import Drydock
import Primitives
import TestSupport
import Testing

@Suite("Machines that come back", .serialized)
struct UnknownMachineTests {
    /// Waits for a machine with the BMC of berth-1 that is nobody's.
    private func unknown(_ site: TestSite) async throws {
        let service = await site.daemon.service()
        let address = try site.machine("berth-1").bmcAddress
        let deadline = Timestamp.now().adding(seconds: 30)
        while true {
            let found = try await service.nodes().contains {
                $0.node == nil && $0.powerAddress == address
            }
            if found { return }
            guard Timestamp.now() < deadline else { throw Trouble("no unknown came") }
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    private func eraseAndReturn(_ site: TestSite) async throws -> TestMachine {
        for action in [TaskAction.prepareNodes, .deployNodes, .destroyNodes] {
            let task = try await site.daemon.run(action, site.design, nodes: ["berth-1"])
            #expect(task.result.status == .success, "\(site.daemon.lastTree)")
        }
        let machine = try site.machine("berth-1")
        machine.switchOnByHand()
        try await unknown(site)
        return machine
    }

    @Test(
        "a machine that was erased and comes back is the row of its node, and no unknown machine that could be removed")
    func erased() async throws {
        try await TestSite.run(names: ["berth-1"]) { site in
            let machine = try await eraseAndReturn(site)
            let service = await site.daemon.service()
            let nodes = try await service.nodeOverview(committed: 1)
            let rows = nodes.filter { $0.status.bootMAC == machine.mac }
            #expect(rows.map(\.status.hostname) == ["berth-1"])
            #expect(rows.map(\.status.state) == [.new] && rows.map(\.isErased) == [true])
            #expect(nodes.count { $0.isErased } == 1, "the others were never installed")
            #expect(try await service.unknownMachines(committed: 1).isEmpty)
            #expect(try await service.removeUnknownMachines(committed: 1) == 0)
            #expect(try await service.nodes(committed: 1).map(\.node) == ["berth-1"])
            #expect(try await service.siteNodes(design: site.design).count { $0.bootMAC == machine.mac } == 1)
            try await site.deploy()
            let again = try await service.nodeOverview(committed: 1).first { $0.status.hostname == "berth-1" }
            #expect(again?.isErased == false && again?.status.state == .deployed)
        }
    }

    @Test(
        "a node that no document names any more is told as that, and its record can be removed; one that they name stays"
    )
    func undocumented() async throws {
        try await TestSite.run(names: ["berth-1"]) { site in
            let task = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            #expect(task.result.successes == ["berth-1"], "\(site.daemon.lastTree)")
            let service = await site.daemon.service()
            let documents = try ExampleSite.documents().filter { $0["metadata"]?["name"] != "berth-1" }
            let revision = try await site.daemon.documents.put(bucket: "site", documents: documents).revision
            func node() async throws -> NodeOverview? {
                try await service.nodeOverview(committed: revision).first { $0.status.hostname == "berth-1" }
            }
            #expect(try await node()?.drift.map(\.kind) == [.undocumented])
            #expect(try await service.nodeOverview(committed: 1).allSatisfy { $0.drift.isEmpty })
            let named = await #expect(throws: DrydockError.self) {
                try await service.removeNode("berth-1", committed: 1)
            }
            #expect(named?.kind == .conflict)
            let bare = await #expect(throws: DrydockError.self) {
                try await service.removeNode("berth-2", committed: 1)
            }
            #expect(bare?.kind == .conflict && bare?.message.hasPrefix("berth-2 has no machine yet") == true)
            let message = try await service.removeNode("berth-1", committed: revision)
            #expect(message.contains("neither erased nor switched"))
            #expect(try await node() == nil)
            let gone = await #expect(throws: DrydockError.self) {
                try await service.removeNode("berth-1", committed: revision)
            }
            #expect(gone?.kind == .missing)
        }
    }

    @Test("an erased machine that showed itself and was switched off is cycled at once, not waited for")
    func switchedOff() async throws {
        try await TestSite.run(
            names: ["berth-1"],
            configure: {
                $0.timeouts.installerSilence = 600
                $0.timeouts.installerBoot = 600
            }
        ) { (site) async throws -> Void in
            let machine = try await eraseAndReturn(site)
            machine.switchOffByHand()
            let cycles = machine.story.powerOns
            try await site.deploy()
            #expect(machine.story.powerOns > cycles)
            #expect(machine.story.deployed.count == 2)
        }
    }

    @Test("one whose installer died while the power stayed on is given up after its silence, not after a whole boot")
    func hung() async throws {
        try await TestSite.run(names: ["berth-1"], configure: { $0.timeouts.installerBoot = 600 }) {
            (site) async throws -> Void in
            let machine = try await eraseAndReturn(site)
            machine.hang()
            let cycles = machine.story.powerOns
            try await site.deploy()
            #expect(machine.story.powerOns > cycles)
            #expect(machine.story.deployed.count == 2)
        }
    }

    @Test("one that waits in its installer is installed without being cycled")
    func waiting() async throws {
        try await TestSite.run(names: ["berth-1"], configure: { $0.timeouts.installerSilence = 600 }) {
            (site) async throws -> Void in
            let machine = try await eraseAndReturn(site)
            let cycles = machine.story.powerOns
            try await site.deploy()
            #expect(machine.story.powerOns == cycles)
            #expect(machine.story.deployed.count == 2)
        }
    }
}
