import Deckhand
import IPMI
import OrderedCollections
import Primitives
import SiteDesign
import Store
import Synchronization
import TestSupport
import Testing

@testable import Drydock

@Suite("A site from power-off to deployed", .serialized)
struct DeploymentTests {
    @Test("four machines with real BMCs are prepared, deployed and destroyed")
    func wholeSite() async throws {
        try await TestSite.run { site in
            let verified = try await site.daemon.run(.verifySite, site.design)
            #expect(verified.result.status == .success)
            let prepared = try await site.daemon.run(.prepareSite, site.design)
            #expect(prepared.result.status == .success)
            let looked = try await site.daemon.run(.verifyNodes, site.design)
            #expect(looked.result.status == .success, "\(site.daemon.lastTree)")
            #expect(looked.result.successes.isEmpty)

            let ready = try await site.daemon.run(.prepareNodes, site.design)
            #expect(ready.result.status == .success, "\(site.daemon.lastTree)")
            #expect(ready.result.successes.sorted() == TestSite.names)
            let service = await site.daemon.service()
            #expect(try await service.nodes().map(\.statusName) == Array(repeating: "Ready", count: 4))
            let records = try await service.buildData(node: "berth-1", latest: true)
            #expect(records.compactMap { $0["generator"]?.stringValue } == ["inventory", "lldp", "lshw"])

            let deployed = try await site.daemon.run(.deployNodes, site.design)
            #expect(deployed.result.status == .success, "\(site.daemon.lastTree)")
            #expect(deployed.result.successes.sorted() == TestSite.names)
            #expect(deployed.result.failures.isEmpty)
            #expect(try await service.nodes().map(\.statusName) == Array(repeating: "Deployed", count: 4))
            for machine in site.machines {
                let story = machine.story
                #expect(story.powerOns == 1, "one boot of the ramdisk does for both")
                #expect(story.started.count == 1)
                #expect(story.started == story.deployed)
                #expect(story.complaints.isEmpty)
            }

            let again = try await site.daemon.run(.deployNodes, site.design)
            #expect(again.result.status == .success, "\(site.daemon.lastTree)")
            #expect(site.machines.allSatisfy { $0.story.started.count == 1 })

            let destroyed = try await site.daemon.run(.destroyNodes, site.design, nodes: ["berth-1"])
            #expect(destroyed.result.status == .success, "\(site.daemon.lastTree)")
            #expect(destroyed.result.successes == ["berth-1"])
            #expect(try site.machine("berth-1").story.erased == 1)
            #expect(try await service.nodes().compactMap(\.node) == ["berth-2", "berth-3", "berth-4"])
            let gone = try await site.daemon.run(.destroyNodes, site.design, nodes: ["berth-1"])
            #expect(gone.result.status == .success)
        }
    }

    @Test("a node whose BMC speaks Redfish is deployed like one with IPMI, and beside it")
    func redfish() async throws {
        let names = ["berth-1", "berth-2"]
        let redfish: Value = [
            "type": "redfish", "network": "oob", "account": "operator", "credential": "anchors-aweigh",
            "scheme": "http",
        ]
        try await TestSite.run(
            names: names,
            edit: { $0.changeData(of: "drydock/BaremetalNode/v1", name: "berth-1") { $0["oob"] = redfish } }
        ) { site in
            let service = await site.daemon.service()
            let messages = try await service.validateDesign(site.design).messages
            #expect(!messages.contains { ["BY1009", "BY1026"].contains($0.name) })
            for action in [TaskAction.verifyNodes, .prepareNodes, .deployNodes, .destroyNodes] {
                let task = try await site.daemon.run(action, site.design, nodes: names)
                #expect(task.result.status == .success, "\(site.daemon.lastTree)")
            }
            for machine in site.machines {
                #expect(machine.story.deployed.count == 1 && machine.story.complaints.isEmpty)
                #expect(machine.story.bootDevices.contains(.pxe))
            }
        }
    }

