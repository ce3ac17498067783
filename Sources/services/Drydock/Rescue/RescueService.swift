import Logging
import OutOfBand
import Primitives
import SiteDesign

/// Boots machines into the installer for somebody to log in to, and back (`docs/reference/drydock.md` §3.34).
///
/// A mark is stored before the BMC is told; whoever gets no answer may ask again.
struct RescueService: Sendable {
    let machines: MachineStore
    let tasks: TaskStore
    let designs: DesignLibrary
    let outOfBand: any OutOfBandDrivers
    /// In seconds: for the orders to a BMC.
    let timeout: Double
    let logger: Logger
    let now: @Sendable () -> Timestamp

    /// In seconds: clients wait three minutes for an answer.
    private static let longestWait = 150.0
    /// Tasks that change what machines boot.
    private static let working: Set<TaskAction> = [.prepareNodes, .deployNodes, .destroyNodes]

    /// Marks the machine of a node for rescue, and lets it boot from the network.
    ///
    /// - Parameter power: whether the BMC is told; else somebody boots the machine by hand.
    /// - Throws: `DrydockError`: `.missing` for an unknown node; `.conflict` where nobody could log in, the node has no machine,
    ///   its machine is at work or a task is about to give it work; `.unreachable` where the BMC did not do what it was told: the
    ///   mark stays then.
    func begin(_ node: String, power: Bool) async throws -> RescueOutcome {
        let site = try await newestSite()
        try await requireMachine(of: node, in: site)
        let keys = Self.keys(of: site)
        guard !keys.isEmpty else {
            throw DrydockError(
                .conflict,
                "Nobody could log in to \(node): the Region of the design has no 'authorized_keys'. Commit a design that has "
                    + "some, and let an action run with it.")
        }
        let bmc = power ? try bmc(of: node, in: site) : nil
        try await requireNoTask(for: node)
        let rescue = try await machines.beginRescue(node, keys: keys, power: power)
        logger.notice("a machine is marked for rescue", metadata: ["node": "\(node)", "keys": "\(keys.count)"])
        var outcome = RescueOutcome(
            node: node, since: rescue.since, keyCount: keys.count, messages: [], needsHuman: false)
        guard let bmc, !bmc.driver.needsHuman else {
            outcome.messages = [
                "Please set the next boot of node \(node) to the network and switch it off and on\(Self.reason(bmc))."
            ]
            outcome.needsHuman = true
            return outcome
        }
        outcome.messages = try await give(
            [.bootFromNetwork, .powerCycle], bmc, for: rescue,
            orElse:
                "\(node) is marked for rescue, but its BMC did not do what it was told. Set its next boot to the network and "
                + "switch it off and on by hand, or ask again")
        return outcome
    }

    /// Ends the rescue of a node's machine, and lets it boot as it would without.
    ///
    /// - Parameter power: whether the BMC is told; else somebody restarts the machine.
    /// - Throws: `DrydockError`: `.missing` for an unknown node; `.conflict` where it is not marked or its machine is at work;
    ///   `.unreachable` where the BMC did not do what it was told: the same may be asked again then.
    func end(_ node: String, power: Bool) async throws -> RescueOutcome {
        let site = try await newestSite()
        try await requireMachine(of: node, in: site)
        let bmc = power ? try bmc(of: node, in: site) : nil
        let (machine, rescue) = try await machines.endRescue(node)
        logger.notice("a rescue has ended", metadata: ["node": "\(node)"])
        // Without a system on its disk a machine goes back to where it waits.
        let isInstalled = machine.lifecycle.intent == .local
        var outcome = RescueOutcome(node: node, since: nil, keyCount: 0, messages: [], needsHuman: false)
        guard let bmc, !bmc.driver.needsHuman else {
            try await machines.forget(rescue)
            outcome.messages = [
                "Please set the next boot of node \(node) to the \(isInstalled ? "disk" : "network") and switch it off and "
                    + "on\(Self.reason(bmc))."
            ]
            outcome.needsHuman = true
            return outcome
        }
        outcome.messages = try await give(
            [isInstalled ? .bootFromDisk : .bootFromNetwork, .powerCycle], bmc, for: rescue,
            orElse:
                "\(node) is not marked for rescue any more, but its BMC did not do what it was told. Switch it off and on by "
                + "hand, or ask again")
        try await machines.forget(rescue)
        return outcome
    }

    private struct BMC: Sendable {
        var node: BaremetalNode
        var driver: any OutOfBandDriver
    }

    private static func reason(_ bmc: BMC?) -> String { bmc == nil ? "" : ": it has no BMC" }

    static func noMachine(_ node: String) -> DrydockError {
        DrydockError(
            .conflict,
            "\(node) has no machine that could be marked: none has come forward as \(node). Deploy the site with it, or set its next "
                + "boot to the network and switch it off and on by hand; once it has sent its inventory, ask again."
        )
    }

