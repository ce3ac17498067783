import IPMI
import Logging
import Primitives
import SiteDesign

/// A node with a BMC that speaks Redfish (`docs/reference/drydock.md` §14, redfish).
struct RedfishDriver: BMCDriver {
    static let type = "redfish"

    private let node: String
    private let endpoint: RedfishEndpoint
    private let credentials: BMCCredentials
    private let client: RedfishClient
    let turns: BMCTurns
    let timing: OutOfBandTiming
    let logger: Logger
    var address: String { "\(endpoint)" }

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

    func tell(_ state: PowerState, until deadline: Timestamp) async throws {
        try await command("power \(state.rawValue)", until: deadline) { session in
            let system = try await session.system()
            // Many BMCs refuse to switch to where they are.
            guard try session.power(of: system) != state else { return }
            try await session.reset(system, to: state)
        }
    }

    /// One command in a session of its own; where it fails for a passing reason, again in another one.
    private func command<Result: Sendable>(
        _ name: String, until deadline: Timestamp, _ body: (RedfishSession) async throws -> Result
    ) async throws -> Result {
        let time = RedfishClient.Time(
            left: { [turns] in try turns.left(until: deadline) },
            pause: { [turns] in try await turns.pause($0, until: deadline) })
        return try await attempting(name, until: deadline) {
            try await client.withSession(endpoint: endpoint, credentials: credentials, time: time, body)
        }
    }
}

extension RedfishError: BMCFailure {
    var missedDeadline: String? { kind == .deadline ? "it did not answer" : nil }

    var retryAfter: Duration? {
        if case .busy(let asked) = kind { asked } else { nil }
    }

    func attempts(of all: Int) -> Int { isPermanent ? 1 : all }
}
