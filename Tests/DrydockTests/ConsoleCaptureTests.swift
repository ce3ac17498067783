import Drydock
import Glibc
import IPMI
import OrderedCollections
import Primitives
import Simulator
import Store
import Synchronization
import TestSupport
import Testing

/// The permission bits of a file.
func permissions(_ path: String) throws -> mode_t {
    var status = stat()
    guard stat(path, &status) == 0 else { throw Trouble("\(path) is not there") }
    return status.st_mode & 0o777
}

@Suite("Consoles while machines are at work")
struct ConsoleCaptureTests {
    private func run(
        faults: TestMachine.Faults = .init(), console: BMCConfiguration.ConsoleProtection? = .either,
        captures: Bool = true, retries: Int = 0, _ body: (TestSite) async throws -> Void
    ) async throws {
        try await TestSite.run(
            names: ["berth-1"], faults: ["berth-1": faults],
            configure: {
                $0.capturesConsoles = captures
                $0.retries = retries
            }, console: console, body)
    }

    /// The messages of a task and of all below it.
    private func messages(of task: String, _ daemon: TestDaemon) async throws -> [TaskMessage] {
        let service = await daemon.service()
        guard let found = try await service.task(task) else { return [] }
        var messages = found.messages
        for child in try await service.children(of: task) { messages += try await self.messages(of: child.id, daemon) }
        return messages
    }

    @Test("what a machine writes while its commissioning tests it is kept, though it was not started anew for that")
    func tested() async throws {
        let machine = Mutex<TestMachine?>(nil)
        let round = Mutex(0)
        var faults = TestMachine.Faults()
        faults.findings = [TestMachine.passed]
        faults.beforeReport = {
            let number = round.withLock {
                $0 += 1
                return $0
            }
            try await machine.withLock { $0 }?.show("look number \(number) at the memory")
        }
        try await TestSite.run(
            names: ["berth-1"], faults: ["berth-1": faults],
            edit: { documents in
                documents.changeData(of: "drydock/BaremetalNode/v1", name: "berth-1") { data in
                    var metadata = data["metadata"]?.objectValue ?? [:]
                    metadata["owner_data"] = ["hardware_test": "quick"]
                    data["metadata"] = .object(metadata)
                }
            }, configure: { $0.capturesConsoles = true }
        ) { site in
            let tested = try site.machine("berth-1")
            machine.withLock { $0 = tested }
            for number in 1...2 {
                // The console of the first task is given back by and by.
                while tested.isAttached {
                    try Task.checkCancellation()
                    await Task.yield()
                }
                try await site.daemon.database.write { try $0.execute("DELETE FROM drydock_tests") }
                let prepared = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
                #expect(prepared.result.successes == ["berth-1"], "\(site.daemon.lastTree)")
                let text = try await site.daemon.service().consoleText(node: "berth-1", boot: 0)
                #expect(String(decoding: text, as: UTF8.self).contains("look number \(number) at the memory"))
            }
        }
    }

    private func told(_ daemon: TestDaemon, _ kind: TimelineEvent.Kind) async throws -> [String] {
        try await daemon.service().timeline(of: "berth-1", after: 0, limit: 500).events.filter { $0.kind == kind }
            .map(\.message)
    }