    @Test("a filter that chooses nobody is a success with a message")
    func nobody() async throws {
        try await TestSite.run(names: []) { site in
            for action in [TaskAction.verifyNodes, .prepareNodes, .deployNodes, .destroyNodes, .relabelNodes] {
                let filter: Value = [
                    "filter_set_type": "union", "filter_set": [["filter_type": "union", "node_tags": ["nope"]]],
                ]
                let task = try await site.daemon.run(action, site.design, filter: filter)
                #expect(task.result.status == .success)
                #expect(task.messages.map(\.text) == ["No nodes in scope, no work to do."])
                #expect(task.subtasks.isEmpty)
            }
        }
    }

    @Test("relabelling without a Promenade fails and says so")
    func relabel() async throws {
        try await TestSite.run(names: []) { site in
            let task = try await site.daemon.run(.relabelNodes, site.design)
            #expect(task.result.status == .failure)
            #expect(task.result.failures.sorted() == TestSite.names)
            #expect(try await site.daemon.tree(task.id).contains("components.promenade.url is not configured"))
        }
    }

    @Test("a node without a machine fails alone, after its deadline")
    func absent() async throws {
        try await TestSite.run(
            names: ["berth-1"], configure: { $0.timeouts.identifyNode = 0.3 }
        ) { site in
            let task = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1", "berth-2"])
            #expect(task.result.status == .partialSuccess)
            #expect(task.result.failures == ["berth-2"])
        }
    }

    @Test(
        "a node that is prepared is deployed by another task while a second one is prepared, after a restart as well",
        arguments: [false, true])
    func preparedEarlier(restarts: Bool) async throws {
        let nodes = ["berth-1", "berth-2"]
        try await TestSite.run(names: nodes) { site in
            try site.machine("berth-2").daemon.withLock { $0 = nil }
            let request = TaskRequest(
                action: .prepareNodes, design: site.design, nodeFilter: TaskRun.filter(nodes), createdBy: "tester",
                key: "\(ULID())/prepare_nodes")
            let task = try await site.daemon.ask { try await $0.createTask(request) }
            let seen = try await site.daemon.ask {
                try await $0.awaitTask(task.id, beyond: [], until: .now().adding(seconds: 300))
            }
            #expect(!seen.isComplete)
            #expect(seen.result.successes == ["berth-1"])
            if restarts { await site.daemon.restart() }
            func wait() async throws -> TaskWait? {
                let nodes = try await site.daemon.ask { try await $0.nodeOverview() }
                return nodes.first { $0.status.node == "berth-1" }?.wait
            }
            while try await wait() == nil {
                try Task.checkCancellation()
                await Task.yield()
            }
            #expect(try await wait()?.event == "the preparation of berth-2, which is of its group")
            let deployed = try await site.daemon.run(.deployNodes, site.design, nodes: ["berth-1"])
            #expect(deployed.result.status == .success, "\(site.daemon.lastTree)")
            let preparing = try #require(try await site.daemon.ask { try await $0.task(task.id) })
            #expect(preparing.status == .running)
            #expect(preparing.result.status == .incomplete)
            #expect(try await wait() == nil)
            // Whoever wants the other one waits.
            let other = try await site.daemon.ask {
                try await $0.createTask(
                    TaskRequest(
                        action: .verifyNodes, design: site.design, nodeFilter: TaskRun.filter(["berth-2"]),
                        createdBy: "tester"))
            }
            while try await site.daemon.ask({ try await $0.task(other.id) })?.messages.isEmpty != false {
                try Task.checkCancellation()
                await Task.yield()
            }
            #expect(try await site.daemon.ask { try await $0.task(other.id) }?.status == .queued)
        }
    }

    @Test("a machine that never comes forward fails after its deadline, and the message says where to look")
    func silent() async throws {
        try await TestSite.run(names: ["berth-1"], configure: { $0.timeouts.identifyNode = 0.3 }) { site in
            try site.machine("berth-1").daemon.withLock { $0 = nil }
            let task = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            #expect(task.result.status == .partialSuccess)
            #expect(task.result.failures == ["berth-1"])
            #expect(try await site.daemon.tree(task.id).contains("none boots from 52:54:00:20:01:11"))
            let last = try await site.daemon.service().timeline(of: "berth-1", after: 0, limit: 500).events
                .last { $0.kind == .failure }
            #expect(last?.step == "identify_node")
            #expect(last?.message.contains("has never asked for anything") == true, "\(last as Any)")
        }
    }

