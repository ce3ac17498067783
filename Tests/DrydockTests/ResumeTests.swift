import Drydock
import Primitives
import Testing

@Suite("A service that is killed", .serialized)
struct ResumeTests {
    @Test("goes on with a deployment wherever it was killed, and installs no machine twice", arguments: 0..<12)
    func killed(place: Int) async throws {
        try await TestSite.run(names: ["berth-1", "berth-2"]) { site in
            let nodes = ["berth-1", "berth-2"]
            // Spread over all that happens between the first order and the last signal.
            site.daemon.kill(atTick: site.daemon.ticks + 4 + place * 6)
            let prepared = try await site.daemon.run(.prepareNodes, site.design, nodes: nodes)
            #expect(!site.daemon.isToBeKilled)
            #expect(prepared.result.successes.sorted() == nodes, "\(site.daemon.lastTree)")
            site.daemon.kill(atTick: site.daemon.ticks + 4 + place * 6)
            let deployed = try await site.daemon.run(.deployNodes, site.design, nodes: nodes)
            #expect(!site.daemon.isToBeKilled)
            #expect(deployed.result.status == .success, "\(site.daemon.lastTree)")
            #expect(deployed.result.successes.sorted() == nodes)
            for machine in site.machines {
                let story = machine.story
                #expect(story.started.count == 1, "\(machine.node) was installed \(story.started.count) times")
                #expect(story.deployed.count == 1)
                #expect(story.cutWhileInstalling == 0)
                #expect(story.complaints.isEmpty)
            }
        }
    }

    @Test("keeps the children that had ended, and repeats no message")
    func children() async throws {
        try await TestSite.run(names: ["berth-1"]) { site in
            site.daemon.kill(atTick: site.daemon.ticks + 30)
            let task = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            #expect(!site.daemon.isToBeKilled)
            let service = await site.daemon.service()
            let all = try await service.tasks()
            for one in all {
                #expect(one.isComplete)
                let texts = one.messages.map { "\($0.text)\($0.context)" }
                #expect(Set(texts).count == texts.count)
            }
            #expect(
                try await service.children(of: task.id).map(\.action) == [
                    .setNodeBoot, .powerCycleNode, .identifyNode, .configureHardware,
                ])
        }
    }

    @Test("makes one task for one key, whoever asks again")
    func key() async throws {
        try await TestSite.run(names: []) { site in
            let request = TaskRequest(action: .verifySite, design: site.design, createdBy: "tester", key: "step-1")
            let first = try await site.daemon.service().createTask(request)
            await site.daemon.restart()
            let second = try await site.daemon.service().createTask(request)
            #expect(first.id == second.id)
            #expect(try await site.daemon.ended(first.id).result.status == .success)
            #expect(try await site.daemon.service().createTask(request).isComplete)
        }
    }
}
