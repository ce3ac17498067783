import Deckhand
import OrderedCollections
import Primitives
import Store
import Synchronization
import TestSupport
import Testing

@testable import Drydock

/// The machine of berth-1 in the test's own hand, prepared and given an installation.
private struct PlayedMachine {
    let site: TestSite
    let token: String
    let plan: Value
    let deploy: String

    static let peer = "192.0.2.1:4000"

    init(_ site: TestSite) async throws {
        self.site = site
        let machine = try site.machine("berth-1")
        machine.daemon.withLock { $0 = nil }
        let service = await site.daemon.service()
        let prepare = try await Self.start(.prepareNodes, site.design, service)
        while try await service.tasks().compactMap(\.waiting?.event).first != "the inventory of berth-1" {
            try Task.checkCancellation()
            await Task.yield()
        }
        token = try bootToken(in: await service.bootScript(mac: machine.mac, peer: Self.peer))
        _ = try await service.inventory(token: token, ["cpu_count": 4], peer: Self.peer)
        #expect(try await site.daemon.ended(prepare).result.successes == ["berth-1"])
        deploy = try await Self.start(.deployNodes, site.design, service, key: "first")
        guard case .plan(let plan) = try await service.installPlan(token: token, wait: .seconds(60), peer: Self.peer)
        else {
            throw Trouble("no plan")
        }
        self.plan = plan
    }

    static func start(_ action: TaskAction, _ design: String, _ service: DrydockService, key: String? = nil)
        async throws -> String
    {
        try await service.createTask(
            TaskRequest(
                action: action, design: design, nodeFilter: TaskRun.filter(["berth-1"]), createdBy: "tester", key: key)
        ).id
    }

    func report(_ phase: String, _ sequence: Value) async throws -> String? {
        try await site.daemon.service().installEvent(token: token, ["phase": .string(phase), "sequence": sequence])[
            "next"]?
            .stringValue
    }

    func alarms() async throws -> [LateUse.Secret: LateUse] {
        let node = try await site.daemon.service().nodeOverview().first { $0.status.hostname == "berth-1" }
        return Dictionary(uniqueKeysWithValues: (node?.lateUses ?? []).map { ($0.secret, $0) })
    }
}

@Suite("What a machine, or who speaks in its name, may send", .serialized)
struct PlayedMachineTests {
    @Test(
        "of very many reports three hundred become messages of the task, a failure does all the same, and what looks like one does not count"
    )
    func manyReports() async throws {
        try await TestSite.run(names: ["berth-1"], configure: { $0.timeouts.installerSilence = 300 }) { site in
            let machine = try await PlayedMachine(site)
            #expect(try await machine.report("started", 1) == "continue")
            let service = await site.daemon.service()
            for number in 2...400 {
                let event: Value = [
                    "phase": "image", "sequence": .int(number), "message": .string("part \(number) failed: again"),
                ]
                #expect(try await service.installEvent(token: machine.token, event)["next"] == "continue")
            }
            try await service.installOperation(
                token: machine.token, ["operation": "mkfs", "status": "failed", "output": "no such disk"])
            #expect(try await machine.report("failed", 401) != nil)
            let texts = try await service.tasks().flatMap(\.messages).map(\.text)
            #expect(texts.filter { $0.hasPrefix("Installer: image") }.count == 299)
            let left =
                "The installer of berth-1 has reported more than 300 events: from here on only a failure is told here."
            #expect(texts.filter { $0 == left }.count == 1)
            #expect(texts.contains("Installer: mkfs failed: no such disk"))
            #expect(texts.contains { $0.hasPrefix("Installer: failed") })
        }
    }

