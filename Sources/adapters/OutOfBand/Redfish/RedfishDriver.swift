import IPMI
import Logging
import Primitives
import SiteDesign

/// A node with a BMC that speaks Redfish (`docs/reference/drydock.md` §14, redfish).
struct RedfishDriver: NodeDriver {
    static let type = "redfish"

    private let node: String
    private let endpoint: RedfishEndpoint
    private let credentials: BMCCredentials
    private let turns: BMCTurns
    private let client: RedfishClient
    private let timing: OutOfBandTiming
    private let logger: Logger

    /// - Throws: `oob.parameters` where the design lacks address, account or credential, or has what cannot be used;
    ///   `oob.rehearsal` where the rehearsal's map does not name the BMC.
    init(_ node: BaremetalNode, _ context: DriverContext) throws(BoatyardError) {
        let access = try BMCAccess(node, by: "Redfish")
        self.node = node.name
        endpoint = try RedfishEndpoint(node, address: access.address, map: context.map)
        credentials = access.credentials
        turns = context.turns(node: node.name, bmc: "BMC \(endpoint)", remedy: "check its network and its account")
        client = context.redfish
        timing = context.timing
        logger = context.logger
    }

    func powerState(until deadline: Timestamp) async throws -> PowerState {
        try await command("power status", until: deadline) { session in
            try session.power(of: try await session.system())
        }
    }

    func setNextBoot(
        from source: BootSource, _ mode: BootMode, until deadline: Timestamp
    ) async throws -> OutOfBandOutcome {
        try await turns.turn(.order, until: deadline) {
            let order = try await command("boot device \(source.rawValue)", until: deadline) { session in
                try await session.order(source, mode, of: try await session.system())
            }
            try await turns.pause(timing.pauseBeforeReadBack, until: deadline)
            let shown = try await command("boot device", until: deadline) { session in
                try await session.bootOverride(of: try await session.system(), after: order)
            }
            guard shown.fulfils(order) else {
                throw BoatyardError(
                    "oob.boot-device",
                    "Node \(node): BMC \(endpoint) took the order to boot from the \(source.rawValue) and reads back "
                        + "'\(shown.shown)'; update its firmware or set the boot order by hand")
            }
            let lasting = shown.enabled == "Continuous" ? " Its BMC shows that as lasting." : ""
            return OutOfBandOutcome(message: "Node \(node) boots from the \(source.rawValue) next.\(lasting)")
        }
    }

    func powerOff(until deadline: Timestamp) async throws -> OutOfBandOutcome {
        try await turns.turn(.order, until: deadline) {
            try await turn(.off, until: deadline)
            return OutOfBandOutcome(message: "Node \(node) is off.")
        }
    }

    func powerOn(until deadline: Timestamp) async throws -> OutOfBandOutcome {
        try await turns.turn(.order, until: deadline) {
            try await turn(.on, until: deadline)
            return OutOfBandOutcome(message: "Node \(node) is on.")
        }
    }

    func powerCycle(until deadline: Timestamp) async throws -> OutOfBandOutcome {
        try await turns.turn(.order, until: deadline) {
            try await turn(.off, until: deadline)
            try await turn(.on, until: deadline)
            return OutOfBandOutcome(message: "Node \(node) went off and is on again.")
        }
    }

    private func turn(_ state: PowerState, until deadline: Timestamp) async throws {
        try await command("power \(state.rawValue)", until: deadline) { session in
            let system = try await session.system()
            // Many BMCs refuse to switch to where they are.
            guard try session.power(of: system) != state else { return }
            try await session.reset(system, to: state)
        }
        for poll in 1...timing.polls {
            if try await powerState(until: deadline) == state { return }
            if poll < timing.polls { try await turns.pause(timing.pauseBetweenPolls, until: deadline) }
        }
        let seconds = timing.pauseBetweenPolls.components.seconds * Int64(timing.polls - 1)
        throw BoatyardError(
            "oob.power",
            "Node \(node) is not \(state.rawValue) \(seconds) s after BMC \(endpoint) was told so "
                + "(\(timing.polls) readings); look at the machine")
    }

    /// One command in a session of its own; where it fails for a passing reason, again in another one.
    private func command<Result: Sendable>(
        _ name: String, until deadline: Timestamp, _ body: (RedfishSession) async throws -> Result
    ) async throws -> Result {
        let time = RedfishClient.Time(
            left: { [turns] in try turns.left(until: deadline) },
            pause: { [turns] in try await turns.pause($0, until: deadline) })
        var metadata: Logger.Metadata = ["node": "\(node)", "bmc": "\(endpoint)", "command": "\(name)"]
        var attempt = 1
        while true {
            metadata["attempt"] = "\(attempt)"
            var pause = timing.pauseBetweenAttempts
            do {
                let result = try await turns.turn(.session, until: deadline) {
                    try await client.withSession(endpoint: endpoint, credentials: credentials, time: time, body)
                }
                logger.info("BMC command done", metadata: metadata)
                return result
            } catch let error as RedfishError {
                if error.kind == .deadline { throw turns.timeIsUp("it did not answer") }
                guard !error.isPermanent, attempt < timing.attempts else {
                    let attempts = attempt == 1 ? "" : " (attempt \(attempt) of \(timing.attempts))"
                    throw BoatyardError(error.code, "Node \(node), \(name): \(error.message)\(attempts)")
                }
                if case .busy(let asked?) = error.kind { pause = max(pause, asked) }
                logger.warning(
                    "BMC command failed, another attempt follows",
                    metadata: metadata.merging(["error": "\(error.message)"]) { $1 })
            }
            try await turns.pause(pause, until: deadline)
            attempt += 1
        }
    }
}
