import IPMI
import OrderedCollections
import OutOfBand
import Primitives
import Simulator
import Store
import Synchronization
import TestSupport
import Testing

@testable import Drydock

@Suite("The power of nodes in the background", .serialized)
struct PowerSweepTests {
    private static let start = Timestamp(microseconds: 1_000_000_000_000)

    /// What `GET nodes?designed=true` says of a node, once it says so.
    private func node(
        _ name: String, of site: TestSite, _ condition: (NodeOverview) -> Bool
    ) async throws -> NodeOverview {
        let service = await site.daemon.service()
        while true {
            let found = try await service.nodeOverview(committed: 7).first { $0.status.hostname == name }
            if let found, condition(found) { return found }
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    @Test(
        "a node is seen to go off and on, a deployed one that is off is told, and a BMC that falls silent leaves what was seen"
    )
    func sweep() async throws {
        try await TestSite.run(names: ["berth-1"], configure: { $0.sweepInterval = 0.02 }) { site in
            try await site.deploy()
            let machine = try site.machine("berth-1")
            let on = try await node("berth-1", of: site) {
                $0.status.power == .on && $0.drift.map(\.kind) == [.revision]
            }
            #expect(on.drift.map(\.message) == ["was installed with revision 1, the committed one is 7"])
            #expect(on.status.powerObserved != nil && !on.status.isPowerStale && on.status.powerFailure == nil)

            machine.switchOffByHand()
            let off = try await node("berth-1", of: site) { $0.drift.contains { $0.kind == .power } }
            #expect(off.status.power == .off)
            #expect(off.drift.last?.message == "is off, although it is Deployed")

            var faults = BMCFaults()
            faults.silent = true
            try await machine.setBMCFaults(faults)
            let silent = try await node("berth-1", of: site) { $0.status.powerFailure != nil }
            #expect(silent.status.power == .off && silent.status.isPowerStale)
            #expect(!silent.drift.contains { $0.kind == .power }, "nobody knows whether it still is")

            try await machine.setBMCFaults(BMCFaults())
            machine.switchOnByHand()
            let again = try await node("berth-1", of: site) { $0.status.power == .on && $0.status.powerFailure == nil }
            #expect(!again.status.isPowerStale)
        }
    }

    @Test("an account that is refused is tried once, and not again")
    func account() async throws {
        try await TestSite.run(names: ["berth-1"], configure: { $0.sweepInterval = 0.01 }) { site in
            var faults = BMCFaults()
            faults.wrongPassword = true
            let machine = try site.machine("berth-1")
            try await machine.setBMCFaults(faults)
            // A design that machines were worked on with.
            _ = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            // By the task, and by a look.
            while try await machine.bmcStatistics().accountsRefused < 2 {
                try Task.checkCancellation()
                await Task.yield()
            }
            let refused = try await machine.bmcStatistics().accountsRefused
            for _ in 0..<200 { await Task.yield() }
            #expect(try await machine.bmcStatistics().accountsRefused == refused)
        }
    }

    @Test(
        "a password that was changed is told of the node once a task is refused, without a look, and no longer once it is good again",
        arguments: [TaskAction.verifyNodes, .destroyNodes, .prepareNodes])
    func refusedTask(_ action: TaskAction) async throws {
        try await TestSite.run(names: ["berth-1"]) { site in
            if action != .prepareNodes { try await site.deploy() }
            let machine = try site.machine("berth-1")
            var faults = BMCFaults()
            faults.wrongPassword = true
            try await machine.setBMCFaults(faults)
            let task = try await site.daemon.run(action, site.design, nodes: ["berth-1"])
            // Another part of prepare_nodes, which has no node to identify then, succeeds.
            let expected: TaskResult.Status = action == .prepareNodes ? .partialSuccess : .failure
            #expect(task.result.status == expected, "\(site.daemon.lastTree)")
            let refused = try await node("berth-1", of: site) { _ in true }.status
            let failure = refused.powerFailure ?? ""
            #expect(failure.contains("this account"), "\(failure)")
            #expect(refused.isPowerStale)
            let told = try await node("berth-1", of: site) { _ in true }.drift.first { $0.kind == .account }
            #expect(told?.message.hasSuffix("boatyard bmc power status berth-1") == true)
            let service = await site.daemon.service()
            let shown = try await service.nodes().compactMap(\.powerFailure)
            #expect(shown == (action == .prepareNodes ? [] : [failure]))

            try await machine.setBMCFaults(BMCFaults())
            let answer = try await service.askBMC(of: "berth-1", .powerStatus)
            let again = try await node("berth-1", of: site) { _ in true }.status
            #expect(again.powerFailure == nil && !again.isPowerStale)
            #expect(answer["power"]?.stringValue == again.power.rawValue)
            let after = try await node("berth-1", of: site) { _ in true }.drift
            #expect(!after.contains { $0.kind == .account })
        }
    }

    @Test(
        "what a command has told counts at once, and a look that began before it does not; a failure that lasts is known after a restart"
    )
    func commands() async throws {
        try await withTemporaryFolder { folder in
            let database = try Database.open(
                path: folder + "/boatyard.db", migrations: DrydockMigration.all.withoutGaps)
            let store = PowerStore(database: database, now: { Self.start })
            func look(_ power: Machine.Power) -> PowerLook { PowerLook(node: "n1", result: .success(power)) }
            try await store.note([look(.on)])
            let begun = await store.commands
            try await store.heard(.success(.off), of: "n1")
            #expect(try await store.all()["n1"]?.power == .off)
            #expect(try await store.note([look(.on)], after: begun).isEmpty)
            #expect(try await store.all()["n1"]?.power == .off)
            #expect(try await store.note([look(.on)], after: store.commands) == ["n1"])

            let distrust = BoatyardError("bmc.certificate", "BMC 10.0.0.11 is not trusted")
            try await store.heard(.failure(distrust), of: "n1")
            let next = PowerStore(database: database, now: { Self.start.adding(seconds: 60) })
            let known = try #require(try await next.all()["n1"])
            #expect(known.failureCode == "bmc.certificate" && known.failedSince == Self.start && known.power == .on)
            try await next.heard(.failure(distrust), of: "n1")
            #expect(try await next.all()["n1"]?.failedSince == Self.start)
            try await next.forgetLastingFailure(by: "n1")
            let forgotten = try await PowerStore(database: database, now: { Self.start }).all()["n1"]
            #expect(forgotten?.failure == nil && forgotten?.failedSince == nil && forgotten?.power == .on)
            await database.close()
        }
    }

    @Test("the certificate that failed a task is no remedy any more once the BMC is trusted again")
    func trustedAgain() throws {
        let message =
            "BMC https://10.0.0.11 is not trusted. If its certificate was replaced, forget the known one: boatyard bmc forget n1"
        let failed = NodeOverview.Problem(
            task: "1", action: .prepareNodes, message: message, code: "bmc.certificate", updated: Self.start)
        var observation = PowerObservation()
        observation.observed = Self.start.adding(seconds: -1)
        var problem = failed
        problem.take(observation)
        #expect(problem == failed)
        observation.observed = Self.start.adding(seconds: 1)
        observation.failure = message
        problem.take(observation)
        #expect(problem == failed)
        observation.failure = nil
        problem.take(observation)
        #expect(
            problem.message
                == "Its BMC was not trusted, as it showed another certificate; it is by now: run the action again.")
        var other = failed
        other.code = nil
        other.take(observation)
        #expect(other.message == message)
    }

    @Test("what is seen again is kept in memory; what is news is in the database for the next daemon")
    func store() async throws {
        try await withTemporaryFolder { folder in
            let database = try Database.open(
                path: folder + "/boatyard.db", migrations: DrydockMigration.all.withoutGaps)
            let clock = Mutex(Self.start)
            let now: @Sendable () -> Timestamp = { clock.withLock { $0 } }
            func advance(_ seconds: Double) { clock.withLock { $0 = $0.adding(seconds: seconds) } }
            let store = PowerStore(database: database, now: now)
            func look(_ power: Machine.Power, _ firmware: String? = nil) -> PowerLook {
                PowerLook(node: "n1", result: .success(power), firmware: firmware)
            }
            func stored() async throws -> Timestamp? {
                try await PowerStore(database: database, now: now).all()["n1"]?.observed
            }
            #expect(try await store.note([look(.on, "2.40")]) == ["n1"])
            advance(30)
            #expect(try await store.note([look(.on)]).isEmpty)
            #expect(try await store.all()["n1"]?.observed == Self.start.adding(seconds: 30))
            #expect(try await stored() == Self.start)
            advance(600)
            #expect(try await store.note([look(.on)]).isEmpty)
            #expect(try await stored() == Self.start.adding(seconds: 630))

            let failure = PowerLook(node: "n1", result: .failure(.init(message: "silence")))
            #expect(try await store.note([failure]) == ["n1"])
            #expect(try await store.note([failure]).isEmpty)
            #expect(try await store.note([look(.on, "2.52")]) == ["n1"])
            try await store.switched("n1", to: .off)
            let next = try #require(try await PowerStore(database: database, now: now).all()["n1"])
            #expect(next.power == .off && next.wanted == .off && next.failure == nil && next.failedSince == nil)
            #expect(next.formerFirmware == "2.40" && next.firmware == "2.52" && next.firmwareChanged == now())
            try await store.keep([])
            #expect(try await PowerStore(database: database, now: now).all().isEmpty)
            await database.close()
        }
    }

    @Test(
        "what a full database had no room for is known, and is written with what is seen next; a kill loses none of that"
    )
    func fullDatabase() async throws {
        try await withTemporaryFolder { folder in
            let database = try Database.open(
                path: folder + "/boatyard.db", migrations: DrydockMigration.all.withoutGaps)
            let store = PowerStore(database: database, now: { Self.start })
            func look(_ node: String, _ result: Result<Machine.Power, PowerLook.Failure>) -> PowerLook {
                PowerLook(node: node, result: result)
            }
            func afterKill() async throws -> [String: PowerObservation] {
                let killed = try Database.afterKill(in: folder)
                let found = try await PowerStore(database: killed, now: { Self.start }).all()
                await killed.close()
                return found
            }
            try await store.note(["n1", "n2", "n3"].map { look($0, .success(.on)) })
            #expect(try await afterKill().mapValues(\.power) == ["n1": .on, "n2": .on, "n3": .on])

            try await database.fill("drydock_power")
            let changes = [look("n1", .success(.off)), look("n2", .failure(.init(message: "silence")))]
            let seen = await #expect(throws: StoreError.self) { try await store.note(changes) }
            let switched = await #expect(throws: StoreError.self) { try await store.switched("n3", to: .off) }
            #expect(seen?.problem == .full && switched?.problem == .full)
            #expect(try await store.all().mapValues(\.power) == ["n1": .off, "n2": .on, "n3": .off])
            #expect(try await afterKill()["n1"]?.power == .on)

            try await database.freeSpace()
            // Nothing of that is news.
            #expect(try await store.note([look("n1", .success(.off))]).isEmpty)
            let after = try await afterKill()
            #expect(after["n1"]?.power == .off && after["n2"]?.failure == "silence")
            #expect(after["n3"]?.power == .off && after["n3"]?.wanted == .off)
            #expect(try await store.all() == after)
            await database.close()
        }
    }

    @Test("why a BMC refuses an account stands in its drift, also once the account is not tried again")
    func accountReason() throws {
        let reason =
            "BMC 10.0.0.11 derived other session keys: it has probably a BMC key (K_G) of its own; give it as oob.kg"
        let first = BoatyardError("bmc.authentication", "Node n1, power status: \(reason)", kind: .refused)
        let later = BoatyardError(
            "bmc.authentication", "Node n1, power status: BMC 10.0.0.11 has refused this account", kind: .refused,
            cause: BoatyardError("bmc.authentication", reason, kind: .refused))
        for (error, told) in [(first, "power status: \(reason)"), (later, reason)] {
            var seen = PowerObservation()
            seen.take(PowerLook(node: "n1", result: .failure(PowerLook.Failure(error))), at: Self.start)
            let drift = NodeDrift.all(
                of: "n1", .ready, seen, deployed: nil, committed: nil, isAtWork: false, at: Self.start, limit: 600)
            #expect(drift.map(\.kind) == [.account])
            let message = try #require(drift.first?.message)
            #expect(message.contains(": \(told). Once they are right"), "\(message)")
            #expect(message.hasSuffix("boatyard bmc power status n1"))
        }
    }

    @Test("drift is told where it is sure: not while a task works on the node, nor of what was seen too long ago")
    func drift() {
        let time = Self.start
        var seen = PowerObservation(power: .off, observed: time)
        func kinds(
            _ state: MachineState?, _ observation: PowerObservation?, deployed: Int? = nil, committed: Int? = nil,
            isAtWork: Bool = false, later seconds: Double = 0
        ) -> [NodeDrift.Kind] {
            NodeDrift.all(
                of: "n1", state, observation, deployed: deployed, committed: committed, isAtWork: isAtWork,
                at: time.adding(seconds: seconds), limit: 600
            ).map(\.kind)
        }
        #expect(kinds(.deployed, nil, deployed: 3, committed: 3).isEmpty)
        #expect(kinds(.deployed, nil, deployed: 3, committed: 5) == [.revision])
        #expect(kinds(.deployed, nil, deployed: nil, committed: 5).isEmpty)
        #expect(kinds(.deployed, seen) == [.power])
        #expect(kinds(.ready, seen).isEmpty)
        #expect(kinds(.deployed, seen, isAtWork: true).isEmpty)
        #expect(kinds(.deployed, seen, later: 601).isEmpty)
        seen.failure = "silence"
        #expect(kinds(.deployed, seen).isEmpty)
        seen = PowerObservation(power: .on, observed: time)
        #expect(kinds(nil, seen).isEmpty)
        seen.wanted = .off
        #expect(kinds(nil, seen) == [.power])
        #expect(kinds(.deployed, seen).isEmpty)
        seen = PowerObservation(firmware: "2", formerFirmware: "1", firmwareChanged: time)
        #expect(kinds(.ready, seen, later: 6 * 86400) == [.firmware])
        #expect(kinds(.ready, seen, later: 8 * 86400).isEmpty)
        seen = PowerObservation(failure: "refused", failureCode: "bmc.authentication", failedSince: time)
        #expect(kinds(.deployed, seen) == [.account])
        seen.failureCode = "bmc.certificate"
        #expect(kinds(.deployed, seen, isAtWork: true, later: 90 * 86400) == [.certificate])
        seen.failureCode = "bmc.timeout"
        #expect(kinds(.deployed, seen).isEmpty)
    }
}
