import IPMI
import Logging
import MessageCatalog
import OrderedCollections
import Primitives
import RehearsalMap
import SiteDesign

/// A node with a BMC that speaks IPMI over LAN (`docs/reference/drydock.md` §14, ipmi).
struct IPMIDriver: BMCDriver {
    static let type = "ipmi"

    private let node: String
    let endpoint: BMCEndpoint
    let credentials: BMCCredentials
    let memory: BMCMemory
    var isForOperator = false
    private let sessions: OrderSessions
    let client: IPMIClient
    let turns: BMCTurns
    let timing: OutOfBandTiming
    let logger: Logger
    var address: String { "\(endpoint)" }
    var place: BMCMemory.Place { BMCMemory.Place(.ipmi, endpoint.place, address: address) }
    var memoryPlace: BMCMemory.Place? { place }
    var hasConsole: Bool { true }

    /// - Throws: `oob.parameters` where the design lacks address, account or credential, `oob.rehearsal` where the
    ///   rehearsal's map does not name the BMC.
    init(_ node: BaremetalNode, _ context: DriverContext) throws(BoatyardError) {
        let access = try BMCAccess(node, by: "IPMI")
        self.node = node.name
        endpoint = try BMCEndpoint(access.address, of: node.name, map: context.map)
        credentials = access.credentials
        turns = context.turns(node: node.name, bmc: "BMC \(endpoint)", remedy: "check its network and its account")
        sessions = context.sessions
        client = context.client
        memory = context.memory
        timing = context.timing
        logger = context.logger
    }

    /// The driver of the simulated BMC that a rehearsal has for a node without one: its map has it by the node's name.
    ///
    /// - Throws: `oob.rehearsal` where the map does not name it.
    init(substitute name: String, _ context: DriverContext) throws(BoatyardError) {
        let network = "rehearsal"
        var settings = HostSettings()
        settings.outOfBandType = Self.type
        settings.outOfBandParameters = [
            "network": network, "account": RehearsalMap.substituteAccount,
            "credential": RehearsalMap.substituteCredential,
        ]
        try self.init(
            BaremetalNode(
                name: name, settings: settings,
                addressing: [NodeAddress(network: network, kind: .fixed, address: name)]), context)
    }

    func powerState(until deadline: Timestamp) async throws -> PowerState {
        try await command("power status", until: deadline) { session in
            let isOn = try await session.chassisStatus().isPoweredOn
            try await noteIdentity(in: session)
            return isOn
        } ? .on : .off
    }

    /// Asks the BMC what it is, once a day.
    private func noteIdentity(in session: IPMISession) async throws {
        guard memory.needsIdentity(place.name) else { return }
        do {
            let device = try await session.deviceID()
            memory.noteIdentity(place.name, vendor: device.manufacturerName, model: nil, firmware: shown(device))
        } catch let error as IPMIError {
            guard case .command = error.kind else { throw error }
            memory.noteIdentity(place.name, vendor: nil, model: nil, firmware: nil)
        }
    }

    /// The version of the firmware, unless it repeats a secret.
    private func shown(_ device: DeviceID) -> String? {
        let firmware = BMCSecrets(credentials).masked(device.firmware)
        return firmware == device.firmware ? firmware : nil
    }

    func answer(_ request: BMCRequest, until deadline: Timestamp) async throws -> Value {
        var driver = self
        driver.isForOperator = true
        switch request {
        case .powerStatus, .power: return try await driver.plainAnswer(request, until: deadline)
        default: return try await driver.answerInSession(request, until: deadline)
        }
    }

    private func answerInSession(_ request: BMCRequest, until deadline: Timestamp) async throws -> Value {
        let polling = BMCPolling(
            within: try turns.left(until: deadline), interval: min(timing.pauseBetweenPolls, .seconds(1)),
            sleep: { [turns] in try await turns.pause($0, until: deadline) })
        let attempts: (EventLogReading<EventLogEntry>) async throws -> Value = { events in
            try await command(request.name, until: deadline) { session in
                if case .information = request {
                    let information = try await BMCInformation(of: session, BMCSecrets(credentials))
                    memory.noteIdentity(
                        place.name, vendor: BMCSecrets.known(information.vendor),
                        model: BMCSecrets.known(information.model),
                        firmware: BMCSecrets.known(information.firmware))
                    return information.value
                }
                return try await IPMIAnswers(session, credentials, polling: polling, events: events).answer(request)
            }
        }
        return try await IPMIAnswers.answering(request, of: endpoint, credentials) { events in
            request.isOrder
                ? try await order(until: deadline) { try await attempts(events) } : try await attempts(events)
        }
    }

