import OutOfBand
import Primitives
import SiteDesign
import Store

/// Gets a machine into the installer and through the work that it was given.
extension Orchestrator {
    /// The newest boot of `machine`, if its installer is running.
    ///
    /// An installer that was heard a moment ago may have been switched off since, so the BMC is asked for the power.
    ///
    /// Just after a restart of the daemon no installer could have reached it. Silence counts only after the time in
    /// which an installer asks again.
    func livingBoot(of machine: Machine, _ node: BaremetalNode) async throws -> Boot? {
        let silence = configuration.timeouts.installerSilence
        let started = started
        let hearing = started.adding(seconds: silence)
        let heard = try await notifier.first(
            of: .machine(machine.id), left: { [now] in hearing.seconds(since: now()) }
        ) { [machines, now, started] in
            // A void token: whatever ran there has been sent away.
            guard let boot = try await machines.latestBoot(of: machine.mac) else { return Heard(boot: nil) }
            // In the future it stands by a clock that was set back since.
            let isAlive = boot.seen.map { abs(now().seconds(since: $0)) < silence } ?? false
            if now() >= hearing { return Heard(boot: isAlive ? boot : nil) }
            // What it said before the restart proves nothing.
            return isAlive && boot.seen.map { $0 >= started } == true ? Heard(boot: boot) : nil
        }
        guard let boot = heard?.boot else { return nil }
        let limit = now().adding(seconds: Self.glance)
        do {
            return try await power(of: node, until: limit) == .off ? nil : boot
        } catch {
            try Task.checkCancellation()
            // A BMC that is busy says nothing about the machine.
            return boot
        }
    }

    /// Seconds for a look at the power that nothing depends upon but speed.
    static let glance = 10.0

    private struct Heard: Sendable {
        var boot: Boot?
    }

    /// Sends the machine into the installer where it is not there yet, and waits until its work has ended.
    ///
    /// Once the installer has reported `started` the machine is only waited for: it is never cycled, and no plan is
    /// given out again.
    ///
    /// - Returns: the machine as it then is; nil where it was forgotten.
    func carryThrough(
        _ run: TaskRun, _ node: BaremetalNode, machine: ULID, work: ULID, deadline: Timestamp
    ) async throws -> Machine? {
        var isSentToDisk = false
        var reached: (phase: InstallerPhase?, at: Timestamp) = (nil, now())
        while true {
            guard let present = try await atWork(machine, work) else {
                let ended = try await machines.machine(machine)
                // It was up before its BMC could be told, which may have an image in its drive yet.
                if ended?.state == .deployed, !isSentToDisk { try await sendToDisk(run, node) }
                return ended
            }
            if present.lifecycle.work?.phase == .installed, !isSentToDisk {
                isSentToDisk = true
                try await sendToDisk(run, node)
                continue
            }
            var entry = Entry.waits(
                until: now().adding(seconds: configuration.presentPowerWatch), then: "its power is looked at")
            if present.lifecycle.work?.phase == nil {
                entry = try await bringIntoInstaller(run, node, present, work: work, deadline: deadline)
            }
            guard case .waits(let moment, let then) = entry else {
                // It may have begun while its power was looked at.
                if case .fails(let reason) = entry, try await atWork(machine, work)?.lifecycle.work?.phase == nil {
                    return try await giveUp(machine, reason, isWhole: true)
                }
                continue
            }
            let seen = try await atWork(machine, work)
            let phase = seen?.lifecycle.work?.phase
            if phase != reached.phase { reached = (phase, seen?.updated ?? now()) }
            let patience = min(deadline, moment)
            let moved = try await run.wait(
                for: Self.awaited(node.name, phase), on: .machine(machine), until: patience,
                then: patience < deadline ? then : "the attempt fails", since: reached.at
            ) {
                let now = try await self.machines.machine(machine)
                let isSame = now?.lifecycle.work?.deployment == work && now?.lifecycle.work?.phase == phase
                return isSame && Self.isWorking(now) ? nil : Moved(machine: now)
            }
            if let moved {
                guard moved.machine != nil else { return nil }
                continue
            }
            if now() >= deadline {
                guard let phase else {
                    let reason = try await neverBegun(run, node)
                    // It may have begun while its power was looked at.
                    if try await atWork(machine, work)?.lifecycle.work?.phase != nil { continue }
                    return try await giveUp(machine, reason, isWhole: true)
                }
                let waited = Int(max(0, now().seconds(since: reached.at)))
                return try await giveUp(
                    machine,
                    "nothing was heard of it in time (\(Self.awaited(node.name, phase))): it reported '\(phase.rawValue)' last, "
                        + "\(waited) s ago, and was left on, as its disks may be written to",
                    remedy: Self.look(at: node.name))
            }
            if phase == .installed,
                let reason = await consoles.standstill(
                    of: node.name, since: reached.at, silence: configuration.timeouts.standstill)
            {
                return try await giveUp(
                    machine, "its installed system does not come up: \(reason)",
                    remedy: "Help it there (boatyard console \(node.name) --interactive), or mend its image or design")
            }
            if phase != nil, try await hasLostPower(node) {
                let loss = "lost its power after '\(phase?.rawValue ?? "")'"
                let ended = try await giveUp(
                    machine, "it \(loss)", remedy: "Check its power supply, and who else switches it")
                try await TimelineStore(database: machines.database, now: now).record(
                    .power, "lost", loss, node: node.name)
                return ended
            }
        }
    }