    @Test("reports have numbers of 32 bits, and news under an old number is refused and not lost")
    func numbers() async throws {
        try await TestSite.run(names: ["berth-1"], configure: { $0.timeouts.installerSilence = 300 }) { site in
            let machine = try await PlayedMachine(site)
            func rejection(_ phase: String, _ sequence: Value) async -> DrydockError? {
                await #expect(throws: DrydockError.self) { _ = try await machine.report(phase, sequence) }
            }
            #expect(try await machine.report("started", 1) == "continue")
            for number: Value in [2_147_483_648, .int(.max), -1, 1.5, "2", nil] {
                let error = await rejection("image", number)
                #expect(error?.kind == .invalid && error?.message.contains("2147483647") == true, "\(number)")
            }
            #expect(try await machine.report("image", 2_147_483_647) == "continue")
            // The numbers of whoever reports have begun anew.
            for phase in ["configured", "installed", "failed"] {
                let error = await rejection(phase, 3)
                #expect(error?.kind == .conflict)
                #expect(
                    error?.message.contains("'\(phase)' as report 3, which is not above the last one, 2147483647")
                        == true)
            }
            // What is known already is answered as before.
            for phase in ["image", "partitioned", "started"] {
                #expect(try await machine.report(phase, 3) == "continue")
            }
            // The numbers of all machines are added up where the ends of the daemon are counted.
            try await site.daemon.database.write {
                try $0.execute("UPDATE drydock_machines SET sequence = 9223372036854775807")
            }
            let progress = try await site.daemon.database.read {
                try TaskStore.progress("id = ?", machine.deploy, $0)
            }
            #expect(progress.hasSuffix(" 2147483647"))
        }
    }

    @Test("a plan that is asked for from another address before the installation begins is an alarm")
    func planElsewhere() async throws {
        try await TestSite.run(names: ["berth-1"], configure: { $0.timeouts.installerSilence = 300 }) { site in
            let machine = try await PlayedMachine(site)
            let service = await site.daemon.service()
            func ask(_ peer: String) async throws -> Bool {
                guard case .plan = try await service.installPlan(token: machine.token, wait: .zero, peer: peer) else {
                    return false
                }
                return true
            }
            // The machine itself, by another connection.
            #expect(try await ask("192.0.2.1:4001"))
            #expect(try await machine.alarms().isEmpty)
            #expect(try await ask("192.0.2.66:7"))
            let alarm = try await machine.alarms()[.planElsewhere]
            #expect(alarm?.peer == "192.0.2.66" && alarm?.message.contains("berth-1") == true)
        }
    }

    @Test("of what a boot action says so much is kept, and that it has said more")
    func talkative() async throws {
        try await TestSite.run(names: ["berth-1"], configure: { $0.timeouts.installerSilence = 300 }) { site in
            let machine = try await PlayedMachine(site)
            let service = await site.daemon.service()
            _ = try await machine.report("started", 1)
            let actions = try #require(machine.plan["boot_actions"]?.arrayValue).filter { $0["signaling"] == true }
            let ids = actions.compactMap { $0["action_id"]?.stringValue }
            let key = try #require(machine.plan["boot_data"]?["key"]?.stringValue)
            func signal(_ id: String, _ details: [Value], _ status: Value? = nil) async throws {
                var body: Value = ["details": .array(details)]
                if let status, case .object(var object) = body {
                    object["status"] = status
                    body = .object(object)
                }
                _ = try await service.signal(action: id, key: key, body: Array(body.json(.compact).utf8), peer: nil)
            }
            func told(_ id: String) async throws -> [TaskMessage] {
                let task = try #require(try await service.tasks().first { $0.messages.contains { $0.context == id } })
                return task.messages.filter { $0.context == id }
            }
            let small: [Value] = (0..<400).map { ["message": .string("line \($0)"), "error": true] }
            for _ in 0..<4 { try await signal(ids[0], small) }
            let lines = try await told(ids[0])
            #expect(lines.count == 1001)
            #expect(lines.last?.text.contains("has reported more than 1000 messages or 256 KiB") == true)
            #expect(lines.last?.isError == false)
            // Its status is taken, and its first errors are told of its node.
            try await signal(ids[0], [["message": "the end", "error": true]], "failure")
            #expect(try await told(ids[0]).count == 1001)
            let node = try await service.nodeOverview().first { $0.status.hostname == "berth-1" }
            #expect(node?.problem?.message.contains("line ") == true, "\(String(describing: node?.problem))")
        }
    }

    @Test(
        "an installation that an earlier task began with another design is told as differing by the task that ends it")
    func adopted() async throws {
        try await TestSite.run(names: ["berth-1"], configure: { $0.timeouts.installerSilence = 300 }) { site in
            let machine = try await PlayedMachine(site)
            let service = await site.daemon.service()
            _ = try await machine.report("started", 1)
            try await service.terminateTasks(keyPrefix: "first", reason: "It is not wanted any more.")
            _ = try await site.daemon.ended(machine.deploy)
            var documents = try ExampleSite.documents()
            documents.changeData(of: "drydock/HostProfile/v1", name: "host-base") {
                $0["platform"] = ["image": "debian-12", "kernel": "rt", "kernel_params": ["quiet": true]]
            }
            let revision = try #require(
                try await site.daemon.documents.put(bucket: "site", documents: documents).revision)
            let other = site.design.replacing("revisions/1/", with: "revisions/\(revision)/")
            let second = try await PlayedMachine.start(.deployNodes, other, service)
            // It has found the installation that is on its way.
            while try await !service.tasks().contains(where: { $0.action == .deployNode && $0.status == .running }) {
                let task = try #require(try await service.task(second))
                try #require(!task.isComplete, "\(task.result) \(task.messages)")
                await Task.yield()
            }
            for (number, phase) in ["image", "bootdata", "installed", "booted"].enumerated() {
                _ = try await machine.report(phase, .int(number + 2))
            }
            let key = try #require(machine.plan["boot_data"]?["key"]?.stringValue)
            for action in try #require(machine.plan["boot_actions"]?.arrayValue) where action["signaling"] == true {
                let id = try #require(action["action_id"]?.stringValue)
                _ = try await service.signal(
                    action: id, key: key, body: Array(#"{"status": "success"}"#.utf8), peer: nil)
            }
            let ended = try await site.daemon.ended(second)
            #expect(ended.result.successes == ["berth-1"])
            var messages: [TaskMessage] = []
            var left = [second]
            while let id = left.popLast() {
                let task = try #require(try await service.task(id))
                messages += task.messages
                left += task.subtasks
            }
            #expect(messages.compactMap { MachineChange($0) }.map(\.kind) == [.differs])
            #expect(
                messages.contains {
                    $0.text.contains("with revision 1, which an earlier task had begun to install, and stays as it is")
                })
        }
    }
}
