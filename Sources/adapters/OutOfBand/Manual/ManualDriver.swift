import Logging
import Primitives
import SiteDesign

/// A node without a BMC: says what a human has to do, gives the time for it, and takes it as done
/// (`docs/reference/drydock.md` §14; upstream's driver fails always, §22.9).
struct ManualDriver: NodeDriver {
    static let type = "manual"

    let needsHuman = true
    private let node: String
    private let wait: Duration
    private let turns: BMCTurns
    private let logger: Logger

    init(_ node: BaremetalNode, _ context: DriverContext) {
        self.node = node.name
        wait = context.timing.manualPause
        turns = context.turns(
            node: node.name, bmc: "the human who stands in for the BMC of \(node.name)",
            remedy: "do it now and run the task again")
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
        try await turns.turn(.order, until: deadline) {
            logger.notice("A human is needed", metadata: ["node": "\(node)", "wanted": "\(action)"])
            try await turns.pause(wait, until: deadline)
        }
        return OutOfBandOutcome(
            message: "Please \(action): it has no BMC. \(wait.components.seconds) s were given for it.",
            needsHuman: true)
    }
}
