import Deckhand
import Documents
import OrderedCollections
import OutOfBand
import Primitives
import SiteDesign
import Synchronization
import TestSupport
import Testing

@testable import Drydock

@Suite("What is told of machines while and after they are deployed", .serialized)
struct MachineChangeTests {
    private func overview(_ site: TestSite) async throws -> NodeOverview {
        let nodes = try await site.daemon.service().nodeOverview()
        return try #require(nodes.first { $0.status.hostname == "berth-1" })
    }

    @Test("a failed boot action is told in its own words")
    func words() async throws {
        try await TestSite.run(
            names: ["berth-1"], faults: ["berth-1": .init(signalsFailure: true)]
        ) { site in
            _ = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            let task = try await site.daemon.run(.deployNodes, site.design, nodes: ["berth-1"])
            #expect(task.result.failures == ["berth-1"])
            #expect(
                try await overview(site).problem?.message
                    == "Boot action ready failed: it ran. Its journal on the machine says more.")
        }
    }

    @Test(
        "a failed boot action is told while other machines are waited for, after a stop and at a retry; its node takes orders again"
    )
    func toldAtOnce() async throws {
        let names = ["berth-1", "berth-2"]
        try await TestSite.run(
            names: names, faults: ["berth-1": .init(signalsFailure: true), "berth-2": .init(neverSignals: true)],
            configure: { $0.timeouts.bootActionFinalStatus = 3600 }
        ) { site in
            _ = try await site.daemon.run(.prepareNodes, site.design, nodes: names)
            let service = await site.daemon.service()
            let reservations = service.orchestrator.reservations
            let action = ULID().description
            func deploy(_ tryNumber: Int) async throws -> String {
                try await service.createTask(
                    TaskRequest(
                        action: .deployNodes, design: site.design, nodeFilter: TaskRun.filter(names), createdBy: "t",
                        key: "\(action)/deploy/\(tryNumber)/deploy_nodes")
                ).id
            }
            let words = "Boot action ready failed: it ran. Its journal on the machine says more."
            let first = try await deploy(1)
            while try await overview(site).problem == nil {
                try Task.checkCancellation()
                await Task.yield()
            }
            #expect(try await service.task(first)?.isComplete == false)
            while reservations.isReserved("berth-1") {
                try Task.checkCancellation()
                await Task.yield()
            }
            #expect(try await overview(site).problem?.message == words)
            #expect(reservations.isReserved("berth-2"))
            let refused = await #expect(throws: DrydockError.self) {
                try await service.askBMC(of: "berth-2", .power(.off))
            }
            let told = refused?.message ?? ""
            #expect(told.contains("belongs to action/\(action) (Drydock task \(first), deploy_nodes)"), "\(told)")
            #expect(told.hasSuffix("Wait, or stop it (boatyard stop action/\(action)), then ask again."), "\(told)")
            let answer = try await service.askBMC(of: "berth-1", .power(.off))
            #expect(answer["power"] == "off")

            try await service.terminateTasks(keyPrefix: "\(action)/", reason: "The action was stopped.")
            _ = try await site.daemon.ended(first)
            #expect(try await overview(site).problem?.message == words)
            let second = try await deploy(2)
            while try await !site.daemon.tree(second).contains(words) {
                try Task.checkCancellation()
                await Task.yield()
            }
            #expect(try await service.task(second)?.isComplete == false)
            #expect(try await overview(site).problem?.task == second)
        }
    }

    @Test("it is told which boot action of which machine is waited for")
    func waiting() async throws {
        try await TestSite.run(
            names: ["berth-1"], faults: ["berth-1": .init(neverSignals: true)],
            configure: { $0.timeouts.bootActionFinalStatus = 30 }
        ) { site in
            _ = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            let service = await site.daemon.service()
            let filter =
                ["filter_set_type": "union", "filter_set": [["filter_type": "union", "node_names": ["berth-1"]]]]
                as Value
            let task = try await service.createTask(
                TaskRequest(action: .deployNodes, design: site.design, nodeFilter: filter, createdBy: "t", key: "k/1"))
            var wait: TaskWait?
            while wait?.event != "boot action ready of berth-1 to report" {
                wait = try await overview(site).wait
                if try await service.task(task.id)?.isComplete ?? true { break }
                try Task.checkCancellation()
                await Task.yield()
            }
            #expect(wait?.event == "boot action ready of berth-1 to report")
            #expect(wait?.then == "boot actions that have not reported fail their node")
            try await service.terminateTasks(keyPrefix: "k/", reason: "the test has seen enough")
            #expect(try await overview(site).wait == nil)
        }
    }

    @Test(
        "the design that many machines were installed with is worked out once for a task, one that cannot be had anew")
    func installedDesigns() async throws {
        try await TestSite.run(names: ["berth-1"]) { running in
            let rendered = try await running.daemon.documents.rendered(revision: 1).documents
            let site = try #require(SiteDesign.compile(rendered.compactMap { DesignDocument($0.value) }).site)
            let asked = Mutex<[String]>([])
            let designs = InstalledDesigns(beside: site) { reference in
                asked.withLock { $0.append(reference) }
                return reference == "gone" ? nil : site
            }
            for _ in 0..<10 {
                for node in site.nodes {
                    #expect(await designs.plan(of: node, installedWith: "one")?.effect == .nothing)
                }
            }
            #expect(asked.withLock { $0 } == ["one"])
            for _ in 0..<2 { #expect(await designs.plan(of: site.nodes[0], installedWith: "gone") == nil) }
            #expect(asked.withLock { $0 } == ["one", "gone", "gone"])
        }
    }

    @Test("a deployed machine is told as unchanged, or as one that differs and in what, with the revision that it has")
    func differences() async throws {
        try await TestSite.run(names: ["berth-1"]) { site in
            func changes(_ task: DrydockTask) async throws -> [MachineChange] {
                let service = await site.daemon.service()
                var found: [MachineChange] = []
                var left = [task]
                while let next = left.popLast() {
                    found += next.messages.compactMap { MachineChange($0) }
                    for id in next.subtasks { if let child = try await service.task(id) { left.append(child) } }
                }
                return found
            }
            _ = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            let installed = try await site.daemon.run(.deployNodes, site.design, nodes: ["berth-1"])
            #expect(try await changes(installed) == [MachineChange(node: "berth-1", kind: .installed)])
            #expect(try await overview(site).revision == 1)

            let again = try await site.daemon.run(.deployNodes, site.design, nodes: ["berth-1"])
            #expect(try await changes(again) == [MachineChange(node: "berth-1", kind: .unchanged)])

            var documents = try ExampleSite.documents()
            documents.changeData(of: "drydock/HostProfile/v1", name: "host-base") {
                $0["platform"] = ["image": "debian-12", "kernel": "rt", "kernel_params": ["quiet": true]]
            }
            let revision = try #require(
                try await site.daemon.documents.put(bucket: "site", documents: documents).revision)
            let other = site.design.replacing("revisions/1/", with: "revisions/\(revision)/")
            let differing = try await site.daemon.run(.deployNodes, other, nodes: ["berth-1"])
            #expect(differing.result.successes == ["berth-1"])
            let told = try await changes(differing)
            #expect(told.map(\.kind) == [.differs])
            #expect(told.first?.fields.contains("platform.kernel") == true)
            #expect(try site.machine("berth-1").story.started.count == 1, "nothing is installed anew")
            #expect(try await overview(site).revision == 1, "it still has what it was installed with")
        }
    }
}
