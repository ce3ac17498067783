import OutOfBand
import Primitives
import SiteDesign

/// What rescues and tests of machines have in common: the design, the BMC, and orders to it.
///
/// A mark is stored before the BMC is told; whoever gets no answer may ask again.
struct MarkedMachines: Sendable {
    let machines: MachineStore
    let tasks: TaskStore
    let designs: DesignLibrary
    let outOfBand: any OutOfBandDrivers
    let power: PowerStore
    let reservations: NodeReservations
    let configuration: DrydockConfiguration
    let now: @Sendable () -> Timestamp
    let hands = HandRequests()

    /// In seconds: clients wait three minutes for an answer.
    private static let longestWait = 150.0
    /// Tasks that change what machines boot.
    private static let working: Set<TaskAction> = [.prepareNodes, .deployNodes, .destroyNodes]

    struct BMC: Sendable {
        var node: BaremetalNode
        var driver: any OutOfBandDriver
    }

    /// What was done, and whether somebody has to do the rest by hand.
    struct Orders: Sendable {
        var messages: [String]
        var needsHuman: Bool
    }

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
    func newestSite() async throws -> EffectiveSite? {
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

    /// - Parameters:
    ///   - site: the design that machines were worked on with last.
    ///   - committed: the revision that is committed; nil where there is none.
    /// - Throws: `DrydockError`: `.missing` for an unknown node, `.conflict` for one without a machine.
    func requireMachine(of node: String, in site: EffectiveSite?, committed: Int?) async throws {
        guard try await machines.machine(node: node) == nil else { return }
        var documented = site?.node(named: node)
        if let committed, let newer = try? await designs.compiled(revision: committed).site?.node(named: node) {
            documented = newer
        }
        guard let documented else {
            throw DrydockError(.missing, "There is no node '\(node)': boatyard get nodes lists them.")
        }
        let named = try await machines.all().named(
            by: [ExpectedNode(documented, bootMode: .bios)], claims: try await machines.claims())
        if let machine = named.first(where: { $0.node == node }) { throw Self.notWorkedOn(node, machine) }
        throw Self.noMachine(node)
    }

    /// `boatyard get nodes` shows it under its name already, but it gets keys and orders as a node only.
    private static func notWorkedOn(_ node: String, _ machine: Machine) -> DrydockError {
        DrydockError(
            .conflict,
            "The machine \(machine.mac) has come forward, and the documents name it \(node), but no action has worked with \(node) "
                + "yet. Deploy the site with it (boatyard create action deploy_site), then ask again.")
    }

    func bmc(of name: String, in site: EffectiveSite?) throws -> BMC {
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

    /// Also of a task that waits for its turn: it would find another machine than it was made for. Not of one that does nothing
    /// with the node any more.
    func requireNoTask(for node: String) async throws {
        for task in try await tasks.open().tasks
        where Self.working.contains(task.action) && !reservations.hasFinished(node, task.id) {
            let site = try? await designs.compiled(tasks.design(of: task.id).reveal()).site
            if let site, let names = try? NodeFilter.names(task.nodeFilter, in: site), !names.contains(node) {
                continue
            }
            let words = try await tasks.words(for: task.id, task.action)
            let remedy = try await tasks.remedy(for: task.id)
            throw DrydockError(.conflict, "\(node) belongs to \(words), which has not ended. \(remedy)")
        }
    }

    /// Has the machine boot the installer; where there is no BMC to tell, it is said what to do by hand.
    ///
    /// - Parameters:
    ///   - bmc: nil where none is to be told.
    ///   - wish: `marked for rescue`: what stays where the BMC does not do it.
    func bootInstaller(_ node: String, _ bmc: BMC?, for mark: MachineMark, _ wish: String) async throws -> Orders {
        let source = await installerSource(of: node, bmc)
        guard let bmc, !bmc.driver.needsHuman else {
            if let bmc { askByHand([.bootFromNetwork, .powerCycle], at: bmc, for: mark, machine: mark.machine) }
            return byHand(node, source, bmc)
        }
        let messages = try await give(
            [.bootFromNetwork, .powerCycle], bmc, for: mark,
            orElse:
                "\(node) is \(wish), but its BMC did not do what it was told. Set its next boot to \(source) and "
                + "switch it off and on by hand, or ask again")
        return Orders(messages: messages, needsHuman: false)
    }

    /// In words, also where its BMC is told nothing.
    private func installerSource(of node: String, _ bmc: BMC?) async -> String {
        if let bmc { return bmc.node.installerSource }
        return (try? await newestSite()?.node(named: node))?.installerSource ?? "the network"
    }

    /// Has the machine boot as it would without its mark, and removes that.
    ///
    /// - Parameter wish: as of `bootInstaller`.
    func bootAsBefore(_ machine: Machine, _ bmc: BMC?, for mark: MachineMark, _ wish: String) async throws -> Orders {
        let node = machine.node ?? ""
        // Without a system on its disk a machine goes back to where it waits.
        let isInstalled = machine.lifecycle.intent == .local
        guard let bmc, !bmc.driver.needsHuman else {
            try await machines.forget(mark)
            let source = await isInstalled ? "the disk" : installerSource(of: node, bmc)
            if let bmc {
                askByHand(
                    [isInstalled ? .bootFromDisk : .bootFromNetwork, .powerCycle], at: bmc, for: nil,
                    machine: machine.id)
            }
            return byHand(node, source, bmc)
        }
        let messages = try await give(
            [isInstalled ? .bootFromDisk : .bootFromNetwork, .powerCycle], bmc, for: mark,
            orElse:
                "\(node) is not \(wish) any more, but its BMC did not do what it was told. Switch it off and on by "
                + "hand, or ask again")
        try await machines.forget(mark)
        return Orders(messages: messages, needsHuman: false)
    }

    /// Has a machine whose installer came by the drive of its BMC boot its disk next, with the image out of the drive: firmware
    /// that starts from there first would start the installer again.
    ///
    /// - Parameter seconds: how long that may take.
    func takeOutImage(of name: String, within seconds: Double) async throws {
        guard let node = try await newestSite()?.node(named: name), node.bootsFromMedia else { return }
        let order = BMCOrder.bootFromDisk
        let outcome = try await order.give(
            to: try outOfBand.driver(for: node), try await machines.bootMode(node: name), image: { nil },
            until: now().adding(seconds: min(configuration.timeouts.drydock, seconds)))
        try await TimelineStore(database: machines.database, now: now).record(
            .power, order.step, outcome.message, node: name)
    }

    private func byHand(_ node: String, _ source: String, _ bmc: BMC?) -> Orders {
        let request =
            "Please set the next boot of node \(node) to \(source) and switch it off and on\(Self.reason(bmc))."
        let rest = "Say of each that it is done: boatyard ack \(node)"
        return Orders(messages: bmc == nil ? [request] : [request, rest], needsHuman: true)
    }

    private static func reason(_ bmc: BMC?) -> String { bmc == nil ? "" : ": it has no BMC" }

    /// Gives orders one after another, as long as `mark` stands for what the operators want.
    ///
    /// - Parameter words: for an order that fails.
    /// - Returns: what came of each.
    private func give(
        _ orders: [BMCOrder], _ bmc: BMC, for mark: MachineMark, orElse words: String
    ) async throws -> [String] {
        let deadline = now().adding(seconds: min(configuration.timeouts.drydock, Self.longestWait))
        let timeline = TimelineStore(database: machines.database, now: now)
        let name = bmc.node.name
        let mode = try await machines.bootMode(node: name)
        let mac = try await machines.bootMAC(of: bmc.node)
        // A client that goes away must not leave its machine switched off.
        let work = Task {
            var messages: [String] = []
            for order in orders {
                guard try await machines.isCurrent(mark) else {
                    throw DrydockError(
                        .conflict,
                        "Somebody else has asked for \(name) meanwhile, or a task has given it work: its BMC is told nothing "
                            + "more.")
                }
                if order == .powerCycle { try await machines.notePowered(name) }
                let outcome: OutOfBandOutcome
                do {
                    outcome = try await order.give(
                        to: bmc.driver, mode, image: { try configuration.installerImage(of: bmc.node, mac: mac) },
                        until: deadline)
                } catch let error as BoatyardError {
                    try await power.heard(.failure(error), of: name)
                    throw DrydockError(outOfBand: error, "\(words): \(error.inWords)")
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