    /// The design that machines were worked on with last; nil before the first.
    ///
    /// - Throws: `DrydockError` `.conflict` where it cannot be read now.
    private func newestSite() async throws -> EffectiveSite? {
        guard let design = try await tasks.newestWorkedDesign() else { return nil }
        do {
            return try await designs.compiled(design.reveal()).site
        } catch {
            try Task.checkCancellation()
            throw DrydockError(
                .conflict,
                "The design that machines were worked on with last, \(design), cannot be read: \(error.inWords)")
        }
    }

    private func requireMachine(of node: String, in site: EffectiveSite?) async throws {
        guard try await machines.machine(node: node) == nil else { return }
        guard site?.node(named: node) != nil else {
            throw DrydockError(.missing, "There is no node '\(node)': boatyard get nodes lists them.")
        }
        throw Self.noMachine(node)
    }

    /// The keys of the site, a line each, as the plans of installations have them.
    private static func keys(of site: EffectiveSite?) -> [String] {
        (site?.region?.authorizedKeys ?? []).flatMap { text in
            text.split(whereSeparator: \.isNewline).map { line in
                String(line.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
            }
        }.filter { !$0.isEmpty && !$0.hasPrefix("#") }
    }

    private func bmc(of name: String, in site: EffectiveSite?) throws -> BMC {
        let byHand = "Ask again without the power, and restart the machine by hand"
        guard let node = site?.node(named: name) else {
            throw DrydockError(
                .conflict,
                "The design that was worked with last has no node \(name), which would tell its BMC. \(byHand).")
        }
        do {
            return BMC(node: node, driver: try outOfBand.driver(for: node))
        } catch {
            throw DrydockError(.conflict, "\(error.message). \(byHand).")
        }
    }

    /// Also of a task that waits for its turn: it would find another machine than it was made for.
    private func requireNoTask(for node: String) async throws {
        for task in try await tasks.open() where Self.working.contains(task.action) {
            let site = try? await designs.compiled(tasks.design(of: task.id).reveal()).site
            if let site, let names = try? NodeFilter.names(task.nodeFilter, in: site), !names.contains(node) {
                continue
            }
            throw DrydockError(
                .conflict,
                "Drydock task \(task.id) (\(task.action.rawValue)) is for \(node), too, and has not ended. Wait until it has, or "
                    + "stop its action, then ask again.")
        }
    }

    /// Gives orders one after another, as long as `rescue` stands for what the operators want.
    ///
    /// - Parameter words: for an order that fails.
    /// - Returns: what came of each.
    private func give(
        _ orders: [BMCOrder], _ bmc: BMC, for rescue: Rescue, orElse words: String
    ) async throws -> [String] {
        let deadline = now().adding(seconds: min(timeout, Self.longestWait))
        let timeline = TimelineStore(database: machines.database, now: now)
        let name = bmc.node.name
        let mode = try await machines.bootMode(node: name)
        // A client that goes away must not leave its machine switched off.
        let work = Task {
            var messages: [String] = []
            for order in orders {
                guard try await machines.isCurrent(rescue) else {
                    throw DrydockError(
                        .conflict,
                        "Somebody else has asked for \(name) meanwhile, or a task has given it work: its BMC is told nothing "
                            + "more.")
                }
                if order == .powerCycle { try await machines.notePowered(name) }
                let outcome: OutOfBandOutcome
                do {
                    outcome = try await order.give(to: bmc.driver, mode, until: deadline)
                } catch let error as BoatyardError {
                    throw DrydockError(.unreachable, "\(words): \(error.message)")
                }
                if order == .powerCycle { try await machines.notePowered(name) }
                try await timeline.record(.power, order.step, outcome.message, node: name)
                messages.append(outcome.message)
            }
            return messages
        }
        return try await work.value
    }
}

/// Rescues, as operators ask for them.
extension DrydockService {
    /// Marks the machine of a node for rescue: it boots the installer, which lets the site's keys in by SSH, until the rescue is
    /// ended or the node is given work. Its state, its disks and the keys of its installation stay as they are.
    ///
    /// - Parameter power: whether its BMC boots it from the network now.
    /// - Throws: `DrydockError`: `.missing`, `.conflict`, `.unreachable` for the BMC.
    package func beginRescue(node: String, power: Bool) async throws -> RescueOutcome {
        try await rescues.begin(node, power: power)
    }

    /// Ends a rescue.
    ///
    /// - Parameter power: whether its BMC boots it from its disk now, or from the network where nothing is installed.
    /// - Throws: `DrydockError`: `.missing`, `.conflict`, `.unreachable` for the BMC.
    package func endRescue(node: String, power: Bool) async throws -> RescueOutcome {
        try await rescues.end(node, power: power)
    }
}
