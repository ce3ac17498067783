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
