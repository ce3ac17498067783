import Logging
import MessageCatalog
import OrderedCollections
import Primitives
import Processes
import SiteDesign

/// A node that is a guest of libvirt, under the name of the node (`docs/reference/drydock.md` §14, libvirt).
struct LibvirtDriver: PowerControlDriver {
    static let type = "libvirt"

    private let node: String
    private let virsh: Virsh
    let turns: BMCTurns
    private(set) var timing: OutOfBandTiming
    let memory: BMCMemory
    private let logger: Logger
    var memoryPlace: BMCMemory.Place? { place }

    /// Hosts have many guests, and what went wrong with one is not told of the others.
    var place: BMCMemory.Place {
        let host = AddressCredentials.removed(from: virsh.uri)
        return BMCMemory.Place(.libvirt, "\(host) \(node)", address: host)
    }

    /// - Throws: `oob.parameters` where the design has no `libvirt_uri`.
    init(_ node: BaremetalNode, _ context: DriverContext) throws(BoatyardError) {
        guard let uri = node.outOfBandParameters["libvirt_uri"], !uri.isEmpty else {
            throw BoatyardError(
                "oob.parameters",
                "Node \(node.name) cannot be reached by libvirt: its design gives no libvirt_uri; complete its oob section"
            )
        }
        self.init(
            node: node.name, virsh: Virsh(uri: uri), timing: context.timing,
            turns: context.turns(
                node: node.name, bmc: "libvirt at \(AddressCredentials.removed(from: uri))",
                remedy: "check the host, and that virsh reaches it as the user boatyard"), memory: context.memory,
            logger: context.logger)
    }

    init(node: String, virsh: Virsh, timing: OutOfBandTiming, turns: BMCTurns, memory: BMCMemory, logger: Logger) {
        self.node = node
        self.virsh = virsh
        self.timing = timing
        self.turns = turns
        self.memory = memory
        self.logger = logger
    }

    func powerState(until deadline: Timestamp) async throws -> PowerState {
        switch try await command("power status", ["domstate", node], until: deadline) {
        case "running", "idle", "paused", "in shutdown", "pmsuspended", "blocked": .on
        case "shut off", "crashed": .off
        default: .unknown
        }
    }

    /// libvirt has no order for one boot alone: the network comes first until another order, and the boot script sends the guest to
    /// its disk. A guest that runs begins with it after it was switched off.
    func setNextBoot(
        from source: BootSource, _ mode: BootMode, until deadline: Timestamp
    ) async throws -> OutOfBandOutcome {
        let order = source == .network ? ["network", "hd"] : ["hd", "network"]
        _ = try await boot(from: order, until: deadline)
        return OutOfBandOutcome(
            message:
                "Node \(node) boots from the \(source.rawValue) next. libvirt keeps that order until it is given another."
        )
    }

    func answer(_ request: BMCRequest, until deadline: Timestamp) async throws -> Value {
        // An operator waits for the answer, and may ask again.
        var driver = self
        driver.timing.attempts = min(timing.attempts, 2)
        return try await driver.reply(to: request, until: deadline)
    }

    private func reply(to request: BMCRequest, until deadline: Timestamp) async throws -> Value {
        guard case .boot(let target, _, let uefi) = request else {
            return try await plainAnswer(request, until: deadline)
        }
        let order: [String]
        switch target {
        case .network: order = ["network", "hd"]
        case .disk: order = ["hd", "network"]
        case .cdrom: order = ["cdrom", "hd"]
        case .bios:
            throw BoatyardError("oob.request", "libvirt cannot send a guest into the setup of its firmware")
        }
        let shown = try await boot(from: order, until: deadline)
        return BootAnswer(
            target, persistent: true, uefi: uefi, shown: ["order": Value(shown), "persistent": true]
        ).value
    }

