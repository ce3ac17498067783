import Drydock
import IPMI
import OrderedCollections
import Primitives
import Simulator
import SiteDesign
import Store
import Synchronization
import Testing

@Suite("The boot after an installation")
struct InstalledBootTests {
    @Test("the BMC is told to boot the disk, and whoever boots from the network again is told in the task")
    func secondBoot() async throws {
        var faults = TestMachine.Faults()
        faults.neverBoots = true
        try await TestSite.run(names: ["berth-1"], faults: ["berth-1": faults]) { site in
            let machine = try site.machine("berth-1")
            let prepared = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            #expect(prepared.result.successes == ["berth-1"], "\(site.daemon.lastTree)")
            let service = await site.daemon.service()
            _ = try await service.createTask(
                TaskRequest(action: .deployNodes, design: site.design, createdBy: "tester"))
            while !machine.story.bootDevices.contains(.disk) {
                try Task.checkCancellation()
                await Task.yield()
            }
            #expect(machine.story.complaints.isEmpty)

            func messages() async throws -> [(text: String, isError: Bool)] {
                try await site.daemon.database.read {
                    try $0.query("SELECT text, is_error FROM drydock_task_messages ORDER BY id").map {
                        (try $0.text(0), try $0.int(1) == 1)
                    }
                }
            }
            func boots() async throws -> Int {
                try await messages().count { $0.text.contains("has booted from the network again") }
            }
            for _ in 0..<3 {
                let script = try await service.bootScript(mac: machine.mac, peer: "192.0.2.77:4000")
                #expect(script.contains("sanboot"))
            }
            #expect(try await boots() == 1)
            #expect(try await !messages().contains { $0.text.contains("keeps booting from the network") })
            // A boot takes longer than that.
            try await site.daemon.database.write {
                try $0.execute(
                    "UPDATE drydock_task_messages SET time = time - 31000000 WHERE text LIKE '%from the network again%'"
                )
            }
            _ = try await service.bootScript(mac: machine.mac, peer: "192.0.2.77:4000")
            #expect(try await boots() == 1)
            let complaint = try #require(
                try await messages().first { $0.text.contains("berth-1 keeps booting from the network") })
            #expect(
                complaint.isError
                    && complaint.text.contains("order of its boot devices. The last request came from 192.0.2.77"))
        }
    }

    @Test(
        "an installed system that stops at a panic or an emergency shell fails once its console is silent, not at the deadline",
        arguments: [
            ("You are in emergency mode. After logging in, type", "emergency mode"),
            ("[    2.1] Kernel panic - not syncing: VFS: Unable to mount root fs", "its kernel has stopped"),
        ])
    func standstill(line: String, meaning: String) async throws {
        var faults = TestMachine.Faults()
        faults.stopsWith = line
        try await TestSite.run(
            names: ["berth-1"], faults: ["berth-1": faults],
            configure: {
                $0.capturesConsoles = true
                $0.retries = 0
                $0.timeouts.powerWatch = 0.2
                $0.timeouts.standstill = 1
                $0.timeouts.deployNode = 3600
            }, console: .either
        ) { site in
            _ = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            let task = try await site.daemon.run(.deployNodes, site.design, nodes: ["berth-1"])
            #expect(task.result.failures == ["berth-1"])
            let messages = try await site.daemon.database.read {
                try $0.query("SELECT text FROM drydock_task_messages ORDER BY id").map { try $0.text(0) }
            }
            let failure = try #require(messages.first { $0.hasPrefix("An attempt to deploy berth-1 failed: ") })
            for part in [
                "its installed system does not come up: its console says that", meaning, line, "nothing more for 1 s",
                "boatyard console berth-1 --interactive",
            ] {
                #expect(failure.contains(part), "\(failure)")
            }
            // What was seen is told once.
            #expect(failure.ranges(of: line).count == 1, "\(failure)")
        }
    }

    @Test("the installer writes to the consoles that the design gives the node")
    func consoles() async throws {
        func edit(_ documents: inout [Value]) {
            documents.changeData(of: "drydock/HostProfile/v1") { data in
                guard case .object(var platform)? = data["platform"] else { return }
                platform["kernel_params"] = ["console": "ttyS1,115200n8 console=tty0"]
                data["platform"] = .object(platform)
            }
        }
        try await TestSite.run(names: ["berth-1"], edit: edit) { site in
            let machine = try site.machine("berth-1")
            machine.daemon.withLock { $0 = nil }
            let service = await site.daemon.service()
            func kernelLine() async throws -> Substring? {
                try await service.bootScript(mac: machine.mac, peer: "192.0.2.77:4000").split(separator: "\n")
                    .first { $0.hasPrefix("kernel ") }
            }
            #expect(try await kernelLine()?.contains("console=") == false)
            _ = try await service.createTask(
                TaskRequest(action: .prepareNodes, design: site.design, createdBy: "tester"))
            while machine.story.powerOns == 0 {
                try Task.checkCancellation()
                await Task.yield()
            }
            #expect(try await kernelLine()?.contains(" console=ttyS1,115200n8 console=tty0 initrd=initrd ") == true)
        }
    }
}
