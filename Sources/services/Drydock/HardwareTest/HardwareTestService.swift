import Installation
import Logging
import MessageCatalog
import Primitives
import SiteDesign

/// Tests the hardware of machines (`docs/reference/drydock.md` §3.35).
struct HardwareTestService: Sendable {
    let marked: MarkedMachines
    let planner: HardwareTestPlanner
    let notifier: Notifier<DrydockTopic>
    let logger: Logger
    /// When this process began to serve machines.
    let started: @Sendable () -> Timestamp

    /// Marks the machine of a node for a test, and lets it boot from the network.
    ///
    /// - Parameters:
    ///   - power: whether the BMC is told; else somebody boots the machine by hand, or its installer waits already.
    ///   - committed: the revision that is committed; nil where there is none.
    /// - Throws: `DrydockError`: `.missing` for an unknown node; `.conflict` where the design does not have it, it has no machine,
    ///   its machine is at work or marked for rescue, or a task is about to give it work; `.unreachable` where the BMC did not do
    ///   what it was told: the mark stays then.
    func begin(
        _ name: String, _ mode: HardwareTestMode, power: Bool, committed: Int?
    ) async throws -> HardwareTestOrder {
        let site = try await marked.newestSite()
        try await marked.requireMachine(of: name, in: site, committed: committed)
        guard let site, let node = site.node(named: name) else {
            throw DrydockError(
                .conflict, "The design that was worked with last has no node \(name) to hold its machine against.")
        }
        let bmc = power ? try marked.bmc(of: name, in: site) : nil
        try await marked.requireNoTask(for: name)
        let id = ULID()
        let (mark, test) = try await marked.machines.beginTest(
            name, id, mode: mode, plan: try planner.plan(id, mode, of: node, in: site),
            expectations: HardwareTestPlanner.expectations(of: node, in: site), task: nil,
            seconds: planner.seconds(mode), power: power)
        logger.notice(
            .testOrdered,
            "\(name): is to be tested (\(mode.rawValue))",
            metadata: ["node": "\(name)", "test": "\(id)", "mode": "\(mode.rawValue)"])
        let orders = try await marked.bootInstaller(name, bmc, for: mark, "marked for a test")
        return HardwareTestOrder(node: name, test: test, messages: orders.messages, needsHuman: orders.needsHuman)
    }

    /// Ends a test that is under way, and lets the machine boot as it would without. One that is overdue may be ended, too, as long
    /// as nothing else was wanted of its machine. The test that a task waits for fails that task, and its machine stays as it is.
    ///
    /// - Throws: `DrydockError`, as the end of a rescue.
    func end(_ name: String, power: Bool, committed: Int?) async throws -> HardwareTestOrder {
        let site = try await marked.newestSite()
        try await marked.requireMachine(of: name, in: site, committed: committed)
        if let ended = try await endForTask(name) { return ended }
        let bmc = power ? try marked.bmc(of: name, in: site) : nil
        let (machine, mark) = try await marked.machines.endMark(name) { mark in
            guard mark?.test != nil else {
                throw DrydockError(.conflict, "\(name) is not marked for a test: there is nothing to end.")
            }
        } record: { machine, time, connection in
            guard let mark = try MachineStore.mark(of: machine.id, connection) else { return }
            try MachineStore.breakOff(mark, of: machine, HardwareTest.endedByOperator, at: time, connection)
        }
        logger.notice(.testEnded, "\(name): an operator has ended its test", metadata: ["node": "\(name)"])
        let orders = try await marked.bootAsBefore(machine, bmc, for: mark, "marked for a test")
        return HardwareTestOrder(
            node: name, test: try await newest(name), messages: orders.messages, needsHuman: orders.needsHuman)
    }

    /// Ends the test of a commissioning that is under way. Its BMC is the task's to tell.
    ///
    /// - Returns: nil where no task waits for a test of the machine.
    /// - Throws: `DrydockError` `.conflict` where the test has ended by itself in the same moment.
    private func endForTask(_ name: String) async throws -> HardwareTestOrder? {
        guard let machine = try await marked.machines.machine(node: name),
            let test = try await marked.machines.test(of: machine.id), test.ended == nil, let id = test.task,
            let task = try await marked.tasks.task(id), !task.isComplete
        else { return nil }
        try await marked.machines.stop(test, HardwareTest.endedByOperator)
        let ended = try await newest(name)
        guard ended.id == test.id, ended.isEndedByOperator else {
            throw DrydockError(
                .conflict,
                "The test of \(name) has ended meanwhile. See what became of it: boatyard test \(name) --show")
        }
        logger.notice(
            .testEnded, "\(name): an operator has ended its test", metadata: ["node": "\(name)", "task": "\(id)"])
        return HardwareTestOrder(
            node: name, test: ended,
            messages: [
                "Drydock task \(id) has commissioned \(name) with this test, and fails now. The machine is left as it is; run "
                    + "the action again to commission it."
            ], needsHuman: false)
    }

    /// In seconds: less than a machine waits for the answer to its report.
    private static let longestOrder = 60.0

