import Logging

/// A node without a BMC: says what a human has to do, gives the time for it, and takes it as done
/// (`spec/drydock.md` §14; upstream's driver fails always, §22.9).
struct ManualDriver: OutOfBandDriver {
    let node: String
    let wait: Duration
    let pause: OutOfBand.Pause
    let logger: Logger

    func powerState() async throws -> PowerState { .unknown }

    func setNextBootToNetwork() async throws -> OutOfBandOutcome {
        try await ask("set the next boot of node \(node) to the network")
    }

    func powerOff() async throws -> OutOfBandOutcome { try await ask("switch node \(node) off") }

    func powerOn() async throws -> OutOfBandOutcome { try await ask("switch node \(node) on") }

    func powerCycle() async throws -> OutOfBandOutcome { try await ask("switch node \(node) off and on again") }

    private func ask(_ action: String) async throws -> OutOfBandOutcome {
        logger.notice("A human is needed", metadata: ["node": "\(node)", "wanted": "\(action)"])
        try await pause(wait)
        return OutOfBandOutcome(
            message: "Please \(action): it has no BMC. \(wait.components.seconds) s were given for it.",
            needsHuman: true)
    }
}
