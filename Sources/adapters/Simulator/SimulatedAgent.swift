import Installation
import InstallerTools
import OrderedCollections
import OutboundHTTP
import Primitives
import SiteDesign

/// What the ramdisk's agent does, over the same HTTP and by the same planner, but on disks that are only a value.
struct SimulatedAgent: Sendable {
    let machine: MachineDescription
    /// What is on the disks; changed by each operation.
    let disks: SimulatedDisks
    let client: NodeClient
    /// The machine's serial line.
    let line: SerialLine
    let log: RehearsalLog
    let baseURL: String
    let token: String
    /// Whether the machine was booted for rescue: it carries out no other plan then.
    let isForRescue: Bool
    /// What its test finds.
    let hardwareFaults: Set<HardwareFault>
    /// Whether the clock of its BMC begins in 1970.
    let bmcBeginsIn1970: Bool
    /// Called with the share of the installation that is done, 0 to 100; throws where the power goes.
    let progress: @Sendable (Int) async throws -> Void
    /// Called once nothing is left on the disks.
    let erased: @Sendable () async -> Void

    enum Outcome: Sendable {
        case installed(InstalledSystem)
        case erased
        /// It stays as it is, for somebody to log in to.
        case waits
        /// It is tested, and boots as it did before.
        case tested
        /// The token is void: boot by PXE again.
        case startOver
    }

    func run() async throws -> Outcome {
        guard try await sendInventory() else { return .startOver }
        log.record(machine.name, "inventory-sent")

        // Whoever waits for its plan is held by the daemon; only what was not held long is paced here.
        var trouble = Pace(first: 0.25, longest: 8)
        while true {
            let answer = try await client.send("GET", baseURL + "/agent/v1/plan?wait=30", headers: authorization)
            switch answer.status {
            case 200:
                let plan = try Value(json: answer.body)
                if let outcome = try await carryOut(plan) { return outcome }
            case 204:
                trouble.reset()
                try await Task.sleep(for: .seconds(max(answer.retryAfter, 1)))
            case 401, 409: return .startOver
            case 500...: try await trouble.rest(asked: answer.retryAfter)
            default: throw unexpected("The plan", answer)
            }
        }
    }

    /// - Returns: false where the machine has to boot again.
    private func sendInventory() async throws -> Bool {
        var pace = Pace(first: 0.25, longest: 8)
        while true {
            let answer = try await client.send(
                "POST", baseURL + "/agent/v1/inventory", headers: authorization, body: inventory)
            switch answer.status {
            case 200: return true
            case 401: return false
            case 500...: try await pace.rest(asked: answer.retryAfter)
            default: throw unexpected("The inventory", answer)
            }
        }
    }

    /// - Returns: nil where another plan is to be waited for.
    private func carryOut(_ value: Value) async throws -> Outcome? {
        if value["kind"] == "rescue" {
            try checkNode(value["node"]?.stringValue ?? "")
            guard let keys = value["authorized_keys"]?.arrayValue, !keys.isEmpty else {
                throw RehearsalError("The plan of the rescue has no keys.")
            }
            log.record(machine.name, "rescue", ["authorized_keys": .array(keys)])
            return .waits
        }
        guard !isForRescue else {
            log.record(machine.name, "plan-left", ["kind": value["kind"] ?? .null])
            return .waits
        }
        var reporter = Reporter(
            client: client, url: value["report_url"]?.stringValue ?? baseURL + "/agent/v1/events", token: token)
        do {
            switch try MachinePlan(value) {
            case .test(let plan):
                try checkNode(plan.node)
                return try await test(plan)
            case .erase(let plan):
                try checkNode(plan.node)
                for operation in ErasurePlanner.operations(plan, facts) {
                    try await carryOut(operation, bootDataKey: nil, &reporter)
                }
                log.record(machine.name, "erased", ["deployment": .string(plan.deployment)])
                await erased()
                return reporter.next == "continue" ? nil : .erased
            case .install(let plan):
                try checkNode(plan.node)
                log.record(machine.name, "install-started", ["deployment": .string(plan.deployment)])
                let key = plan.bootData?.key
                for operation in try InstallationPlanner.operations(Self.withImage(plan), facts) {
                    try await carryOut(operation, bootDataKey: key, &reporter)
                }
                let system = InstalledSystem(
                    deployment: plan.deployment, token: token, eventsURL: reporter.url, lastSequence: reporter.sequence,
                    bootActions: Self.bootActions(value), key: key?.reveal())
                log.record(machine.name, "installed", ["deployment": .string(plan.deployment)])
                return .installed(system)
            }
        } catch let error as RehearsalError {
            try await reporter.report("failed", error.description)
            throw error
        } catch let error as InstallationError {
            try await reporter.report("failed", error.message, isPermanent: error.isPermanent)
            throw RehearsalError(error.message)
        }
    }