    /// Takes the image of the installer out of the drive of a BMC, where the machine of the node was booted from one.
    ///
    /// - Throws: `CancellationError`. A BMC that does not do it is told in the log alone: the test has ended none the less.
    func takeOutImage(of name: String) async throws {
        do {
            try await marked.takeOutImage(of: name, within: Self.longestOrder)
        } catch {
            try Task.checkCancellation()
            logger.warning(
                .testImageLeft,
                "\(name): the image of the installer was not taken out of the drive of its BMC after the test",
                metadata: ["node": "\(name)", "error": "\(error.inWords)"])
        }
    }

    /// - Throws: `DrydockError` `.missing` for a node without a machine, and for a machine that was never tested.
    func newest(_ name: String) async throws -> HardwareTest {
        guard let machine = try await marked.machines.machine(node: name) else {
            throw DrydockError(
                .missing, "No machine has come forward as '\(name)'; boatyard get nodes lists the nodes that have one.")
        }
        guard let test = try await marked.machines.test(of: machine.id) else {
            throw DrydockError(.missing, "The machine of \(name) was not tested yet: boatyard test \(name)")
        }
        return test
    }

    /// The newest test of a node once it has ended, or as it is after `seconds`.
    func awaitNewest(_ name: String, within seconds: Double) async throws -> HardwareTest {
        let deadline = marked.now().adding(seconds: seconds)
        let ended = try await notifier.first(
            of: .node(name), left: { [now = marked.now] in deadline.seconds(since: now()) }
        ) {
            let test = try await newest(name)
            return test.ended == nil ? nil : test
        }
        if let ended { return ended }
        return try await newest(name)
    }

    /// Tells which tests are overdue, until it is cancelled. After a restart of the daemon machines have time to reach it. A disk
    /// that is full or fails is tried again, and so is a test that cannot be read or written, without keeping others from it.
    ///
    /// - Throws: `CancellationError`; `StoreError` for a database that is damaged.
    func watch() async throws {
        while true {
            let seen = notifier.count
            var nearest = 86_400.0
            do {
                for test in try await marked.machines.openTests() {
                    let deadline = test.deadline(after: started(), grace: planner.timeouts.resumeGrace)
                    let left = deadline.seconds(since: marked.now())
                    if left > 0 {
                        nearest = min(nearest, left)
                        continue
                    }
                    do { try await expire(test) } catch {
                        try postpone(error)
                        nearest = min(nearest, Self.pause)
                    }
                }
            } catch {
                try postpone(error)
                nearest = Self.pause
            }
            try await notifier.wait(for: .tests, after: seen, atMost: nearest)
        }
    }

    /// In seconds: until a disk is tried again.
    private static let pause = 30.0

    /// - Throws: `error` where the next look would not help.
    private func postpone(_ error: any Error) throws {
        try Task.checkCancellation()
        if error.isOfDamage { throw error }
        logger.warning(.testsNotWatched, "overdue tests cannot be told now", metadata: ["error": "\(error.inWords)"])
    }

    private func expire(_ test: HardwareTest) async throws {
        let machines = marked.machines
        guard let machine = try await machines.machine(test.machine) else { return }
        let seen = try await TimelineStore(database: machines.database, now: marked.now).last(of: machine.mac)
        guard try await machines.expire(test, seen: seen) else { return }
        logger.warning(
            .testOverdue,
            "\(machine.node ?? "a machine"): has not come back from its test",
            metadata: ["node": "\(machine.node ?? "none")", "test": "\(test.id)", "seen": "\(seen)"])
    }
}

/// Tests of machines' hardware, as operators ask for them.
extension DrydockService {
    /// Marks the machine of a node for a test of its hardware: it boots the installer, tests itself, and boots as it did before. Its
    /// node stays in its state.
    ///
    /// - Parameters:
    ///   - isFull: whether all free memory is tested, and many places of each disk.
    ///   - power: whether its BMC boots it from the network now.
    ///   - committed: the revision that is committed; nil where there is none.
    /// - Throws: `DrydockError`: `.missing`, `.conflict`, `.unreachable` for the BMC.
    package func beginTest(
        node: String, isFull: Bool, power: Bool, committed: Int? = nil
    ) async throws -> HardwareTestOrder {
        try await hardwareTests.begin(node, isFull ? .full : .quick, power: power, committed: committed)
    }

    /// Ends a test that is under way or overdue.
    ///
    /// - Parameters:
    ///   - power: whether its BMC boots it from its disk now, or from the network where nothing is installed.
    ///   - committed: the revision that is committed; nil where there is none.
    /// - Throws: `DrydockError`: `.missing`, `.conflict`, `.unreachable` for the BMC.
    package func endTest(node: String, power: Bool, committed: Int? = nil) async throws -> HardwareTestOrder {
        try await hardwareTests.end(node, power: power, committed: committed)
    }

    /// The newest test of a node's machine once it has ended, or as it is after so many seconds.
    ///
    /// - Throws: `DrydockError` `.missing` where there is none.
    package func hardwareTest(node: String, within seconds: Double) async throws -> HardwareTest {
        try await hardwareTests.awaitNewest(node, within: seconds)
    }
}
