import Logging
import Primitives
import SiteDesign

/// A node without a BMC: says what an operator has to do, and waits until somebody says that it is done
/// (`docs/reference/drydock.md` §14; upstream's driver fails always, §22.9).
struct ManualDriver: NodeDriver {
    static let type = "manual"

    let needsHuman = true
    private let node: String
    /// After which it is taken as done; nil where only an operator's word counts.
    private let wait: Duration?
    private let requests: OperatorRequests
    private let turns: BMCTurns
    private let logger: Logger

    init(_ node: BaremetalNode, _ context: DriverContext) {
        self.node = node.name
        wait = context.timing.manualPause
        requests = context.requests
        turns = context.turns(
            node: node.name, bmc: "the human who stands in for the BMC of \(node.name)",
            remedy: "say that it is done with 'boatyard ack \(node.name)' in time, or run the task again")
        logger = context.logger
    }

    func powerState(until deadline: Timestamp) async throws -> PowerState { .unknown }

    func setNextBoot(
        from source: BootSource, _ mode: BootMode, until deadline: Timestamp
    ) async throws -> OutOfBandOutcome {
        try await ask("set the next boot of node \(node) to the \(source.rawValue)", until: deadline)
    }

    func powerOff(until deadline: Timestamp) async throws -> OutOfBandOutcome {
        try await ask("switch node \(node) off", until: deadline)
    }

    func powerOn(until deadline: Timestamp) async throws -> OutOfBandOutcome {
        try await ask("switch node \(node) on", until: deadline)
    }

    func powerCycle(until deadline: Timestamp) async throws -> OutOfBandOutcome {
        try await ask("switch node \(node) off and on again", until: deadline)
    }

    private func ask(_ action: String, until deadline: Timestamp) async throws -> OutOfBandOutcome {
        let isDone = try await turns.turn(.order, until: deadline) {
            logger.notice(
                "An operator is needed; say that it is done with 'boatyard ack \(node)'",
                metadata: ["node": "\(node)", "wanted": "\(action)"])
            return try await requests.ask(node, to: action) { [turns, wait] in
                if let wait { return try await turns.pause(wait, until: deadline) }
                try await turns.pause(try turns.left(until: deadline), until: deadline)
            }
        }
        guard let wait, !isDone else {
            return OutOfBandOutcome(message: "An operator says that this is done: \(action).")
        }
        return OutOfBandOutcome(
            message: "Please \(action): it has no BMC. \(wait.components.seconds) s were given for it.",
            needsHuman: true)
    }
}
