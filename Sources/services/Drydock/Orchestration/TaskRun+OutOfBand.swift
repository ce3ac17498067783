import OutOfBand
import Primitives
import SiteDesign

/// What is done to a machine through its BMC, in words that follow "who is told".
enum BMCOrder: String, Sendable {
    /// In the way of its firmware.
    case bootFromNetwork = "to boot it from the network next"
    case bootFromDisk = "to boot it from its disk next"
    /// Off, seen to be off, and on again.
    case powerCycle = "to power it off and on"
    case powerOff = "to power it off"

    /// What follows "who is told", for a node.
    func words(for node: BaremetalNode) -> String {
        self == .bootFromNetwork ? "to boot it from \(node.installerSource) next" : rawValue
    }

    /// What a person is asked to do where there is no BMC.
    var byHand: OperatorAction {
        switch self {
        case .bootFromNetwork: .boot(.network)
        case .bootFromDisk: .boot(.disk)
        case .powerCycle: .powerCycle
        case .powerOff: .powerOff
        }
    }

    /// Its name in timelines.
    var step: String {
        switch self {
        case .bootFromNetwork: "network-next"
        case .bootFromDisk: "disk-next"
        case .powerCycle: "cycle"
        case .powerOff: "off"
        }
    }

    /// Gives the order.
    ///
    /// - Parameters:
    ///   - mode: how the node's firmware boots.
    ///   - image: the address of the installer's image, where it comes by the drive of the BMC and not by the network. Asked
    ///     for by the order that needs it.
    func give(
        to driver: any OutOfBandDriver, _ mode: BootMode, image: () throws -> String?, until deadline: Timestamp
    ) async throws -> OutOfBandOutcome {
        switch self {
        case .bootFromNetwork:
            if let image = try image() {
                try await driver.setNextBoot(fromImage: image, mode, until: deadline)
            } else {
                try await driver.setNextBoot(from: .network, mode, until: deadline)
            }
        case .bootFromDisk: try await driver.setNextBoot(from: .disk, mode, until: deadline)
        case .powerCycle: try await driver.powerCycle(until: deadline)
        case .powerOff: try await driver.powerOff(until: deadline)
        }
    }
}

extension TaskRun {
    /// Gives `order` to the BMC of `node`.
    ///
    /// A silent BMC holds its task for minutes, so that the task says meanwhile what it waits for. What came of the order
    /// is a message of the task.
    ///
    /// - Parameters:
    ///   - deadline: for a BMC.
    ///   - byHand: for a person, who is at the machine later than a BMC answers: the deadline of the step. With
    ///     `out_of_band.manual_pause` the order is taken as done after that, and nothing else ends the wait.
    ///   - orElse: what follows where a person has not done it by then.
    func command(
        _ order: BMCOrder, _ node: BaremetalNode, deadline: Timestamp, byHand: Timestamp,
        orElse failure: String = "the command fails"
    ) async throws {
        // Its machine may come forward before the command has returned, and for a while after it.
        let boots = NetworkBootStore(database: orchestrator.machines.database, now: orchestrator.now)
        if order == .powerCycle {
            try await orchestrator.machines.notePowered(node.name)
            try await boots.begin(node.name, task: task.id)
        }
        var driver = try orchestrator.outOfBand.driver(for: node)
        if order == .powerCycle { await orchestrator.consoles.startsAnew(node.name, driver) }
        let wait: TaskWait
        var deadline = deadline
        if driver.needsHuman {
            wait = humanWait(for: order, node, driver.humanPause, byHand, failure)
            deadline = wait.deadline
            if driver.humanPause != nil {
                // The driver ends the wait itself, and a rehearsal then does what was asked for.
                deadline = deadline.adding(seconds: orchestrator.configuration.timeouts.drydock)
                if hasAskedBefore {
                    driver = driver.resumed(after: .seconds(orchestrator.now().seconds(since: wait.since)))
                }
            }
        } else {
            wait = bmcWait(for: order, node, deadline)
        }
        try await orchestrator.tasks.wait(task.id, for: wait)
        let result: Result<OutOfBandOutcome, any Error>
        do {
            let mode = try await orchestrator.machines.bootMode(node: node.name)
            let mac = try await orchestrator.machines.bootMAC(of: node)
            result = .success(
                try await order.give(
                    to: driver, mode, image: { try orchestrator.configuration.installerImage(of: node, mac: mac) },
                    until: deadline))
        } catch {
            result = .failure(error)
        }
        try await orchestrator.tasks.wait(task.id, for: nil)
        if case .failure(let error) = result { try await orchestrator.power.heard(.failure(error), of: node.name) }
        let outcome = try result.get()
        if order == .powerCycle {
            try await orchestrator.machines.notePowered(node.name)
            try await boots.end(node.name, task: task.id)
        }
        switch order {
        case .powerCycle where !driver.needsHuman: try await orchestrator.power.switched(node.name, to: .on)
        case .powerOff where !driver.needsHuman: try await orchestrator.power.switched(node.name, to: .off)
        default: break
        }
        try await TimelineStore(database: orchestrator.machines.database, now: orchestrator.now).record(
            .power, order.step, outcome.message, node: node.name)
        // Whoever has to do something is asked each time.
        try await appendMessage(outcome.message, node: node.name, repeating: outcome.needsHuman)
    }

    /// Whether the task does nothing but to have a person asked, and had done so before the daemon was restarted.
    private var hasAskedBefore: Bool {
        [.setNodeBoot, .powerCycleNode].contains(task.action) && task.created < orchestrator.started
    }

    private func humanWait(
        for order: BMCOrder, _ node: BaremetalNode, _ pause: Duration?, _ deadline: Timestamp, _ failure: String
    ) -> TaskWait {
        let since = hasAskedBefore ? task.created : orchestrator.now()
        let end = pause.map { since.adding(seconds: $0 / .seconds(1)) }
        return TaskWait(
            event: TaskWait.byHand(order.byHand.words(for: node.name), at: node.name),
            since: since, deadline: end ?? deadline, then: end == nil ? failure : "it goes on by itself", isIdle: true)
    }

    private func bmcWait(for order: BMCOrder, _ node: BaremetalNode, _ deadline: Timestamp) -> TaskWait {
        TaskWait(
            event: "the BMC of \(node.name) (\(node.powerAddress ?? "no address")), which is \(order.words(for: node))",
            since: orchestrator.now(), deadline: deadline, then: "the command fails")
    }
}

extension BaremetalNode {
    /// From where its installer comes, in words.
    var installerSource: String { NetworkBoot.source(isByMedia: bootsFromMedia) }
}

extension Orchestrator {
    /// Waits for no order to the BMC to end.
    func power(of node: BaremetalNode, until deadline: Timestamp) async throws -> Machine.Power {
        do {
            let state: Machine.Power =
                switch try await outOfBand.driver(for: node).powerState(until: deadline) {
                case .on: .on
                case .off: .off
                case .unknown: .unknown
                }
            try await self.power.heard(.success(state), of: node.name)
            return state
        } catch {
            try await self.power.heard(.failure(error), of: node.name)
            throw error
        }
    }
}
