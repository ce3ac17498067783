import IPMI
import Logging
import Primitives

/// Where drivers come from. One for the whole process: it counts the sessions.
package struct OutOfBand: Sendable {
    /// Waits, or throws `CancellationError`.
    package typealias Pause = @Sendable (Duration) async throws -> Void

    /// The types of the design for which there is a driver.
    package static let types: Set<String> = ["ipmi", "manual"]

    private let client: IPMIClient
    private let timing: OutOfBandTiming
    private let map: RehearsalMap?
    private let gate: SessionGate
    private let pause: Pause
    private let logger: Logger

    /// - Parameters:
    ///   - map: of a rehearsal: then no BMC is talked to but those that it names.
    ///   - maximumSessions: at a time, over all BMCs.
    ///   - pause: how the drivers wait; tests count instead.
    package init(
        client: IPMIClient, timing: OutOfBandTiming, map: RehearsalMap? = nil, maximumSessions: Int,
        logger: Logger = Logger(label: "boatyard.oob"),
        pause: @escaping Pause = { try await Task.sleep(for: $0) }
    ) {
        self.client = client
        self.timing = timing
        self.map = map
        self.logger = logger
        self.pause = pause
        gate = SessionGate(limit: maximumSessions)
    }

    /// The driver of the target's type.
    ///
    /// - Throws: `BoatyardError` `oob.type` where there is no driver, `oob.parameters` where the design lacks what the
    ///   driver needs, `oob.rehearsal` where the rehearsal's map does not name the BMC.
    package func driver(for target: BMCTarget) throws(BoatyardError) -> any OutOfBandDriver {
        switch target.type {
        case "manual": return ManualDriver(node: target.node, wait: timing.manualPause, pause: pause, logger: logger)
        case "ipmi":
            guard let address = target.address, let account = target.account, let credential = target.credential else {
                let missing = [
                    target.address == nil ? "address" : nil, target.account == nil ? "account" : nil,
                    target.credential == nil ? "credential" : nil,
                ].compactMap(\.self).joined(separator: ", ")
                throw BoatyardError(
                    "oob.parameters",
                    "Node \(target.node) cannot be reached by IPMI: its design gives no \(missing); complete its oob section"
                )
            }
            return IPMIDriver(
                node: target.node, endpoint: try endpoint(address, of: target.node),
                credentials: BMCCredentials(user: account, password: credential), usesUEFI: target.usesUEFI,
                client: client, timing: timing, gate: gate, pause: pause, logger: logger)
        default:
            throw BoatyardError(
                "oob.type",
                "Node \(target.node): no out-of-band driver for type \(target.type); "
                    + "there are \(Self.types.sorted().joined(separator: " and "))")
        }
    }

    private func endpoint(_ address: String, of node: String) throws(BoatyardError) -> BMCEndpoint {
        guard let map else { return BMCEndpoint(host: address) }
        guard let text = map.bmc[address] else {
            throw BoatyardError(
                "oob.rehearsal",
                "Node \(node): the rehearsal has no BMC for \(address), and a rehearsal talks to no other; "
                    + "start boatyard-rehearse with this site's documents")
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let port = UInt16(parts[1]), IPv4Address(parts[0]) != nil else {
            throw BoatyardError(
                "oob.rehearsal", "Node \(node): the rehearsal map's BMC '\(text)' is not of the form 127.0.0.1:16230")
        }
        return BMCEndpoint(host: String(parts[0]), port: Int(port), rehearsedAddress: address)
    }
}
