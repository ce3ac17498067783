import Cryptography
import Logging
import MessageCatalog
import OrderedCollections
import Primitives
import Store
import TestSupport
import Testing

@testable import Drydock

@Suite("A machine at work that no task deals with", .serialized)
struct MachineWatchdogTests {
    private func watchdog(_ service: DrydockService, _ log: RecordedLog, at time: Timestamp) -> MachineWatchdog {
        MachineWatchdog(
            tasks: service.taskStore, machines: service.machineStore,
            reservations: service.orchestrator.reservations, timeouts: TestDaemon.shortTimeouts(), logger: log.logger,
            now: { time })
    }

    @Test("is over once it has been at the same point for too long; what is heard of it begins the time anew")
    func watch() {
        var watch = SilenceWatch(grace: 30)
        let (machine, deployment) = (ULID(), ULID())
        func sight(_ phase: InstallerPhase?, age: Double = 0) -> [SilenceWatch.Sight: Double] {
            let work = MachineWork(deployment: deployment, phase: phase)
            return [.init(machine: machine, node: "n1", work: work, limit: 100): age]
        }
        #expect(watch.overdue(sight(nil), at: 1000).isEmpty)
        #expect(watch.overdue(sight(nil), at: 1099).isEmpty)
        #expect(watch.overdue(sight(.started), at: 1100).isEmpty)
        #expect(watch.overdue(sight(.started), at: 1199).isEmpty)
        #expect(watch.overdue(sight(.started), at: 1200) == Set(sight(.started).keys))
        // A task dealt with it meanwhile.
        #expect(watch.overdue([:], at: 1201).isEmpty)
        #expect(watch.overdue(sight(.started), at: 1202).isEmpty)
    }

    @Test(
        "keeps its time over a restart, but for what is left to a machine that could not reach the daemon",
        arguments: [(60.0, 40.0), (99, 30), (5000, 30), (-5000, 100)])
    func restart(age: Double, left: Double) {
        var watch = SilenceWatch(grace: 30)
        let work = MachineWork(deployment: ULID(), phase: .started)
        let sight = SilenceWatch.Sight(machine: ULID(), node: "n1", work: work, limit: 100)
        #expect(watch.overdue([sight: age], at: 7).isEmpty)
        // The age counts where it is first seen; the clock may be set meanwhile.
        #expect(watch.overdue([sight: 0], at: 7 + left - 0.5).isEmpty)
        #expect(watch.overdue([sight: 0], at: 7 + left) == [sight])
    }