    /// Orders the disk for the boot that follows an installation, as long as an operator looks at the power.
    ///
    /// The agent has put the disk first already, and the boot script goes on to it: a BMC that cannot be told fails
    /// nothing. A node without a BMC is left alone.
    private func sendToDisk(_ run: TaskRun, _ node: BaremetalNode) async throws {
        do {
            guard try !outOfBand.driver(for: node).needsHuman else { return }
            let limit = now().adding(seconds: Self.diskOrder)
            try await run.command(.bootFromDisk, node, deadline: limit, byHand: limit)
        } catch {
            try Task.checkCancellation()
            let reason = error.inWords
            try await run.appendMessage(
                "The BMC of \(node.name) was not told to boot the disk next: \(reason). The machine goes by "
                    + "the order of its firmware.", node: node.name)
        }
    }

    /// Seconds for the order of the disk, which the machine's restart does not wait for.
    private static let diskOrder = 60.0

    private struct Moved: Sendable {
        var machine: Machine?
    }

    private static func isWorking(_ machine: Machine?) -> Bool {
        guard let machine else { return false }
        return [.deploying, .releasing, .diskErasing].contains(machine.state)
    }

    /// What comes next of a machine at work: `the installer of n1 to start`.
    static func awaited(_ node: String, _ phase: InstallerPhase?) -> String {
        switch phase {
        case nil: "the installer of \(node) to start"
        case .installed: "the installed system of \(node) to boot"
        case .erased: "the installation of \(node), whose disks are erased"
        case .some(let phase): "the installer of \(node) to go on after '\(phase.rawValue)'"
        }
    }

    private func atWork(_ machine: ULID, _ work: ULID) async throws -> Machine? {
        guard let present = try await machines.machine(machine), Self.isWorking(present),
            present.lifecycle.work?.deployment == work
        else { return nil }
        return present
    }

    /// - Parameters:
    ///   - reason: why, without a full stop; what was seen of the machine last is added.
    ///   - remedy: what to do, without a full stop.
    ///   - isWhole: whether `reason` says both itself.
    private func giveUp(
        _ machine: ULID, _ reason: String, remedy: String = "", isWhole: Bool = false
    ) async throws -> Machine? {
        do {
            let present = try await machines.machine(machine)
            let timeline = TimelineStore(database: machines.database, now: now)
            let seen = if let mac = present?.mac, !isWhole { try await timeline.last(of: mac) } else { "" }
            let whole = [reason, seen, remedy].filter { !$0.isEmpty }.joined(separator: ". ")
            return try await machines.apply(.expired(whole), to: machine).machine
        } catch is LifecycleError {
            // It ended by itself in the same moment.
            return try await machines.machine(machine)
        }
    }

