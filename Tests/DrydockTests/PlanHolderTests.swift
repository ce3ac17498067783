import Cryptography
import Primitives
import Store
import Synchronization
import TestSupport
import Testing

@testable import Drydock

/// A plan and its key belong to one boot (`docs/reference/node-protocol.md` 3.3).
@Suite("The boot that has the plan")
struct PlanHolderTests {
    private func contents(_ number: UInt8) -> DeploymentStore.Contents {
        DeploymentStore.Contents(
            plan: StoredDeployments.plan("\(number)"), key: Secret([UInt8](repeating: number, count: 32)),
            files: "files \(number)", units: "units \(number)")
    }

    private func insert(_ stored: StoredDeployments) async throws -> MachineDeployment {
        try await stored.insert(
            design: "d", created: StoredDeployments.time, action: .incomplete,
            key: Secret([UInt8](repeating: 1, count: 32)))
    }

    @Test("of two requests that renew the plan for one boot the first decides, and both get that")
    func twice() async throws {
        try await StoredDeployments.run { stored in
            let (first, second) = (try await stored.boot("aa"), try await stored.boot("bb"))
            let id = try await insert(stored).id
            let deployments = stored.deployments
            #expect(try await deployments.take(id, for: first) == first)
            #expect(try await deployments.take(id, for: second) == first)
            #expect(
                try await deployments.pass(id, contents(2), from: first, to: second) == StoredDeployments.plan("2"))
            #expect(
                try await deployments.pass(id, contents(3), from: first, to: second) == StoredDeployments.plan("2"))
            #expect(try await deployments.plan(id) == StoredDeployments.plan("2"))
            #expect(try await deployments.key(id)?.reveal() == [UInt8](repeating: 2, count: 32))
            #expect(try await deployments.deployment(id)?.files == "files 2")
        }
    }

    @Test("a boot that is over gets no plan, and takes the key from no later one")
    func superseded() async throws {
        try await StoredDeployments.run { stored in
            let (first, second, third) = (
                try await stored.boot("aa"), try await stored.boot("bb"), try await stored.boot("cc")
            )
            let id = try await insert(stored).id
            let deployments = stored.deployments
            await #expect(throws: DrydockError.self) {
                try await deployments.take(id, for: BootIdentity(tokenHash: "void"))
            }
            #expect(try await deployments.take(id, for: first) == first)
            try await stored.void(second)
            for contents in [contents(2), nil] {
                let error = await #expect(throws: DrydockError.self) {
                    try await deployments.pass(id, contents, from: first, to: second)
                }
                #expect(error?.kind == .forbidden)
                #expect(try await deployments.deployment(id)?.holder == first)
            }
            #expect(try await deployments.plan(id) == StoredDeployments.plan("old"))
            _ = try await deployments.pass(id, contents(3), from: first, to: third)
            let fourth = try await stored.boot("dd")
            #expect(try await deployments.pass(id, contents(4), from: first, to: fourth) == nil, "the third has it")
            #expect(try await deployments.plan(id) == StoredDeployments.plan("3"))
            #expect(try await deployments.pass(id, nil, from: third, to: fourth) == StoredDeployments.plan("3"))
            #expect(try await deployments.deployment(id)?.holder == fourth)
        }
    }

    @Test("an archive that was rendered with the key of an earlier boot is not noted")
    func lateArchive() async throws {
        try await StoredDeployments.run { stored in
            let (first, second) = (try await stored.boot("aa"), try await stored.boot("bb"))
            let id = try await insert(stored).id
            let deployments = stored.deployments
            _ = try await deployments.take(id, for: first)
            let before = try #require(try await deployments.deployment(id))
            try await deployments.recordArchive(before, .files, name: "early")
            #expect(try await deployments.deployment(id)?.files == "early")
            _ = try await deployments.pass(id, contents(2), from: first, to: second)
            try await deployments.recordArchive(before, .files, name: "late")
            #expect(try await deployments.deployment(id)?.files == "files 2")
        }
    }

    @Test("many requests of one boot get one plan, whose key opens its boot data")
    func manyRequests() async throws {
        try await TestSite.run(names: ["berth-1"]) { site in
            let machine = try site.machine("berth-1")
            // It is played here.
            machine.daemon.withLock { $0 = nil }
            let service = await site.daemon.service()
            func boot(_ peer: String) async throws -> String {
                let script = try await service.bootScript(mac: machine.mac, peer: "\(peer):4000")
                let token = try bootToken(in: script)
                _ = try await service.inventory(token: token, ["cpu_count": 4])
                return token
            }
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
            let first = try await boot("192.0.2.1")
            #expect(try await site.daemon.ended(prepare).result.successes == ["berth-1"])
            _ = try await start(.deployNodes)
            guard case .plan(let old) = try await service.installPlan(token: first, wait: .seconds(30)) else {
                throw Trouble("no plan")
            }
            let second = try await boot("192.0.2.2")
            let plans = try await withThrowingTaskGroup(of: Value.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        guard case .plan(let plan) = try await service.installPlan(token: second, wait: .seconds(30))
                        else {
                            throw Trouble("no plan")
                        }
                        return plan
                    }
                }
                return try await group.reduce(into: Set<Value>()) { $0.insert($1) }
            }
            #expect(plans.count == 1)
            let key = try #require(plans.first?["boot_data"]?["key"]?.stringValue)
            #expect(key != old["boot_data"]?["key"]?.stringValue)
            #expect(
                try await !service.bootData.archive(node: "berth-1", kind: .files, key: key).bytes().isEmpty)
        }
    }
}
