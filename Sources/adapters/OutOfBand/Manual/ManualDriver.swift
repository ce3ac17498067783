import Logging
import MessageCatalog
import Primitives
import RehearsalMap
import SiteDesign

/// A node without a BMC: says what an operator has to do, and waits until somebody says that it is done
/// (`docs/reference/drydock.md` §14; upstream's driver fails always, §22.9).
struct ManualDriver: NodeDriver {
    static let type = "manual"

    let needsHuman = true
    private let node: String
    let humanPause: Duration?
    /// How much of it was over when the daemon was restarted.
    private var elapsed = Duration.zero
    private let requests: OperatorRequests
    private let turns: BMCTurns
    private let logger: Logger
    /// In a rehearsal, what does to the simulated machine that which is taken as done.
    private let hands: IPMIDriver?

    init(_ node: BaremetalNode, _ context: DriverContext) throws(BoatyardError) {
        self.node = node.name
        humanPause = context.timing.manualPause
        requests = context.requests
        turns = context.turns(
            node: node.name, bmc: "the human who stands in for the BMC of \(node.name)",
            remedy: "say that it is done with 'boatyard ack \(node.name)' in time, or run the task again")
        logger = context.logger
        hands = try context.map?.bmc[node.name] == nil ? nil : IPMIDriver(substitute: node.name, context)
    }

    func resumed(after time: Duration) -> any OutOfBandDriver {
        var driver = self
        driver.elapsed = max(.zero, time)
        return driver
    }

    func powerState(until deadline: Timestamp) async throws -> PowerState { .unknown }

    func setNextBoot(
        from source: BootSource, _ mode: BootMode, until deadline: Timestamp
    ) async throws -> OutOfBandOutcome {
        try await ask(.boot(source), until: deadline) {
            try await $0.setNextBoot(from: source, mode, until: deadline)
        }
    }

    func powerOff(until deadline: Timestamp) async throws -> OutOfBandOutcome {
        try await ask(.powerOff, until: deadline) { try await $0.powerOff(until: deadline) }
    }

    func powerOn(until deadline: Timestamp) async throws -> OutOfBandOutcome {
        try await ask(.powerOn, until: deadline) { try await $0.powerOn(until: deadline) }
    }

    func powerCycle(until deadline: Timestamp) async throws -> OutOfBandOutcome {
        try await ask(.powerCycle, until: deadline) {
            try await $0.powerCycle(until: deadline)
        }
    }

    /// - Parameter order: does it, in a rehearsal.
    private func ask(
        _ wanted: OperatorAction, until deadline: Timestamp, order: (IPMIDriver) async throws -> OutOfBandOutcome
    ) async throws -> OutOfBandOutcome {
        let action = wanted.words(for: node)
        let isDone = try await turns.turn(.order, until: deadline) {
            logger.notice(
                .operatorNeeded,
                "\(node): an operator has to \(action); 'boatyard ack \(node)' says that it is done",
                metadata: ["node": "\(node)", "wanted": "\(action)"])
            return try await requests.ask(node, to: action) { [turns, humanPause, elapsed] in
                if let humanPause { return try await turns.pause(max(.zero, humanPause - elapsed), until: deadline) }
                try await turns.pause(try turns.left(until: deadline), until: deadline)
            }
        }
        if let hands {
            _ = try await order(hands)
            return OutOfBandOutcome(message: "The rehearsal has done what a person was asked to do: \(action).")
        }
        guard let humanPause, !isDone else {
            return OutOfBandOutcome(message: "An operator says that this is done: \(action).")
        }
        return OutOfBandOutcome(
            message: "Please \(action): it has no BMC. \(humanPause.components.seconds) s were given for it.",
            needsHuman: true)
    }
}
