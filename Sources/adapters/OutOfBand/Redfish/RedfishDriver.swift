import IPMI
import Logging
import MessageCatalog
import Primitives
import SiteDesign

/// A node with a BMC that speaks Redfish (`docs/reference/drydock.md` §14, redfish).
struct RedfishDriver: BMCDriver {
    static let type = "redfish"

    private let node: String
    private let endpoint: RedfishEndpoint
    let credentials: BMCCredentials
    let memory: BMCMemory
    var isForOperator = false
    private let client: RedfishClient
    /// The installer comes by the drive of the BMC.
    private let bootsFromMedia: Bool
    let turns: BMCTurns
    let timing: OutOfBandTiming
    let logger: Logger
    var address: String { "\(endpoint)" }
    var place: BMCMemory.Place { BMCMemory.Place(.redfish, endpoint.peer, address: address) }
    var memoryPlace: BMCMemory.Place? { place }

    /// - Throws: `oob.parameters` where the design lacks address, account or credential, or has what cannot be used;
    ///   `oob.rehearsal` where the rehearsal's map does not name the BMC.
    init(_ node: BaremetalNode, _ context: DriverContext) throws(BoatyardError) {
        let access = try BMCAccess(node, by: "Redfish")
        self.node = node.name
        endpoint = try RedfishEndpoint(node, address: access.address, map: context.map)
        credentials = access.credentials
        turns = context.turns(node: node.name, bmc: "BMC \(endpoint)", remedy: "check its network and its account")
        client = context.redfish
        memory = context.memory
        bootsFromMedia = node.bootsFromMedia
        timing = context.timing
        logger = context.logger
    }

    func powerState(until deadline: Timestamp) async throws -> PowerState {
        try await command("power status", until: deadline) { session in
            let system = try await session.system()
            func text(_ key: String) -> String? {
                BMCSecrets.known(system.value[key]?.stringValue.map { RedfishMessage.shown($0, 100) })
            }
            if memory.needsIdentity(place.name) {
                memory.noteIdentity(place.name, vendor: text("Manufacturer"), model: text("Model"), firmware: nil)
            }
            return try session.power(of: system)
        }
    }

    func answer(_ request: BMCRequest, until deadline: Timestamp) async throws -> Value {
        var driver = self
        driver.isForOperator = true
        switch request {
        case .powerStatus, .power: return try await driver.plainAnswer(request, until: deadline)
        case .boot(let target, let persistent, let uefi):
            let shown = try await order(until: deadline) {
                try await driver.orderBoot(
                    from: target, persistent: persistent, uefi ? .uefi : .bios, until: deadline)
            }
            return BootAnswer(target, persistent: persistent, uefi: uefi, shown: shown.readBack).value
        case .identify, .eventLog, .sensors, .information, .clock:
            let events = EventLogReading<RedfishEvent>()
            return try await events.answering(request, of: "BMC \(endpoint)", shown: \.shown) {
                guard request.isOrder else {
                    return try await driver.answerInSession(request, events, until: deadline)
                }
                return try await order(until: deadline) {
                    try await driver.answerInSession(request, events, until: deadline)
                }
            }
        }
    }

    private func answerInSession(
        _ request: BMCRequest, _ events: EventLogReading<RedfishEvent>, until deadline: Timestamp
    ) async throws -> Value {
        let answer = try await command(request.name, until: deadline) { session in
            try await session.answer(request, of: try await session.system(), events: events)
        }
        if case .information = request {
            let product = answer["inventory"]?["product"]
            memory.noteIdentity(
                place.name, vendor: BMCSecrets.known(product?["manufacturer"]?.stringValue),
                model: BMCSecrets.known(product?["name"]?.stringValue),
                firmware: BMCSecrets.known(answer["device"]?["firmware"]?.stringValue))
        }
        return answer
    }

    func firmware(until deadline: Timestamp) async throws -> String? {
        try await command("firmware", until: deadline) { session in
            guard let path = try await session.managers(of: try await session.system()).first else { return nil }
            let text = try await session.resource(path).value["FirmwareVersion"]?.stringValue
            guard let firmware = BMCSecrets.known(text.map { RedfishMessage.shown($0, 100) }) else { return nil }
            memory.noteIdentity(place.name, vendor: nil, model: nil, firmware: firmware)
            return firmware
        }
    }