    @Test("a node whose network cannot be made is a failure of deploy_nodes, and the others are deployed")
    func network() async throws {
        try await TestSite.run(
            names: ["berth-1", "berth-2"], faults: ["berth-2": .init(lshw: "<list><node")]
        ) { site in
            let names = ["berth-1", "berth-2"]
            _ = try await site.daemon.run(.prepareNodes, site.design, nodes: names)
            let task = try await site.daemon.run(.deployNodes, site.design, nodes: names)
            #expect(task.result.status == .partialSuccess, "\(site.daemon.lastTree)")
            #expect(task.result.successes == ["berth-1"])
            #expect(task.result.failures == ["berth-2"])
            let service = await site.daemon.service()
            let phase = try #require(
                try await service.children(of: task.id).first { $0.action == .applyNodeNetworking })
            #expect(phase.result.failures == ["berth-2"])
            #expect(try await site.daemon.tree(task.id).contains("The lshw inventory cannot be read"))
            #expect(try site.machine("berth-2").story.started.isEmpty)
        }
    }

    @Test("a node whose plan an installer would refuse fails before its machine is touched")
    func refusedPlan() async throws {
        // The design is right, and the machine says odd things of itself.
        let lshw = """
            <list><node id="disk" class="disk"><logicalname>/dev/sd;a</logicalname><businfo>scsi@0:0.0.0</businfo></node></list>
            """
        try await TestSite.run(names: ["berth-1"], faults: ["berth-1": .init(lshw: lshw)]) { site in
            _ = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            let task = try await site.daemon.run(.deployNodes, site.design, nodes: ["berth-1"])
            #expect(task.result.failures == ["berth-1"], "\(site.daemon.lastTree)")
            #expect(
                try await site.daemon.tree(task.id).contains(
                    "berth-1 cannot be installed as it is designed. The plan cannot be used: 'disks[0].name'"))
            #expect(try site.machine("berth-1").story.started.isEmpty)
        }
    }

    @Test(
        "a node that cannot be installed as it is designed keeps its disks: no task gets as far as to erase them",
        arguments: [
            (["interfaces": ["pxe": ["slaves": ["pxe_nic", "data_nic1"]]]], "Interface pxe of berth-2 has 2 slaves"),
            (["platform": ["kernel_params": ["motto": "caf\u{e9}"]]], "'kernel_parameters'"),
        ] as [(Value, String)])
    func refusedDesign(data: Value, fault: String) async throws {
        try await TestSite.run(
            names: ["berth-1", "berth-2"],
            edit: {
                $0.changeData(of: "drydock/BaremetalNode/v1", name: "berth-2") {
                    for (key, value) in data.objectValue ?? [:] { $0[key] = value }
                }
            }
        ) { site in
            for action in [TaskAction.validateDesign, .prepareNodes, .destroyNodes] {
                let task = try await site.daemon.run(action, site.design, nodes: ["berth-1", "berth-2"])
                #expect(task.result.status == .failure, "\(site.daemon.lastTree)")
                let tree = try await site.daemon.tree(task.id)
                #expect(tree.contains(fault), "\(tree)")
            }
            #expect(try site.machine("berth-2").story.started.isEmpty)
        }
    }

    @Test("an installer that fails is tried again with a new deployment")
    func retried() async throws {
        try await TestSite.run(
            names: ["berth-1"], faults: ["berth-1": .init(failsAt: .image)]
        ) { site in
            _ = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            let task = try await site.daemon.run(.deployNodes, site.design, nodes: ["berth-1"])
            #expect(task.result.successes == ["berth-1"], "\(site.daemon.lastTree)")
            #expect(task.result.failures.isEmpty)
            let story = try site.machine("berth-1").story
            #expect(story.started.count == 2)
            #expect(Set(story.started).count == 2)
        }
    }

    @Test("a failure that another attempt would meet again ends the attempts at this machine, and at no other one")
    func permanent() async throws {
        try await TestSite.run(
            names: ["berth-1", "berth-2"],
            faults: ["berth-1": .init(failsAt: .image, failsForGood: true), "berth-2": .init(failsAt: .image)]
        ) { site in
            let both = ["berth-1", "berth-2"]
            _ = try await site.daemon.run(.prepareNodes, site.design, nodes: both)
            let task = try await site.daemon.run(.deployNodes, site.design, nodes: both)
            #expect(task.result.status == .partialSuccess, "\(site.daemon.lastTree)")
            #expect(task.result.successes == ["berth-2"] && task.result.failures == ["berth-1"])
            #expect(try site.machine("berth-1").story.started.count == 1)
            #expect(try site.machine("berth-2").story.started.count == 2)
            let events = try await site.daemon.service().timeline(of: "berth-1", after: 0, limit: 500).events
            #expect(!events.contains { $0.kind == .attempt })
            let parts = try await site.daemon.service().children(of: task.id)
            let deploy = try #require(parts.first { $0.action == .deployNode })
            #expect(deploy.messages.map(\.text).contains { $0.hasPrefix("berth-1 is not tried again: ") })
            // Whoever asks for it once more gets it.
            let again = try await site.daemon.run(.deployNodes, site.design, nodes: ["berth-1"])
            #expect(again.result.successes == ["berth-1"], "\(site.daemon.lastTree)")
        }
    }

    @Test("a machine that is erased to be installed anew stays in its installer")
    func erasedInPlace() async throws {
        try await TestSite.run(names: ["berth-1"]) { site in
            try await site.deploy()
            let machine = try site.machine("berth-1")
            let before = machine.story.powerOns
            let destroyed = try await site.daemon.run(
                .destroyNodes, site.design, nodes: ["berth-1"], keepsInstaller: true)
            #expect(destroyed.result.successes == ["berth-1"], "\(site.daemon.lastTree)")
            let nodes = try await site.daemon.service().nodes()
            #expect(nodes.filter { $0.state != nil }.map(\.statusName) == ["New"], "\(nodes)")
            let listed = try await site.daemon.service().nodeOverview()
            #expect(listed.filter(\.isErased).map(\.status.hostname) == ["berth-1"])
            try await site.deploy()
            let story = machine.story
            #expect(story.erased == 1 && story.started.count == 2)
            // Into the installer, which erases and installs, and to its disk.
            #expect(story.powerOns - before == 1)
            #expect(story.modes.count == 2)
            #expect(story.complaints.isEmpty)
        }
    }

    @Test("an erasure that is asked for again finds what is done; one after which nothing is installed switches off")
    func erasedAgain() async throws {
        try await TestSite.run(names: ["berth-1"]) { site in
            try await site.deploy()
            let machine = try site.machine("berth-1")
            for _ in 0..<2 {
                let task = try await site.daemon.run(
                    .destroyNodes, site.design, nodes: ["berth-1"], keepsInstaller: true)
                #expect(task.result.successes == ["berth-1"], "\(site.daemon.lastTree)")
            }
            #expect(machine.story.erased == 1 && !machine.isOff)
            let task = try await site.daemon.run(.destroyNodes, site.design, nodes: ["berth-1"])
            #expect(task.result.successes == ["berth-1"], "\(site.daemon.lastTree)")
            #expect(machine.story.erased == 1 && machine.isOff)
            #expect(try await site.daemon.service().nodes().allSatisfy { $0.state == nil })
        }
    }

    enum Otherness: CaseIterable {
        case otherSerial, otherFirmware, oldInstaller
    }

    @Test(
        "a machine that need not be that of the design, or whose installer cannot wait, is erased, forgotten and switched off",
        arguments: Otherness.allCases)
    func erasedAway(_ otherness: Otherness) async throws {
        let faults = TestMachine.Faults(isOld: otherness == .oldInstaller)
        try await TestSite.run(names: ["berth-1"], faults: ["berth-1": faults]) { site in
            try await site.deploy()
            var documents = try ExampleSite.documents()
            switch otherness {
            case .otherSerial:
                documents.changeData(of: "drydock/BaremetalNode/v1", name: "berth-1") { data in
                    guard case .object(var metadata) = data["metadata"] else { return }
                    metadata["owner_data"] = ["serial": "ANOTHER-1"]
                    data["metadata"] = .object(metadata)
                }
            case .otherFirmware:
                documents.changeData(of: "drydock/HardwareProfile/v1") { data in
                    data["boot_mode"] = data["boot_mode"] == "uefi" ? "bios" : "uefi"
                }
            case .oldInstaller: break
            }
            let revision = try await site.daemon.documents.put(bucket: "site", documents: documents).revision ?? 0
            let task = try await site.daemon.run(
                .destroyNodes, "deckhand+http://127.0.0.1:9000/api/v1.0/revisions/\(revision)/rendered-documents",
                nodes: ["berth-1"], keepsInstaller: true)
            #expect(task.result.successes == ["berth-1"], "\(site.daemon.lastTree)")
            #expect(try await site.daemon.service().nodes().allSatisfy { $0.state == nil })
            #expect(try site.machine("berth-1").isOff)
        }
    }

    /// A deployment of berth-1 fails with a message that has each of `parts` once.
    private func expectFailure(_ site: TestSite, _ parts: [String]) async throws {
        let task = try await site.daemon.run(.deployNodes, site.design, nodes: ["berth-1"])
        #expect(task.result.failures == ["berth-1"], "\(site.daemon.lastTree)")
        let told = try #require(try await site.daemon.service().taskStore.problems()["berth-1"]?.message)
        for part in parts { #expect(told.ranges(of: part).count == 1, "\(part): \(told)") }
    }

    @Test("a deadline tells what was reported last, what was done about it, and what to do, each once")
    func silentAtWork() async throws {
        try await TestSite.run(
            names: ["berth-1"], faults: ["berth-1": .init(neverBoots: true)],
            configure: {
                $0.timeouts.deployNode = 4
                $0.retries = 0
            }
        ) { site in
            _ = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            try await expectFailure(
                site,
                [
                    "An attempt to deploy berth-1 failed: nothing was heard of it in time",
                    "it reported 'installed' last, ",
                    "was left on", "Last seen: ", "then run the action again.",
                ])
        }
    }

    @Test("a deadline before the work has begun tells whether the machine was told to boot, and what to do")
    func neverBegun() async throws {
        try await TestSite.run(
            names: ["berth-1"],
            configure: {
                $0.timeouts.deployNode = 3
                $0.timeouts.installerSilence = 600
                $0.retries = 0
            }
        ) { site in
            _ = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            try site.machine("berth-1").hang()
            try await expectFailure(
                site,
                [
                    "An attempt to deploy berth-1 failed: The installer of berth-1 was there and has fallen silent",
                    "it was not told to boot from the network", "Last seen: ", "then run the action again.",
                ])
        }
    }

    @Test("a machine that loses power in the middle is noticed and installed anew")
    func powerLost() async throws {
        try await TestSite.run(
            names: ["berth-1"], faults: ["berth-1": .init(losesPowerAfter: .image)],
            configure: { $0.timeouts.powerWatch = 0.4 }
        ) { site in
            _ = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            let task = try await site.daemon.run(.deployNodes, site.design, nodes: ["berth-1"])
            #expect(task.result.successes == ["berth-1"], "\(site.daemon.lastTree)")
            #expect(try await site.daemon.tree(task.id).contains(/it lost its power after '[a-z]+'\. Last seen: [0-9]/))
            let events = try await site.daemon.service().timeline(of: "berth-1", after: 0, limit: 500).events
            let lost = try #require(events.firstIndex { $0.kind == .power && $0.step == "lost" })
            #expect(events[lost].message.contains(/^lost its power after '[a-z]+'$/))
            let again = try #require(events.firstIndex { $0.kind == .attempt })
            #expect(lost < again && events[again].step == "deploy_node")
            let failed = try #require(events.firstIndex { $0.kind == .failure })
            #expect(lost < failed && failed < again && events[failed].step == "deploy_node")
            #expect(events[failed].message.hasPrefix("An attempt to deploy berth-1 failed: it lost its power after '"))
            #expect(events.count { $0.kind == .failure } == 1)
            #expect(events[again].message == "attempt 2 of 4 (deploy_node)")
            #expect(events[again...].contains { $0.kind == .phase && $0.step == "booted" })
            #expect(events.count { $0.kind == .attempt || $0.step == "lost" } == 2)
        }
    }

    @Test("a boot action that fails or stays silent fails its node", arguments: [true, false])
    func bootActions(fails: Bool) async throws {
        try await TestSite.run(
            names: ["berth-1"], faults: ["berth-1": .init(neverSignals: !fails, signalsFailure: fails)],
            configure: { $0.timeouts.bootActionFinalStatus = fails ? 60 : 0.3 }
        ) { site in
            _ = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            let task = try await site.daemon.run(.deployNodes, site.design, nodes: ["berth-1"])
            #expect(task.result.status == .partialSuccess, "\(site.daemon.lastTree)")
            #expect(task.result.failures == ["berth-1"])
            #expect(task.result.successes.isEmpty)
            let text = fails ? "completed with status failure" : "timed out."
            #expect(try await site.daemon.tree(task.id).contains(text))
        }
    }

    @Test("a waiting task says what for, since when, until when and what happens then")
    func waiting() async throws {
        try await TestSite.run(names: ["berth-1"]) { site in
            try site.machine("berth-1").daemon.withLock { $0 = nil }
            let service = await site.daemon.service()
            let filter: Value = [
                "filter_set_type": "union",
                "filter_set": [["filter_type": "union", "node_names": ["berth-1"]]],
            ]
            _ = try await service.createTask(
                TaskRequest(action: .prepareNodes, design: site.design, nodeFilter: filter, createdBy: "tester"))
            var wait: TaskWait?
            // Before it there are those for its BMC, which does at once what it is told.
            while wait?.event != "the inventory of berth-1" {
                wait = try await service.tasks().compactMap(\.waiting).first
                try Task.checkCancellation()
                await Task.yield()
            }
            #expect(try await service.nodeOverview().first { $0.status.hostname == "berth-1" }?.wait == wait)
            #expect(wait?.then == "it is told again to boot from the network")
            #expect(wait.map { $0.deadline.seconds(since: $0.since) > 400 } == true)
        }
    }

    @Test("what a machine has begun and no task deals with any more is told, until it has ended or is dealt with again")
    func unattended() async throws {
        try await TestSite.run(
            names: ["berth-1"], faults: ["berth-1": .init(neverSignals: true)],
            configure: { $0.timeouts.bootActionFinalStatus = 60 }
        ) { site in
            _ = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            let service = await site.daemon.service()
            func start(_ key: String) async throws -> String {
                try await service.createTask(
                    TaskRequest(
                        action: .deployNodes, design: site.design, nodeFilter: TaskRun.filter(["berth-1"]),
                        createdBy: "tester", key: key)
                ).id
            }
            func node() async throws -> NodeOverview {
                try #require(try await service.nodeOverview().first { $0.status.hostname == "berth-1" })
            }
            let task = try await start("first")
            while try await node().wait?.event.hasPrefix("boot action") != true { await Task.yield() }
            let awaited = try await node().wait?.event
            #expect(try await node().unattended == nil)
            let database = site.daemon.database
            let waits = try await database.read { try TaskStore.isIdle("id = ?", task, $0) }
            #expect(waits, "it merely waits")
            try await service.terminateTasks(keyPrefix: "first", reason: "The action was stopped.")
            _ = try await site.daemon.ended(task)
            let open = try await node()
            #expect(open.status.state == .deployed && open.wait == nil)
            #expect(open.unattended == awaited, "\(open.unattended ?? "")")
            let stillWaits = try await database.read { try TaskStore.isIdle("id = ?", task, $0) }
            #expect(!stillWaits, "it has ended")
            // Whoever deploys it again waits for its boot actions again.
            _ = try await start("second")
            while try await node().wait == nil { await Task.yield() }
            #expect(try await node().unattended == nil)
            try await service.terminateTasks(keyPrefix: "second", reason: "The action was stopped.")
            #expect(try await node().unattended == awaited)
            try await site.daemon.database.write {
                try $0.execute("UPDATE drydock_boot_actions SET status = 'success'")
            }
            #expect(try await node().unattended == nil)
            // So is an installation that is cut off.
            try await site.daemon.database.write {
                try $0.execute("UPDATE drydock_machines SET state = 'Deploying', phase = 'image'")
            }
            #expect(try await node().unattended == "the installer of berth-1 to go on after 'image'")
            // And a commissioning.
            try await site.daemon.database.write {
                try $0.execute("UPDATE drydock_machines SET state = 'Commissioning'")
            }
            #expect(try await node().unattended == "the inventory of berth-1")
        }
    }

    @Test("what is waited for after a phase is waited for since that, however often the power is looked at meanwhile")
    func waitSincePhase() async throws {
        var faults = TestMachine.Faults()
        faults.neverBoots = true
        try await TestSite.run(
            names: ["berth-1"], faults: ["berth-1": faults], configure: { $0.timeouts.powerWatch = 0.4 }
        ) { site in
            let service = await site.daemon.service()
            _ = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            let task = try await service.createTask(
                TaskRequest(
                    action: .deployNodes, design: site.design, nodeFilter: TaskRun.filter(["berth-1"]),
                    createdBy: "tester", key: "first"))
            func wait(laterThan deadline: Timestamp? = nil) async throws -> TaskWait {
                while true {
                    let found = try await service.nodeOverview().first { $0.status.hostname == "berth-1" }?.wait
                    if let found, found.event == "the installed system of berth-1 to boot",
                        deadline.map({ found.deadline > $0 }) ?? true
                    {
                        return found
                    }
                    try Task.checkCancellation()
                    await Task.yield()
                }
            }
            let first = try await wait()
            let second = try await wait(laterThan: first.deadline)
            #expect(first.since == second.since, "\(first) \(second)")
            try await service.terminateTasks(keyPrefix: "first", reason: "The action was stopped.")
            _ = try await site.daemon.ended(task.id)
        }
    }

    @Test("a task that tells a BMC something, or is between two waits, does not merely wait")
    func idle() async throws {
        try await TestSite.run(names: []) { site in
            let service = await site.daemon.service()
            let store = service.taskStore
            await site.daemon.kill()
            let root = try await store.create(
                TaskRequest(action: .deployNodes, design: site.design, createdBy: "t", key: "a/1")
            ).id
            func isIdle() async throws -> Bool {
                try await site.daemon.database.read { try DrydockService.isIdle(keyPrefix: "a/", $0) }
            }
            func wait(_ id: String, _ isIdle: Bool) async throws {
                try await store.wait(
                    id, for: TaskWait(event: "e", since: .now(), deadline: .now(), then: "t", isIdle: isIdle))
            }
            #expect(try await isIdle(), "it waits for its turn")
            try await store.start(root)
            #expect(try await !isIdle())
            let request = TaskRequest(action: .deployNode, design: site.design, createdBy: "t")
            let parts = [
                try await store.begin(request, parent: root, slot: "a", retry: 0).id,
                try await store.begin(request, parent: root, slot: "b", retry: 0).id,
            ]
            try await wait(parts[0], true)
            #expect(try await !isIdle(), "the other one is at work")
            try await wait(parts[1], false)
            #expect(try await !isIdle(), "it talks to a BMC")
            try await wait(parts[1], true)
            #expect(try await isIdle())
            try await store.dropWaits()
            #expect(try await !isIdle(), "a wait of an earlier process says nothing")
            let others = try await site.daemon.database.read { try DrydockService.isIdle(keyPrefix: "b/", $0) }
            #expect(!others)
        }
    }
}
