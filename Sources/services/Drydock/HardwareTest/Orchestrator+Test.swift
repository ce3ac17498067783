import Installation
import OutOfBand
import Primitives
import SiteDesign

/// Tests of hardware while a machine is commissioned (`docs/reference/drydock.md` §13).
extension Orchestrator {
    /// Has the machine tested where the design asks for that, unless it has passed such a test already, with the same
    /// expectations.
    ///
    /// - Throws: `DrydockError` `.failed` where it does not pass; `.unreachable` where nothing is heard of it in time.
    func testHardware(_ run: TaskRun, _ node: BaremetalNode, _ machine: ULID) async throws {
        guard let mode = HardwareExpectations.mode(of: node),
            let present = try await machines.machine(machine), present.state == .ready
        else { return }
        let expectations = HardwareTestPlanner.expectations(of: node, in: try await site(of: run))
        var test = try await machines.test(of: machine)
        if let test, test.shows(mode, expectations) {
            return try await run.appendMessage(
                "\(node.name) has passed its hardware test: \(test.findings.summary).", node: node.name)
        }
        if let test, test.outcome == .failed, try await isOfEarlierTry(test, run) {
            return try await judge(run, node, machine, test)
        }
        // The installer that waits is not started anew.
        if let driver = try? outOfBand.driver(for: node) { await consoles.goesOn(node.name, driver) }
        // One that this task has begun before the daemon was restarted is gone on with.
        if test?.task != run.task.id || test?.outcome == .stopped && test?.isEndedByOperator != true {
            test = try await beginTest(run, node, present, mode, expectations)
        }
        guard let test else { return }
        let (ended, reason) = try await awaitEnd(of: test, run, node, present)
        try await judge(run, node, machine, ended, reason: reason)
    }

    /// What an operator has ended in an earlier try of the same task is not begun again, and its machine is not booted again.
    ///
    /// - Throws: `DrydockError` `.failed`.
    func requireNotEnded(_ run: TaskRun, _ node: BaremetalNode, _ machine: ULID) async throws {
        guard let test = try await machines.test(of: machine), test.isEndedByOperator,
            try await isOfEarlierTry(test, run)
        else { return }
        try await judge(run, node, machine, test)
    }

    /// Hardware does not get better by another try.
    private func isOfEarlierTry(_ test: HardwareTest, _ run: TaskRun) async throws -> Bool {
        guard run.task.retry > 0, let parent = run.task.parent else { return false }
        return try await tasks.children(of: parent).contains { $0.id == test.task }
    }

    /// Has the machine boot the installer, unless one lives that takes the plan, and waits until the test has ended.
    ///
    /// - Returns: the test as it then is, and why it is not waited for any longer; nil where its time is over.
    private func awaitEnd(
        of test: HardwareTest, _ run: TaskRun, _ node: BaremetalNode, _ machine: Machine
    ) async throws -> (test: HardwareTest, reason: String?) {
        let failure = "commissioning fails"
        let deadline = test.deadline(after: started, grace: configuration.timeouts.resumeGrace)
        while true {
            var moment = deadline
            var then = failure
            if now() < deadline, try await !signs(of: node, since: test.since).isHeard {
                var boot = try await networkBoot(run, node, within: test.deadline.seconds(since: test.since))
                // What was heard after an order is from before the test: it was not given for that.
                let isForTest = boot.orders > 0 && !boot.signs.isHeard
                if !isForTest { boot.orders = 0 }
                if !isForTest, try await livingBoot(of: machine, node) != nil {
                    moment = now().adding(seconds: configuration.timeouts.installerSilence)
                    then = "it is looked whether its installer lives"
                } else {
                    switch boot.step(at: now()) {
                    case .order:
                        do {
                            try await bootFromNetwork(run, node, boot, deadline: deadline, byHand: deadline)
                        } catch {
                            try Task.checkCancellation()
                            if let error = error as? any TypedError, error.isOfDisk { throw error }
                            try await machines.stop(test, error.inWords.asClause)
                            return (try await current(test), nil)
                        }
                        continue
                    case .waits(let until): (moment, then) = (until, boot.then(orElse: failure))
                    case .fails:
                        return (
                            test, try await self.failure(of: boot, node, awaited: "the report of its hardware test")
                        )
                    }
                }
            }
            let ended = try await run.wait(
                for: "the hardware test of \(node.name)", on: .machine(machine.id), until: min(moment, deadline),
                then: moment < deadline ? then : failure
            ) { () -> HardwareTest? in
                guard let now = try await self.machines.test(of: machine.id), now.id == test.id else {
                    return try await self.forgotten(test)
                }
                return now.ended == nil ? nil : now
            }
            if let ended { return (ended, nil) }
            if now() >= deadline { return (test, nil) }
        }
    }

    /// The test as it is now; as it was where its machine has another one, or none.
    private func current(_ test: HardwareTest) async throws -> HardwareTest {
        guard let present = try await machines.test(of: test.machine), present.id == test.id else { return test }
        return present
    }

    /// A test that its machine does not have any more, as one that was stopped.
    private func forgotten(_ test: HardwareTest) async throws -> HardwareTest {
        var stopped = test
        stopped.ended = now()
        stopped.outcome = .stopped
        if try await machines.test(of: test.machine) != nil {
            stopped.reason = "another test is wanted"
        } else if try await machines.machine(test.machine) != nil {
            stopped.reason = "another machine is claimed for its node"
        } else {
            stopped.reason = "its machine is forgotten"
        }
        return stopped
    }