    func setNextBoot(
        from source: BootSource, _ mode: BootMode, until deadline: Timestamp
    ) async throws -> OutOfBandOutcome {
        try await order(until: deadline) {
            let ejected = source == .disk ? try await ejectMedia(until: deadline) : ""
            let shown = try await orderBoot(from: source == .network ? .network : .disk, mode, until: deadline)
            return OutOfBandOutcome(
                message: "Node \(node) boots from the \(source.rawValue) next.\(Self.lasting(shown))\(ejected)")
        }
    }

    func setNextBoot(
        fromImage address: String, _ mode: BootMode, until deadline: Timestamp
    ) async throws -> OutOfBandOutcome {
        try await order(until: deadline) {
            try await command("insert image", until: deadline) { session in
                let drive = try await session.discDrive(of: try await session.system())
                try await session.insert(address, into: drive)
            }
            let shown = try await orderBoot(from: .cdrom, mode, until: deadline)
            return OutOfBandOutcome(message: "Node \(node) boots from the image next.\(Self.lasting(shown))")
        }
    }

    func ejectMedia(until deadline: Timestamp) async throws -> String {
        guard bootsFromMedia else { return "" }
        let isEjected = try await command("eject image", until: deadline) { session in
            let drive = try await session.discDrive(of: try await session.system())
            guard drive.image != nil else { return false }
            try await session.eject(drive)
            return true
        }
        return isEjected ? " The image is out of the drive of its BMC." : ""
    }

    /// Orders the boot device, in the turn of an order.
    ///
    /// - Returns: what the BMC reads back, which fulfils the order.
    private func orderBoot(
        from source: BMCRequest.BootTarget, persistent: Bool = false, _ mode: BootMode, until deadline: Timestamp
    ) async throws -> RedfishBootOverride {
        let order = try await command("boot device \(source.rawValue)", until: deadline) { session in
            try await session.order(source, persistent: persistent, mode, of: try await session.system())
        }
        try await turns.pause(
            timing.pauseBeforeReadBack, until: deadline, obstacle: "its boot device was not read back yet")
        let shown = try await command("boot device", until: deadline) { session in
            try await session.bootOverride(of: try await session.system(), after: order)
        }
        guard shown.fulfils(order) else {
            let readBack = BMCSecrets.$current.withValue(BMCSecrets(credentials)) { shown.shown }
            throw BoatyardError(
                "oob.boot-device",
                "Node \(node): BMC \(endpoint) took the order to boot from the \(source.rawValue) and reads back "
                    + "'\(readBack)'; update its firmware or set the boot order by hand", kind: .refused)
        }
        return shown
    }

    private static func lasting(_ shown: RedfishBootOverride) -> String {
        shown.enabled == "Continuous" ? " Its BMC shows that as lasting." : ""
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
            left: { [turns] in try turns.timeLeft(until: deadline) },
            pause: { [turns] in try await turns.pause($0, until: deadline, awaiting: $1) })
        return try await attempting(name, until: deadline) {
            do {
                return try await client.withSession(endpoint: endpoint, credentials: credentials, time: time, body)
            } catch let error as RedfishError where error.kind == .certificate {
                // Whoever reads the journal has to see it, whatever became of the task.
                if client.isNews(error, of: endpoint) {
                    logger.error(
                        .bmcNotTrusted,
                        "\(node): the BMC is not trusted: its certificate is another one",
                        metadata: ["node": "\(node)", "bmc": "\(endpoint)", "error": "\(error.message)"])
                }
                throw error
            }
        }
    }
}

extension RedfishError: BMCFailure {
    var missesDeadline: Bool { kind == .deadline }

    var retryAfter: Duration? {
        if case .busy(let asked) = kind { asked } else { nil }
    }

    var refusesAccount: Bool { kind == .authentication && status == 401 }

    func attempts(of all: Int) -> Int { isPermanent ? 1 : all }
}
