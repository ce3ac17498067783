import Drydock
import Primitives
import Store
import Synchronization
import TestSupport
import Testing

@Suite("Secrets of an installation, which end step by step", .serialized)
struct SpentSecretTests {
    private static func refused(_ body: () async throws -> Void) async -> ErrorKind? {
        let error = await #expect(throws: DrydockError.self) { try await body() }
        return error?.kind
    }

    @Test("plan, archives, token and signals are refused once their part is over, and the node has an alarm for each")
    func ends() async throws {
        try await TestSite.run(names: ["berth-1"], configure: { $0.timeouts.installerSilence = 300 }) { site in
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
            func alarms() async throws -> [LateUse.Secret: LateUse] {
                let node = try await service.nodeOverview().first { $0.status.hostname == "berth-1" }
                return Dictionary(uniqueKeysWithValues: (node?.lateUses ?? []).map { ($0.secret, $0) })
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
            let key = try #require(plan["boot_data"]?["key"]?.stringValue)
            var sequence = 0
            func report(_ phase: InstallerPhase) async throws {
                sequence += 1
                _ = try await service.installEvent(
                    token: token, ["phase": .string(phase.rawValue), "sequence": .int(sequence)])
            }
            func fetch() async throws {
                _ = try await service.bootData.archive(
                    node: "berth-1", kind: .files, key: key, peer: "192.0.2.66:7"
                ).bytes()
            }

            // Who has begun no work says nothing of it: neither this boot yet, nor somebody who asks for a script meanwhile.
            func operate(_ token: String, _ status: String) async throws {
                try await service.installOperation(
                    token: token, ["operation": "x", "status": .string(status), "output": "forged"])
            }
            #expect(await Self.refused { try await operate(token, "failed") } == .conflict)
            try await report(.started)
            let other = try bootToken(in: await service.bootScript(mac: machine.mac, peer: "192.0.2.66:7"))
            #expect(await Self.refused { try await operate(other, "failed") } == .conflict)
            #expect(try await service.role(token: other) == .unrecorded)
            #expect(try await service.installPlan(token: token, wait: .zero, peer: "192.0.2.66:7") == .alreadyStarted)
            #expect(try await alarms()[.plan]?.peer == "192.0.2.66")
            // An older report changes nothing and ends nothing; one that would is refused.
            let stale = try await service.installEvent(token: token, ["phase": "started", "sequence": 0])
            #expect(stale["next"] == "continue")
            let kind = await Self.refused {
                _ = try await service.installEvent(token: token, ["phase": "booted", "sequence": 0])
            }
            #expect(kind == .conflict)
            for (status, output) in [("started", ""), ("failed", "No space left")] {
                try await service.installOperation(
                    token: token,
                    [
                        "operation": "write image", "status": .string(status), "seconds": 1.25,
                        "output": .string(output),
                    ])
            }
            // A node that no machine has come forward for has one, too, and what is none has none.
            let empty = try await service.timeline(of: "berth-2", after: 0, limit: 5)
            #expect(empty.events.isEmpty && empty.mac.description == "52:54:00:20:01:12")
            #expect(
                await Self.refused { _ = try await service.timeline(of: "berth-9", after: 0, limit: 5) } == .missing)
            let steps = try await service.timeline(of: "berth-1", after: 0, limit: 500).events.map(\.step)
            #expect(steps.contains("write image started") && steps.contains("write image failed"))
            let messages = try await site.daemon.database.read {
                try $0.query("SELECT text FROM drydock_task_messages WHERE is_error").map { try $0.text(0) }
            }
            #expect(messages.contains("Installer: write image failed: No space left"))
            #expect(!messages.contains { $0.contains("forged") })
            // However much a machine says, so much is kept.
            for number in 0..<40 {
                try await service.installOperation(
                    token: token, ["operation": .string("step \(number)"), "status": "failed", "output": "no"])
            }
            let failures = try await site.daemon.database.read {
                try $0.query("SELECT count(*) FROM drydock_task_messages WHERE text LIKE 'Installer: step %'")
                    .first?.int(0)
            }
            #expect(failures == 15)
            // A transfer that broke off is resumed.
            for _ in 0..<2 { try await fetch() }
            try await report(.bootdata)
            #expect(await Self.refused(fetch) == .forbidden)
            #expect(await Self.refused(fetch) == .forbidden)
            #expect(try await alarms()[.bootData]?.count == 2)

            try await report(.installed)
            try await report(.booted)
            // Its answer was lost.
            let repeated = try await service.installEvent(
                token: token, ["phase": "booted", "sequence": .int(sequence)])
            #expect(repeated["next"] == "continue")
            #expect(try await alarms()[.token] == nil)
            sequence += 1
            #expect(await Self.refused { try await report(.booted) } == .forbidden)
            #expect(
                await Self.refused { _ = try await service.inventory(token: token, ["cpu_count": 4]) } == .forbidden)
            #expect(
                await Self.refused { _ = try await service.installPlan(token: token, wait: .zero) } == .forbidden)
            #expect(try await alarms()[.token]?.count == 3)

            let action = try #require(plan["boot_actions"]?.arrayValue?.first { $0["signaling"] == true })
            let id = try #require(action["action_id"]?.stringValue)
            func signal() async throws {
                _ = try await service.signal(
                    action: id, key: key, body: Array(#"{"status": "success", "details": []}"#.utf8),
                    peer: "192.0.2.66:7")
            }
            try await signal()
            #expect(try await alarms()[.signal] == nil)
            #expect(await Self.refused(signal) == .conflict)
            #expect(try await alarms()[.signal]?.message.contains("berth-1") == true)
            _ = deploy
        }
    }
}
