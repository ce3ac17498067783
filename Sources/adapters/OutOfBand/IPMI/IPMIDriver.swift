import IPMI
import Logging
import Primitives

/// A node with a BMC that speaks IPMI over LAN (`spec/drydock.md` §14, ipmi).
struct IPMIDriver: OutOfBandDriver {
    let node: String
    let endpoint: BMCEndpoint
    let credentials: BMCCredentials
    let usesUEFI: Bool
    let client: IPMIClient
    let timing: OutOfBandTiming
    let gate: SessionGate
    let pause: OutOfBand.Pause
    let logger: Logger

    func powerState() async throws -> PowerState {
        try await command("power status") { try await $0.chassisStatus().isPoweredOn } ? .on : .off
    }

    func setNextBootToNetwork() async throws -> OutOfBandOutcome {
        let order = BootFlags(device: .pxe, isEFI: usesUEFI)
        try await command("boot device pxe") { try await $0.setBootFlags(order) }
        try await pause(timing.pauseBeforeReadBack)
        let flags = try await command("boot device") { try await $0.bootFlags() }
        guard flags.nextDevice == .pxe else {
            throw BoatyardError(
                "oob.boot-device",
                "Node \(node): BMC \(endpoint) took the order to boot from the network and reads back "
                    + "'\(flags.nextDevice)'; update its firmware or set the boot order by hand")
        }
        return OutOfBandOutcome(message: "Node \(node) boots from the network next.")
    }

    func powerOff() async throws -> OutOfBandOutcome {
        try await turn(.off)
        return OutOfBandOutcome(message: "Node \(node) is off.")
    }

    func powerOn() async throws -> OutOfBandOutcome {
        try await turn(.on)
        return OutOfBandOutcome(message: "Node \(node) is on.")
    }

    func powerCycle() async throws -> OutOfBandOutcome {
        try await turn(.off)
        try await turn(.on)
        return OutOfBandOutcome(message: "Node \(node) went off and is on again.")
    }

    private func turn(_ state: PowerState) async throws {
        try await command("power \(state.rawValue)") { session in
            do {
                try await session.control(state == .on ? .on : .off)
            } catch let error as IPMIError where error.kind == .command(.notSupportedInPresentState) {
                // Some BMCs refuse to switch to where they are; the poll below tells.
            }
        }
        for poll in 1...timing.polls {
            if try await powerState() == state { return }
            if poll < timing.polls { try await pause(timing.pauseBetweenPolls) }
        }
        let seconds = timing.pauseBetweenPolls.components.seconds * Int64(timing.polls - 1)
        throw BoatyardError(
            "oob.power",
            "Node \(node) is not \(state.rawValue) \(seconds) s after BMC \(endpoint) was told so "
                + "(\(timing.polls) readings); look at the machine")
    }

    /// One command in a session of its own; where session or command fail for a passing reason, again in another one.
    private func command<Result: Sendable>(
        _ name: String, _ body: (IPMISession) async throws -> Result
    ) async throws -> Result {
        var metadata: Logger.Metadata = ["node": "\(node)", "bmc": "\(endpoint)", "command": "\(name)"]
        var attempt = 1
        while true {
            metadata["attempt"] = "\(attempt)"
            do {
                let result = try await gate.withTurn("\(endpoint)") {
                    try await client.withSession(endpoint: endpoint, credentials: credentials, body)
                }
                logger.info("BMC command done", metadata: metadata)
                return result
            } catch let error as IPMIError {
                guard !error.isPermanent, attempt < timing.attempts else {
                    let attempts = attempt == 1 ? "" : " (attempt \(attempt) of \(timing.attempts))"
                    throw BoatyardError(error.code, "Node \(node), \(name): \(error.message)\(attempts)")
                }
                logger.warning(
                    "BMC command failed, another attempt follows",
                    metadata: metadata.merging(["error": "\(error)"]) { $1 })
            }
            try await pause(timing.pauseBetweenAttempts)
            attempt += 1
        }
    }
}