    /// - Returns: nil where another plan is to be waited for.
    private func test(_ plan: HardwareTestPlan) async throws -> Outcome? {
        log.record(machine.name, "test-started", ["mode": .string(plan.mode.rawValue)])
        guard !hardwareFaults.contains(.hangsInTest) else { return .waits }
        let hardware = SimulatedHardware(
            plan: plan, facts: facts, faults: hardwareFaults, bmcBeginsIn1970: bmcBeginsIn1970)
        let findings = HardwareComparison(plan, facts, hardware.readings).findings
        let body: Value = ["test": .string(plan.test), "findings": .array(findings.map(\.value))]
        var pace = Pace(first: 0.25, longest: 8)
        while true {
            let answer = try await client.send("POST", baseURL + "/agent/v1/test", headers: authorization, body: body)
            switch answer.status {
            case 200:
                log.record(machine.name, "tested", ["findings": .string(findings.summary)])
                return try Value(json: answer.body)["next"] == "continue" ? nil : .tested
            case 401, 409: return .startOver
            case 500...: try await pace.rest(asked: answer.retryAfter)
            default: throw unexpected("The report of the test", answer)
            }
        }
    }

    private func checkNode(_ node: String) throws(RehearsalError) {
        guard node == machine.name else {
            throw RehearsalError("The plan is for \(node), not for \(machine.name).")
        }
    }

    private var facts: MachineFacts {
        let (disks, layers) = disks.facts
        return MachineFacts(
            firmware: machine.firmware, disks: disks, layers: layers,
            interfaces: machine.interfaces.map { .init(name: $0.name, mac: $0.mac, pciAddress: $0.address) })
    }

    /// An image is neither fetched nor needed: sites are rehearsed before their images are made.
    private static func withImage(_ plan: InstallationPlan) -> InstallationPlan {
        var plan = plan
        plan.image.url = plan.image.url ?? "http://image.invalid/"
        plan.image.sha256 = plan.image.sha256 ?? String(repeating: "0", count: 64)
        plan.image.format = plan.image.format ?? .tar
        return plan
    }

    private func carryOut(
        _ operation: InstallationOperation, bootDataKey key: Secret<String>?, _ reporter: inout Reporter
    ) async throws {
        line.write(line: "boatyard-agent: " + operation.description)
        switch operation.action {
        case .report(let phase):
            if phase == .bootdata, key == nil, !machine.assets.isEmpty {
                throw RehearsalError("The plan has no boot data, the documents have \(machine.assets.count) assets.")
            }
            if phase == .installed { try await progress(100) }
            try await reporter.report(phase.rawValue, operation.description)
            if let percent = Self.progress[phase] { try await progress(percent) }
        case .unpackBootData(let archive): try await fetch(archive, key: key?.reveal() ?? "")
        default:
            do { try disks.carryOut(operation) } catch {
                throw RehearsalError(InstallationRun.failure(of: operation, on: machine.name, error))
            }
            log.record(machine.name, "operation", ["operation": .string(operation.description)])
        }
    }

    /// How much of an installation is done after the report of a phase, in per cent.
    private static let progress: [InstallationPhase: Int] = [
        .started: 10, .partitioned: 30, .image: 60, .configured: 80,
    ]