    /// - Returns: what libvirt reads back, which is that order.
    private func boot(from devices: [String], until deadline: Timestamp) async throws -> [String] {
        try await order(until: deadline) {
            let before = try await definition(until: deadline)
            guard let changed = before.booting(from: devices) else {
                throw BoatyardError(
                    "oob.boot-device", "Node \(node): \(turns.bmc) has a definition of it without <os>", kind: .refused)
            }
            if changed != before {
                _ = try await command(
                    "boot order", ["define", "/dev/stdin"], input: Array(changed.xml.utf8), until: deadline)
            }
            let shown = try await definition(until: deadline).bootOrder ?? []
            guard shown == devices else {
                throw BoatyardError(
                    "oob.boot-device",
                    "Node \(node): \(turns.bmc) took the boot order \(devices.joined(separator: ", ")) and reads back "
                        + "'\(shown.joined(separator: ", ").prefix(100))'", kind: .refused)
            }
            return shown
        }
    }

    /// With the secrets that it has: they would be lost otherwise.
    private func definition(until deadline: Timestamp) async throws -> DomainDefinition {
        DomainDefinition(
            try await command(
                "definition", ["dumpxml", "--inactive", "--security-info", node], until: deadline))
    }

    func tell(_ state: PowerState, until deadline: Timestamp) async throws {
        if try await powerState(until: deadline) == state { return }
        _ = try await command(
            "power \(state.rawValue)", [state == .on ? "start" : "destroy", node],
            accepts: state == .on ? "already active" : "domain is not running", until: deadline)
    }

    /// Runs a command; again after a pause where libvirt cannot be reached.
    ///
    /// - Parameter accepts: an error with these words is success.
    /// - Returns: what it prints.
    /// - Throws: `oob.libvirt` with what virsh says; `oob.deadline` with what it told last.
    private func command(
        _ name: String, _ arguments: [String], input: [UInt8] = [], accepts: String? = nil, until deadline: Timestamp
    ) async throws -> String {
        var metadata: Logger.Metadata = ["node": "\(node)", "bmc": "\(turns.bmc)", "command": "\(name)"]
        var attempt = 1
        var before: String?
        while true {
            metadata["attempt"] = "\(attempt)"
            let seconds = min(try turns.left(until: deadline, obstacle: before) / .seconds(1), Self.patience)
            let outcome = try await turns.turn(.session, until: deadline) {
                try await virsh.run(arguments, input: input, seconds: seconds)
            }
            if outcome.status == 0 {
                memory.noteSuccess(place.name)
                logger.log(
                    level: Self.reads.contains(name) ? .debug : .info, .bmcCommandDone,
                    "\(node): the BMC has carried out '\(name)'", metadata: metadata)
                return outcome.output
            }
            if let accepts, outcome.output.contains(accepts) {
                memory.noteSuccess(place.name)
                return ""
            }
            let words = Self.words(outcome, within: seconds)
            memory.noteFailure(place.name, code: "oob.libvirt", message: "\(name): \(words)", refused: nil)
            let isPassing = outcome.status >= 128 || outcome.output.contains("failed to connect")
            guard isPassing, attempt < timing.attempts else {
                let attempts = isPassing && attempt > 1 ? " (attempt \(attempt) of \(timing.attempts))" : ""
                throw BoatyardError(
                    "oob.libvirt", "Node \(node), \(name): \(turns.bmc) says: \(words)\(attempts); \(turns.remedy)",
                    kind: isPassing ? .unreachable : .refused)
            }
            logger.warning(
                .bmcCommandRepeated,
                "\(node): the BMC has not carried out '\(name)', another attempt follows",
                metadata: metadata.merging(["error": "\(words)"]) { $1 })
            before = "virsh says: \(words) (attempt \(attempt) of \(timing.attempts))"
            attempt += 1
            try await turns.pause(timing.pauseBetweenAttempts, until: deadline, obstacle: before)
        }
    }

    /// In seconds, for one command: a connection by SSH takes some.
    private static let patience = 30.0

    /// - Parameter seconds: after which the command was killed, if it was.
    private static func words(_ outcome: ShortProcess.Outcome, within seconds: Double) -> String {
        let printed = words(outcome.output)
        guard outcome.wasKilled else { return printed }
        return "no answer within \(Int(exactly: seconds.rounded(.up)) ?? 0) s" + (printed.isEmpty ? "" : ": \(printed)")
    }

    private static func words(_ output: String) -> String {
        let lines = output.split(separator: "\n").map { $0.hasPrefix("error: ") ? $0.dropFirst(7) : $0[...] }
        let text = lines.joined(separator: ": ")
        return String(ControlCharacters.escaped(LogRedactor.redact(text), keepsLines: false).prefix(300))
    }
}