    func firmware(until deadline: Timestamp) async throws -> String? {
        try await command("device id", until: deadline) { session in
            let device = try await session.deviceID()
            let firmware = shown(device)
            memory.noteIdentity(place.name, vendor: device.manufacturerName, model: nil, firmware: firmware)
            return firmware
        }
    }

    func setNextBoot(
        from source: BootSource, _ mode: BootMode, until deadline: Timestamp
    ) async throws -> OutOfBandOutcome {
        let device: BootDevice =
            switch source {
            case .network: .pxe
            case .disk: .disk
            }
        return try await order(until: deadline) {
            let order = BootFlags(device: device, isEFI: mode == .uefi)
            try await command("boot device \(device)", until: deadline) { try await $0.setBootFlags(order) }
            try await turns.pause(
                timing.pauseBeforeReadBack, until: deadline, obstacle: "its boot device was not read back yet")
            guard let flags = try await readBootFlags(until: deadline) else {
                return OutOfBandOutcome(
                    message:
                        "Node \(node) was told to boot from the \(source.rawValue) next; its BMC cannot say whether "
                        + "it will.")
            }
            guard flags.nextDevice == device else {
                throw BoatyardError(
                    "oob.boot-device",
                    "Node \(node): BMC \(endpoint) took the order to boot from the \(source.rawValue) and reads back "
                        + "'\(flags.nextDevice)'; update its firmware or set the boot order by hand", kind: .refused)
            }
            return OutOfBandOutcome(message: "Node \(node) boots from the \(source.rawValue) next.")
        }
    }

    /// Nil where the BMC takes orders for a boot device and cannot read them back.
    private func readBootFlags(until deadline: Timestamp) async throws -> BootFlags? {
        try await command("boot device", until: deadline) { session in
            do {
                return try await session.bootFlags()
            } catch let error as IPMIError where error.saysUnreadable {
                memory.noteFailure(
                    place.name, code: error.code, message: "its boot device cannot be read back: \(error.message)",
                    refused: nil)
                logger.notice(
                    .bootDeviceNotRead,
                    "\(node): the BMC does not tell the boot device that it was given",
                    metadata: ["node": "\(node)", "bmc": "\(endpoint)", "error": "\(error.message)"])
                return nil
            }
        }
    }

    func tell(_ state: PowerState, until deadline: Timestamp) async throws {
        try await command("power \(state.rawValue)", until: deadline) { session in
            do {
                try await session.control(state == .on ? .on : .off)
            } catch let error as IPMIError where error.kind == .command(.notSupportedInPresentState) {
                // Some BMCs refuse to switch to where they are; the poll below tells.
            }
        }
    }

    /// One command, in the order's session or in one of its own; where it fails for a passing reason, again in another
    /// one. An account that is refused twice is not tried a third time.
    private func command<Result: Sendable>(
        _ name: String, until deadline: Timestamp, _ body: (IPMISession) async throws -> Result
    ) async throws -> Result {
        try await attempting(name, until: deadline) {
            try await sessions.command(at: turns.bmc) {
                try await client.open(
                    endpoint: endpoint, credentials: credentials, within: turns.timeLeft(until: deadline))
            } _: { session in
                try await session.within(turns.timeLeft(until: deadline), body)
            }
        }
    }

    func order<Result: Sendable>(
        until deadline: Timestamp, _ body: () async throws -> Result
    ) async throws -> Result {
        try await turns.turn(.order, until: deadline) {
            try await noting { try await sessions.order(at: turns.bmc, body) }
        }
    }
}

extension IPMIError: BMCFailure {
    var missesDeadline: Bool { kind == .deadline }
    var retryAfter: Duration? { nil }

    var refusesAccount: Bool {
        if case .authentication = kind { true } else { false }
    }

    func attempts(of all: Int) -> Int {
        switch category {
        case .transient: all
        // BMCs refuse good accounts now and then; a third failure may lock the account out.
        case .authentication: min(2, all)
        case .permanent: 1
        }
    }
}
