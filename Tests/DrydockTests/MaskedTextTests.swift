import Drydock
import Primitives
import Store
import Synchronization
import TestSupport
import Testing

@Suite("Secrets in what machines say", .serialized)
struct MaskedTextTests {
    /// Notations that stand for all that the redactor knows.
    private static let texts = [
        "fetching http://u:canary-1@192.0.2.9/image failed", "password=canary-2",
        "<password><![CDATA[canary-3]]></password>",
        "- name: PASSWORD\n  value: canary-4", "curl -u user:canary-5 http://h: 22",
        "{\"value\": \"canary-6\", \"name\": \"token\"}",
    ]
    private static let text = texts.joined(separator: "\n") + "\n"

    @Test("a secret in an event, an operation or a signal is shown nowhere: no byte of the database or the log has it")
    func nowhere() async throws {
        let log = RecordedLog()
        try await TestSite.run(
            names: ["berth-1"], configure: { ($0.retries, $0.timeouts.installerSilence) = (0, 300) }, log: log
        ) { site in
            let machine = try site.machine("berth-1")
            // It is played here.
            machine.daemon.withLock { $0 = nil }
            let service = await site.daemon.service()
            func start(_ action: TaskAction) async throws -> String {
                let filter: Value = [
                    "filter_set_type": "union", "filter_set": [["filter_type": "union", "node_names": ["berth-1"]]],
                ]
                return try await service.createTask(
                    TaskRequest(action: action, design: site.design, nodeFilter: filter, createdBy: "tester")
                ).id
            }
            let prepare = try await start(.prepareNodes)
            while try await service.tasks().compactMap(\.waiting?.event).first != "the inventory of berth-1" {
                try Task.checkCancellation()
                await Task.yield()
            }
            let script = try await service.bootScript(mac: machine.mac, peer: "192.0.2.1:4000")
            let token = try bootToken(in: script)
            _ = try await service.inventory(token: token, ["cpu_count": 4])
            #expect(try await site.daemon.ended(prepare).result.successes == ["berth-1"])
            let deploy = try await start(.deployNodes)
            guard case .plan(let plan) = try await service.installPlan(token: token, wait: .seconds(60)) else {
                throw Trouble("no plan")
            }
            _ = try await service.installEvent(
                token: token, ["phase": "started", "sequence": 1, "message": .string(Self.text)])
            try await service.installOperation(
                token: token,
                [
                    "operation": "fetch http://u:canary-7@h/x", "status": "failed", "seconds": 1,
                    "output": .string(Self.text),
                ])
            let action = try #require(plan["boot_actions"]?.arrayValue?.first { $0["signaling"] == true })
            let details: Value = [
                "status": "failure",
                "details": [
                    [
                        "message": .string(Self.text), "error": true, "password": "canary-8",
                        "output": ["password=canary-9"], "env": [["name": "OS_TOKEN", "value": "canary-10"]],
                    ]
                ],
            ]
            _ = try await service.signal(
                action: try #require(action["action_id"]?.stringValue), key: plan["boot_data"]?["key"]?.stringValue,
                body: Array(details.json().utf8))
            _ = try await service.installEvent(
                token: token, ["phase": "failed", "sequence": 2, "message": .string(Self.text)])
            #expect(try await site.daemon.ended(deploy).result.failures == ["berth-1"])

            var shown = log.lines
            let overview = try #require(try await service.nodeOverview().first { $0.status.hostname == "berth-1" })
            #expect(overview.problem?.message.contains("password=***") == true)
            shown.append("\(overview)")
            let timeline = try await service.timeline(of: "berth-1", after: 0, limit: 500)
            #expect(timeline.events.contains { $0.kind == .phase && $0.message.contains("password=***") })
            shown.append("\(timeline)")
            let tasks = try await service.tasks()
            #expect(
                tasks.flatMap(\.messages).contains {
                    $0.text.hasPrefix("Installer: failed: fetching http://u:***@192.0.2.9/")
                })
            shown += tasks.flatMap(\.messages).map { $0.value.json() }
            for suffix in ["", "-wal"] {
                let bytes = try FileContents.read(site.daemon.database.path + suffix)
                shown.append(String(decoding: bytes, as: UTF8.self))
            }
            for text in shown {
                #expect(
                    !text.contains("canary-"),
                    "\(text.firstRange(of: "canary-").map { text[..<$0.upperBound].suffix(200) } ?? "")")
            }
        }
    }

    @Test("a machine that breaks down or fails keeps its reason without secrets")
    func reason() throws {
        var machine = MachineLifecycle()
        _ = try machine.receive(.broke("BMC answers password=canary-1"))
        #expect(machine.reason == "BMC answers password=***")
        machine = MachineLifecycle()
        _ = try machine.receive(.commission)
        _ = try machine.receive(.expired("http://u:canary-1@h/ cannot be had"))
        #expect(machine.reason == "http://u:***@h/ cannot be had")
    }
}