    @Test("what a machine shows of trouble is a message of its task, and stands in the message of its failure")
    func trouble() async throws {
        var faults = TestMachine.Faults()
        faults.beforeStarted = {
            try await $0.show(
                "Command line: quiet boatyard.token=0123456789abcdef\r\nipmi: operator anchors-aweigh\r\n"
                    + "[    3.2] Kernel panic - not syncing: Attempted to kill init with anchors-aweigh, and nothing else runs"
            )
        }
        faults.failsAt = .image
        try await run(faults: faults) { site in
            let prepared = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            #expect(prepared.result.status == .success)
            let task = try await site.daemon.run(.deployNodes, site.design, nodes: ["berth-1"])
            #expect(task.result.failures == ["berth-1"])
            let messages = try await messages(of: task.id, site.daemon)
            let line = "[    3.2] Kernel panic - not syncing: Attempted to kill init with ***, and nothing else runs"
            #expect(
                messages.filter { $0.text == "The console of berth-1 says that its kernel has stopped: \"\(line)\"" }
                    .map(\.isError) == [true])
            let failure = try #require(messages.first { $0.text.hasPrefix("An attempt to deploy berth-1 failed") })
            #expect(failure.text.hasSuffix("the disk is on fire. Its console shows last: \"\(line)\"."))
            let service = await site.daemon.service()
            let text = String(decoding: try await service.consoleText(node: "berth-1", boot: 0), as: UTF8.self)
            #expect(text.contains("boatyard.token=***\r\n") && text.contains(line))
            #expect(!text.contains("0123456789abcdef"))
            #expect(text.contains("ipmi: operator ***\r\n") && !text.contains("anchors-aweigh"), "\(text)")
            // From when on it was read; what was written before is lost.
            #expect(text.hasPrefix("\r\n[the console is read from 2"), "\(text)")
            #expect(
                messages.allSatisfy { !$0.text.contains("0123456789abcdef") && !$0.text.contains("anchors-aweigh") })
            #expect(try permissions("\(site.daemon.folder)/consoles/berth-1/1.log") == 0o600)
            await #expect(throws: DrydockError.self) { try await service.consoleText(node: "berth-1", boot: 9) }
            await #expect(throws: DrydockError.self) { try await service.consoleText(node: "berth-99", boot: 0) }
            #expect(try await told(site.daemon, .console).isEmpty)
        }
    }

    @Test(
        "a BMC without serial over LAN is told once in the timeline, and nothing fails by it", arguments: [true, false])
    func none(captures: Bool) async throws {
        var faults = TestMachine.Faults()
        if captures {
            faults.beforeStarted = { machine in
                // The console is not waited for: here the machine waits.
                while true {
                    let daemon = machine.daemon.withLock { $0 }
                    if let daemon, try await !self.told(daemon, .console).isEmpty { return }
                    try await Task.sleep(for: .milliseconds(10))
                }
            }
        }
        try await run(faults: faults, console: nil, captures: captures) { site in
            try await site.deploy()
            let told = try await told(site.daemon, .console)
            // Once for each task that has come to look at it.
            #expect(captures ? (1...2).contains(told.count) : told.isEmpty, "\(told)")
            #expect(told.allSatisfy { $0.contains("has no serial over LAN") })
        }
    }

    @Test("of a node whose out-of-band type has no console it is said so, and nothing is filed")
    func typeWithoutConsole() async throws {
        let redfish: Value = [
            "type": "redfish", "network": "oob", "account": "operator", "credential": "anchors-aweigh",
            "scheme": "http",
        ]
        try await TestSite.run(
            names: ["berth-1"],
            edit: { $0.changeData(of: "drydock/BaremetalNode/v1", name: "berth-1") { $0["oob"] = redfish } },
            configure: { $0.capturesConsoles = true }
        ) { site in
            let prepared = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            #expect(prepared.result.status == .success)
            let service = await site.daemon.service()
            let text = await #expect(throws: DrydockError.self) {
                _ = try await service.consoleText(node: "berth-1", boot: 0)
            }
            let follow = await #expect(throws: DrydockError.self) {
                try await service.requireFollowable(node: "berth-1")
            }
            let open = await #expect(throws: DrydockError.self) {
                try await service.openConsole(node: "berth-1", takesOver: false)
            }
            for error in [text, follow, open] {
                #expect(error?.kind == .conflict)
                #expect(
                    error?.message.contains("of the out-of-band type redfish has none") == true,
                    "\(error?.message ?? "")")
            }
            #expect(access("\(site.daemon.folder)/consoles/berth-1", F_OK) != 0)
        }
    }

    @Test("a console that another session has is no failure, and an operator may take it")
    func inUse() async throws {
        try await run { site in
            let machine = try site.machine("berth-1")
            let other = try await machine.takeConsole()
            try await site.deploy()
            #expect(try await told(site.daemon, .console).allSatisfy { $0.contains("another session") })
            let service = await site.daemon.service()
            let conflict = await #expect(throws: DrydockError.self) {
                try await service.openConsole(node: "berth-1", takesOver: false)
            }
            #expect(conflict?.kind == .conflict)
            try await service.openConsole(node: "berth-1", takesOver: true)
            await other.close()
            try await service.typeAtConsole(node: "berth-1", Array("root\r".utf8))
            await service.closeConsole(node: "berth-1")
            await #expect(throws: DrydockError.self) { try await service.typeAtConsole(node: "berth-2", [1]) }
        }
    }

    @Test("who follows a console sees what was written and what is written")
    func follow() async throws {
        var faults = TestMachine.Faults()
        faults.beforeStarted = { try await $0.show("first words") }
        try await run(faults: faults) { site in
            try await site.deploy()
            let machine = try site.machine("berth-1")
            let service = await site.daemon.service()
            try await service.openConsole(node: "berth-1", takesOver: false)
            let (pieces, continuation) = AsyncStream<[UInt8]>.makeStream()
            let following = Task { try await service.followConsole(node: "berth-1") { continuation.yield($0) } }
            var seen = ""
            var hasWritten = false
            for await piece in pieces {
                seen += String(decoding: piece, as: UTF8.self)
                if seen.contains("first words"), !hasWritten {
                    hasWritten = true
                    machine.line.write(Array("last words".utf8))
                }
                if seen.contains("last words") { break }
            }
            following.cancel()
            await #expect(throws: (any Error).self) { try await following.value }
            await service.closeConsole(node: "berth-1")
            await #expect(throws: DrydockError.self) {
                try await service.followConsole(node: "berth-99") { _ in }
            }
        }
    }
}