    @Test("is forgotten after that time where it was erased to be installed")
    func erased() async throws {
        try await TestSite.run(names: ["berth-1"]) { site in
            try await site.deploy()
            _ = try await site.daemon.run(.destroyNodes, site.design, nodes: ["berth-1"], keepsInstaller: true)
            let service = await site.daemon.service()
            let machine = try #require(try await service.machineStore.machine(node: "berth-1"))
            #expect(
                try await service.taskStore.unattended() == [
                    "berth-1": "the installation of berth-1, whose disks are erased"
                ])
            while service.orchestrator.reservations.isReserved("berth-1") {
                try Task.checkCancellation()
                await Task.yield()
            }
            let dog = watchdog(service, RecordedLog(), at: machine.updated)
            var watch = SilenceWatch(grace: 1)
            try await dog.look(&watch, at: 0)
            let limit = TestDaemon.shortTimeouts().destroyNode
            try await dog.look(&watch, at: limit - 1)
            #expect(try await service.machineStore.machine(node: "berth-1") != nil)
            try await dog.look(&watch, at: limit)
            #expect(try await service.machineStore.machine(node: "berth-1") == nil)
        }
    }

    @Test("of which the work cannot be ended keeps no other one from its end")
    func refusedEnd() async throws {
        let names = ["berth-1", "berth-2"]
        try await TestSite.run(names: names) { site in
            for action in [TaskAction.prepareNodes, .deployNodes] {
                let task = try await site.daemon.run(action, site.design, nodes: names)
                #expect(task.result.successes.count == 2, "\(site.daemon.lastTree)")
            }
            _ = try await site.daemon.run(.destroyNodes, site.design, nodes: names, keepsInstaller: true)
            let service = await site.daemon.service()
            while names.contains(where: { service.orchestrator.reservations.isReserved($0) }) {
                try Task.checkCancellation()
                await Task.yield()
            }
            try await site.daemon.database.write {
                try $0.execute(
                    """
                    CREATE TRIGGER refused BEFORE DELETE ON drydock_machines WHEN old.node = 'berth-1'
                        BEGIN SELECT raise(ABORT, 'refused by a rule'); END
                    """)
            }
            let log = RecordedLog()
            let present = try #require(try await service.machineStore.machine(node: "berth-2"))
            let dog = watchdog(service, log, at: present.updated)
            var watch = SilenceWatch(grace: 1)
            try await dog.look(&watch, at: 0)
            try await dog.look(&watch, at: TestDaemon.shortTimeouts().destroyNode * 2)
            #expect(try await service.machineStore.machine(node: "berth-1") != nil)
            #expect(try await service.machineStore.machine(node: "berth-2") == nil)
            let complaints = log.events.filter { $0.entry == .machinesNotWatched }.map(\.line)
            #expect(complaints.count == 1 && complaints[0].contains("refused by a rule"), "\(complaints)")
        }
    }

    @Test("is looked at whatever rows of other machines and tasks cannot be read, which is told once with a remedy")
    func unreadable() async throws {
        let names = ["berth-1", "berth-2"]
        try await TestSite.run(names: names) { site in
            for action in [TaskAction.prepareNodes, .deployNodes] {
                let task = try await site.daemon.run(action, site.design, nodes: names)
                #expect(task.result.successes.count == 2, "\(site.daemon.lastTree)")
            }
            _ = try await site.daemon.run(.destroyNodes, site.design, nodes: names, keepsInstaller: true)
            let service = await site.daemon.service()
            while names.contains(where: { service.orchestrator.reservations.isReserved($0) }) {
                try Task.checkCancellation()
                await Task.yield()
            }
            let present = try #require(try await service.machineStore.machine(node: "berth-2"))
            try await site.daemon.database.write {
                try $0.execute("UPDATE drydock_machines SET intent = 'newer' WHERE node = 'berth-1'")
                // What an earlier task of both has come to, and one of a newer version that is carried out.
                try $0.execute(
                    "UPDATE drydock_tasks SET failures = '{' WHERE parent IS NULL AND action = 'deploy_nodes'")
                try $0.execute(
                    """
                    UPDATE drydock_tasks SET status = 'running', node_filter = '{', waiting_for = '["a", 1, 2, "b"]'
                        WHERE id = (SELECT id FROM drydock_tasks WHERE parent IS NOT NULL AND action = 'deploy_node' LIMIT 1)
                    """)
            }
            let log = RecordedLog()
            let unreadable = UnreadableRows(log.logger)
            let tasks = TaskStore(
                database: site.daemon.database, vault: service.taskStore.vault, notifier: service.taskStore.notifier,
                listener: service.taskStore.listener, now: service.taskStore.now, unreadable: unreadable)
            let machines = MachineStore(
                database: site.daemon.database, notifier: service.machineStore.notifier,
                now: service.machineStore.now, unreadable: unreadable)
            let dog = MachineWatchdog(
                tasks: tasks, machines: machines, reservations: service.orchestrator.reservations,
                timeouts: TestDaemon.shortTimeouts(), logger: log.logger, now: { present.updated })
            var watch = SilenceWatch(grace: 1)
            for time in [0, 1, TestDaemon.shortTimeouts().destroyNode * 2] { try await dog.look(&watch, at: time) }
            #expect(try await machines.machine(node: "berth-2") == nil)
            #expect(try await tasks.waits().isEmpty)
            #expect(try await tasks.problems().isEmpty)
            #expect(try await machines.all().isEmpty)
            let told = log.events.filter { $0.entry == .rowNotRead }
            #expect(told.count == 3 && told.allSatisfy { $0.level == .error }, "\(told.map(\.line))")
            let machine = try #require(told.map(\.message).first { $0.hasPrefix("machine ") })
            #expect(
                machine.contains("(berth-1) in the database cannot be read, and is left out: the intent of machine ")
                    && machine.contains(
                        "cannot be 'newer'. Start the version of Boatyard that wrote it, or restore a backup"),
                "\(machine)")

            // What operators and programs look at.
            let overview = try await service.nodeOverview()
            #expect(Set(overview.map(\.status.hostname)).isSuperset(of: names))
            #expect(try await service.siteNodes(design: nil).count == overview.count)
            #expect(try await service.unknownMachines().isEmpty)
            // What is asked of that machine alone says why it fails.
            let error = await #expect(throws: DrydockError.self) {
                try await service.machineStore.machine(node: "berth-1")
            }
            #expect(error?.message.contains("cannot be 'newer'") == true)
        }
    }

    @Test("fails with the reason after the time that a task would have waited")
    func expiry() async throws {
        try await TestSite.run(
            names: ["berth-1"], faults: ["berth-1": .init(losesPowerAfter: .image)],
            configure: { $0.timeouts.powerWatch = 3600 }
        ) { site in
            _ = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            let service = await site.daemon.service()
            let filter: Value = [
                "filter_set_type": "union", "filter_set": [["filter_type": "union", "node_names": ["berth-1"]]],
            ]
            _ = try await service.createTask(
                TaskRequest(
                    action: .deployNodes, design: site.design, nodeFilter: filter, createdBy: "tester", key: "a/1"))
            func machine() async throws -> Machine? {
                try await service.machineStore.machine(node: "berth-1")
            }
            while try await machine()?.lifecycle.work?.phase != .partitioned {
                try Task.checkCancellation()
                await Task.yield()
            }
            try await service.terminateTasks(keyPrefix: "a/", reason: "It is not wanted any more.")
            while try await service.taskStore.unattended().isEmpty {
                try Task.checkCancellation()
                await Task.yield()
            }
            // The task gives its node back a moment after it has ended.
            while service.orchestrator.reservations.isReserved("berth-1") {
                try Task.checkCancellation()
                await Task.yield()
            }
            let updated = try #require(try await machine()).updated
            let dog = MachineWatchdog(
                tasks: service.taskStore, machines: service.machineStore,
                reservations: service.orchestrator.reservations,
                timeouts: TestDaemon.shortTimeouts(), logger: RecordedLog().logger,
                now: { updated })
            var watch = SilenceWatch(grace: 300)
            try await dog.look(&watch, at: 0)
            try await dog.look(&watch, at: 2699)
            #expect(try await machine()?.state == .deploying)
            // A task has its node: it looks for itself.
            #expect(service.orchestrator.reservations.take("berth-1", forOrder: "task") == nil)
            try await dog.look(&watch, at: 2700)
            service.orchestrator.reservations.release("task")
            #expect(try await machine()?.state == .deploying)
            try await dog.look(&watch, at: 2700)
            let ended = try await machine()
            #expect(ended?.state == .failedDeployment)
            #expect(
                ended?.lifecycle.reason
                    == "no task deals with it, and nothing was heard of it for 2700 s after it has reported 'partitioned'. "
                    + "Look at its screen or console and at 'boatyard timeline berth-1', then run the action again"
            )
        }
    }
}