    /// Why the work of a machine was not begun with when its time was over: what was seen, what was tried, and what to do, without
    /// a full stop.
    private func neverBegun(_ run: TaskRun, _ node: BaremetalNode) async throws -> String {
        let boot = try await networkBoot(run, node, within: configuration.timeouts.installerBoot)
        return try await failure(of: boot, node, awaited: "the start of its work").asClause
    }

    /// What to do about a machine that is silent at its work, without a full stop.
    static func look(at node: String) -> String {
        "Look at its screen or console and at 'boatyard timeline \(node)', then run the action again"
    }

    /// A machine that reboots is off for a moment: only two looks count.
    private func hasLostPower(_ node: BaremetalNode) async throws -> Bool {
        for look in 0..<2 {
            if look > 0 { try await Task.sleep(for: .seconds(configuration.presentPowerWatch / 4)) }
            let limit = now().adding(seconds: configuration.timeouts.drydock)
            do {
                guard try await power(of: node, until: limit) == .off else { return false }
            } catch {
                try Task.checkCancellation()
                // A BMC that is busy says nothing about the machine.
                return false
            }
        }
        try await machines.setPower(.off, node: node.name)
        try await power.note([PowerLook(node: node.name, result: .success(.off))])
        return true
    }

    /// How a machine comes into its installer.
    private enum Entry {
        /// Nothing need be done before `until`.
        case waits(until: Timestamp, then: String)
        /// It does not; why, without a full stop.
        case fails(String)
    }

    /// Leaves an installer that is alive to take the plan, else cycles the machine into a new one.
    private func bringIntoInstaller(
        _ run: TaskRun, _ node: BaremetalNode, _ machine: Machine, work: ULID, deadline: Timestamp
    ) async throws -> Entry {
        let timeouts = configuration.timeouts
        func wait(_ seconds: Double) -> Entry {
            .waits(until: now().adding(seconds: seconds), then: "it is looked whether its installer lives")
        }
        if try await livingBoot(of: machine, node) != nil { return wait(timeouts.installerSilence) }
        while true {
            var boot = try await networkBoot(run, node, within: timeouts.installerBoot)
            if boot.signs.hasArrived {
                // Of one that has come this moment its request is waited for.
                let seen = try await machines.latestBoot(of: machine.mac)?.seen
                if let seen, abs(now().seconds(since: seen)) < timeouts.installerSilence {
                    return wait(timeouts.installerSilence)
                }
                boot.isGone = true
            }
            switch boot.step(at: now()) {
            case .waits(let moment): return .waits(until: moment, then: boot.then(orElse: "the attempt fails"))
            case .fails:
                let reason = try await failure(of: boot, node, awaited: "the start of its installation")
                return .fails(reason.asClause)
            case .order: break
            }
            try await deployments.recordAttempt(work, at: now())
            // Whoever was about to begin with the plan learns from its void token that it must not: power is only cut
            // when nothing is being written.
            let isVoid = try await machines.database.write { connection in
                guard
                    let present = try MachineStore.select(connection, "id = ?", [.text(machine.id.description)]).first,
                    present.lifecycle.work?.phase == nil
                else { return false }
                try MachineStore.voidBoot(of: present.mac, connection)
                return true
            }
            guard isVoid else { return wait(timeouts.installerBoot) }
            try await run.appendMessage("\(node.name) has to boot the installer.", node: node.name)
            try await bootFromNetwork(run, node, boot, deadline: deadline, byHand: deadline)
        }
    }
}