    /// A test of which nothing was heard in time, ended; unless a report has come in the same moment, which counts then.
    private func expired(_ test: HardwareTest) async throws -> HardwareTest {
        guard test.ended == nil else { return test }
        let mac = try await machines.machine(test.machine)?.mac
        let seen =
            if let mac { try await TimelineStore(database: machines.database, now: now).last(of: mac) } else { "" }
        _ = try await machines.expire(test, seen: seen)
        return try await current(test)
    }

    private func beginTest(
        _ run: TaskRun, _ node: BaremetalNode, _ machine: Machine, _ mode: HardwareTestMode, _ expectations: String
    ) async throws -> HardwareTest {
        let site = try await site(of: run)
        let planner = HardwareTestPlanner(timeouts: configuration.timeouts)
        let id = ULID()
        // The installer that has sent the inventory mostly still waits.
        let isWaiting = try await livingBoot(of: machine, node) != nil
        let (_, test) = try await machines.beginTest(
            node.name, id, mode: mode, plan: try planner.plan(id, mode, of: node, in: site), expectations: expectations,
            task: run.task.id, seconds: planner.seconds(mode), power: !isWaiting)
        try await run.appendMessage(
            "The hardware of \(node.name) is tested (\(mode.rawValue)), as the design says.", node: node.name)
        return test
    }

    /// What was seen of a machine that did not report its test in time, what was tried, and what to do.
    private func overdue(_ test: HardwareTest, _ run: TaskRun, _ node: BaremetalNode) async throws -> String {
        let seconds = Int(exactly: test.deadline.seconds(since: test.since).rounded()) ?? 0
        let boot = try await networkBoot(run, node, within: Double(seconds))
        let tried = boot.orders > 0 ? boot.deed : "its installer was there already, and was not started anew"
        return "\(node.name) did not come back from its hardware test within \(seconds) s: \(tried)."
            + (test.reason.isEmpty ? "" : " \(test.reason).")
            + " \(Self.look(at: node.name)). \(HardwareTest.oldInstaller)"
    }

    /// How many findings become messages of a task: a machine may report thousands.
    private static let toldFindings = 16

    /// - Parameters:
    ///   - test: where it has not ended, its time is over.
    ///   - reason: why it is not waited for any longer; nil where it has ended or its time is over.
    func judge(
        _ run: TaskRun, _ node: BaremetalNode, _ machine: ULID, _ test: HardwareTest, reason: String? = nil
    ) async throws {
        let test = try await expired(test)
        switch test.outcome {
        case .passed, .failed: break
        case nil, .overdue:
            if let reason { throw try await rejection(of: machine, .unreachable, reason) }
            throw try await rejection(of: machine, .unreachable, try await overdue(test, run, node))
        case .stopped:
            throw try await rejection(
                of: machine, .failed, "The hardware test of \(node.name) was stopped: \(test.reason).")
        }
        try await tell(test.findings, run, node)
        guard test.outcome == .passed else {
            throw try await rejection(
                of: machine, .failed,
                "\(node.name) did not pass its hardware test: \(test.findings.summary). \(Self.named(test.findings)) "
                    + "'boatyard test \(node.name) --show' lists all.")
        }
        try await run.appendMessage(
            "\(node.name) has passed its hardware test: \(test.findings.summary).", node: node.name)
    }

    /// How many errors the reason of a failure names: a list of nodes, an action and the report of a rehearsal show it.
    private static let namedErrors = 3
    /// Of one of them, in characters.
    private static let longestError = 400

    /// `eno2: neighbour: hears switch-3 Ethernet8, the design says switch-3 Ethernet7. Swap the cables. And 2 more errors.`
    private static func named(_ findings: [HardwareFinding]) -> String {
        let errors = findings.filter { $0.result == .error }.map(\.sentence)
        let more = errors.count - namedErrors
        return
            (errors.prefix(namedErrors).map {
                $0.count > longestError ? $0.prefix(longestError) + "…" : $0
            } + (more > 0 ? ["And \(more) more \(more == 1 ? "error" : "errors")."] : [])).joined(separator: " ")
    }

    /// Makes messages of errors and warnings, the errors first.
    private func tell(_ findings: [HardwareFinding], _ run: TaskRun, _ node: BaremetalNode) async throws {
        let told = findings.filter { $0.result == .error } + findings.filter { $0.result == .warning }
        for finding in told.prefix(Self.toldFindings) {
            try await run.appendMessage(
                "\(node.name): \(finding.sentence)", isError: finding.result == .error, node: node.name)
        }
        let rest = told.dropFirst(Self.toldFindings)
        guard let next = rest.first else { return }
        try await run.appendMessage(
            "\(node.name): and \(rest.count) more. List them with: boatyard test \(node.name) --show",
            isError: next.result == .error, node: node.name)
    }

    /// The machine is not trusted: from now on it is Failed commissioning.
    private func rejection(of machine: ULID, _ kind: ErrorKind, _ message: String) async throws -> DrydockError {
        do {
            try await machines.apply(.rejected(message), to: machine)
        } catch is LifecycleError {
            // It was given other work meanwhile.
        } catch let error as DrydockError where error.kind == .missing {
            // It is forgotten.
        }
        return DrydockError(kind, message)
    }
}
