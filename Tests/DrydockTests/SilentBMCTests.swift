import Drydock
import IPMI
import Primitives
import Simulator
import Testing

@Suite("A BMC that answers nothing", .serialized)
struct SilentBMCTests {
    @Test("a silent BMC is waited for in the open, and no longer once it is given up")
    func silentBMC() async throws {
        try await TestSite.run(names: ["berth-1"]) { site in
            var faults = BMCFaults()
            faults.silent = true
            try await site.machine("berth-1").setBMCFaults(faults)
            let service = await site.daemon.service()
            let task = try await service.createTask(
                TaskRequest(action: .prepareNodes, design: site.design, createdBy: "tester"))
            var node: NodeOverview?
            while node?.wait == nil, try await service.task(task.id)?.isComplete == false {
                node = try await service.nodeOverview().first { $0.status.hostname == "berth-1" }
                try Task.checkCancellation()
                await Task.yield()
            }
            #expect(node?.wait?.event == "the BMC of berth-1 (10.20.0.11), which is to boot it from the network next")
            #expect(node?.wait?.then == "the command fails")
            _ = try await service.awaitTask(task.id, until: Timestamp.now().adding(seconds: 600))
            let after = try await service.nodeOverview().first { $0.status.hostname == "berth-1" }
            #expect(after?.wait == nil)
            #expect(after?.problem?.message.isEmpty == false)
        }
    }

    @Test("what went wrong with a node before its machine was claimed is not told any more, what goes wrong later is")
    func claimed() async throws {
        try await TestSite.run(names: ["berth-1"]) { site in
            let machine = try site.machine("berth-1")
            var faults = BMCFaults()
            faults.silent = true
            try await machine.setBMCFaults(faults)
            let service = await site.daemon.service()
            func problem() async throws -> NodeOverview.Problem? {
                try await service.nodeOverview().first { $0.status.hostname == "berth-1" }?.problem
            }
            let first = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            #expect(try await problem()?.task == first.id)
            _ = try await service.claim(node: "berth-1", mac: machine.mac)
            #expect(try await problem() == nil)
            let second = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            #expect(try await problem()?.task == second.id)
        }
    }
}