    private func fetch(_ archive: BootDataArchive, key: String) async throws {
        let bytes = try await client.get(archive.url, headers: [("X-Bootaction-Key", key)])
        let kind: MachineDescription.ExpectedAsset.Kind = archive.kind == .units ? .units : .files
        let members = try BootDataCheck.verify(bytes, kind: kind, of: machine)
        log.record(machine.name, "bootdata", ["kind": .string(kind.rawValue), "members": .int(members.count)])
    }

    private static func bootActions(_ plan: Value) -> [PlannedBootAction] {
        (plan["boot_actions"]?.arrayValue ?? []).compactMap { action in
            guard let name = action["name"]?.stringValue, let url = action["report_url"]?.stringValue else {
                return nil
            }
            return PlannedBootAction(name: name, signaling: action["signaling"]?.boolValue ?? true, reportURL: url)
        }
    }

    private var authorization: [(String, String)] { [("Authorization", "Bearer \(token)")] }

    private func unexpected(_ what: String, _ answer: OutboundResponse) -> RehearsalError {
        RehearsalError(
            "\(what) was answered \(answer.status): \(String(decoding: answer.body.prefix(300), as: UTF8.self))")
    }

    private var inventory: Value {
        [
            "mac": .string(machine.mac.description),
            "bmc_address": machine.bmcProtocol.isInDocuments ? .string(machine.bmcAddress) : .null,
            "serial": .string("REHEARSED-\(machine.name)"), "uuid": .string(machine.uuid), "cpu_count": 8,
            "memory_mib": 16384,
            "interfaces": .array(
                machine.interfaces.map {
                    ["name": .string($0.name), "mac": .string($0.mac.description), "address": Value($0.address)]
                }),
            "disks": .array(
                machine.disks.map {
                    [
                        "name": .string($0.name), "size": .int($0.size), "address": Value($0.address),
                        "model": "Virtual disk", "serial": .string($0.serial(in: machine)),
                    ]
                }),
            "details": [["generator": "lshw", "format": "text/xml", "data": .string(LshwText.describe(machine))]],
        ]
    }
}

/// Reports phases in order, each once.
struct Reporter: Sendable {
    let client: NodeClient
    let url: String
    let token: String
    private(set) var sequence = 0
    /// What the last report was answered: `continue`, `reboot` or `stop`.
    private(set) var next = ""

    init(client: NodeClient, url: String, token: String, after sequence: Int = 0) {
        self.client = client
        self.url = url
        self.token = token
        self.sequence = sequence
    }

    mutating func report(_ phase: String, _ message: String, isPermanent: Bool = false) async throws {
        sequence += 1
        let event = InstallerEvent(
            phase: phase, message: message, sequence: sequence, isPermanent: isPermanent,
            takesNextPlan: phase == "started")
        let body = try Value(json: event.json)
        var pace = Pace(first: 0.25, longest: 8)
        while true {
            let answer = try await client.send("POST", url, headers: [("Authorization", "Bearer \(token)")], body: body)
            if answer.status < 300 {
                next = try Value(json: answer.body)["next"]?.stringValue ?? ""
                return
            }
            guard answer.status >= 500 else {
                throw RehearsalError("The event \(phase) was answered \(answer.status).")
            }
            try await pace.rest(asked: answer.retryAfter)
        }
    }
}

/// What an installation left on the disk.
package struct InstalledSystem: Sendable, Equatable {
    /// The deployment's ULID.
    package var deployment: String
    package var token: String
    /// Where the installer and the installed system report.
    package var eventsURL: String
    package var lastSequence: Int
    package var bootActions: [PlannedBootAction]
    package var key: String?
    /// Whether it has reported that it runs, and its boot actions have signalled.
    package var hasReported = false
}

/// A boot action as the install plan lists it.
package struct PlannedBootAction: Sendable, Equatable {
    package var name: String
    package var signaling: Bool
    package var reportURL: String
}
