import OrderedCollections
import OutboundHTTP
import Primitives

/// What the ramdisk's agent does, over the same HTTP and with the same checks, but on a disk that is only a value.
struct SimulatedAgent: Sendable {
    let machine: MachineDescription
    let client: NodeClient
    let log: RehearsalLog
    let baseURL: String
    let token: String
    /// Called with the share of the installation that is done, 0 to 100; throws where the power goes.
    let progress: @Sendable (Int) async throws -> Void

    enum Outcome: Sendable {
        case installed(InstalledSystem)
        case erased
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
                return try await carryOut(plan)
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

    private func carryOut(_ plan: Value) async throws -> Outcome {
        var reporter = Reporter(
            client: client, url: plan["report_url"]?.stringValue ?? baseURL + "/agent/v1/events", token: token)
        let deployment = plan["deployment"]?.stringValue ?? ""
        guard !deployment.isEmpty else { throw RehearsalError("The plan names no deployment.") }
        guard plan["node"]?.stringValue == machine.name else {
            throw RehearsalError("The plan is for \(plan["node"]?.stringValue ?? "nobody"), not for \(machine.name).")
        }
        switch plan["kind"]?.stringValue {
        case "erase":
            try await reporter.report("started", "Erasing every disk.")
            try await reporter.report("erased", "\(machine.disks.count) disks are empty.")
            log.record(machine.name, "erased", ["deployment": .string(deployment)])
            return .erased
        case "install": break
        case let kind: throw RehearsalError("The plan is of an unknown kind: \(kind ?? "none").")
        }

        log.record(machine.name, "install-started", ["deployment": .string(deployment)])
        try await reporter.report("started", "Installing \(plan["image"]?["name"]?.stringValue ?? "an image").")
        try await progress(10)
        do {
            try DiskLayout.verify(plan, on: machine)
            try await reporter.report("partitioned", "The disks are laid out.")
            try await progress(30)
            try await reporter.report("image", "The image is written.")
            try await progress(60)
            try NetworkLayout.verify(plan, on: machine)
            try await reporter.report("configured", "Network, users and packages are set.")
            try await progress(80)
            try await fetchBootData(plan)
            try await reporter.report("bootdata", "Files and units are in place.")
        } catch let error as RehearsalError {
            try await reporter.report("failed", error.description)
            throw error
        }
        try await progress(100)
        let system = InstalledSystem(
            deployment: deployment, token: token, eventsURL: reporter.url, lastSequence: reporter.sequence + 1,
            bootActions: Self.bootActions(plan), key: plan["boot_data"]?["key"]?.stringValue)
        try await reporter.report("installed", "Ready to boot from disk.")
        log.record(machine.name, "installed", ["deployment": .string(deployment)])
        return .installed(system)
    }

    private func fetchBootData(_ plan: Value) async throws {
        guard let bootData = plan["boot_data"], !bootData.isNull else {
            guard machine.assets.isEmpty else {
                throw RehearsalError("The plan has no boot data, the documents have \(machine.assets.count) assets.")
            }
            return
        }
        guard let key = bootData["key"]?.stringValue else { throw RehearsalError("The plan has no boot data key.") }
        for kind in [MachineDescription.ExpectedAsset.Kind.units, .files] {
            guard let url = bootData[kind.rawValue]?.stringValue else {
                throw RehearsalError("The plan has no address for its \(kind.rawValue).")
            }
            let archive = try await client.get(url, headers: [("X-Bootaction-Key", key)])
            let members = try BootDataCheck.verify(archive, kind: kind, of: machine)
            log.record(machine.name, "bootdata", ["kind": .string(kind.rawValue), "members": .int(members.count)])
        }
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
            "mac": .string(machine.mac.description), "bmc_address": .string(machine.bmcAddress),
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
                        "model": "Virtual disk", "serial": .string("\(machine.name)-\($0.name)"),
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

    init(client: NodeClient, url: String, token: String, after sequence: Int = 0) {
        self.client = client
        self.url = url
        self.token = token
        self.sequence = sequence
    }

    mutating func report(_ phase: String, _ message: String) async throws {
        sequence += 1
        let body: Value = ["phase": .string(phase), "message": .string(message), "sequence": .int(sequence)]
        var pace = Pace(first: 0.25, longest: 8)
        while true {
            let answer = try await client.send("POST", url, headers: [("Authorization", "Bearer \(token)")], body: body)
            if answer.status < 300 { return }
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
}

/// A boot action as the install plan lists it.
package struct PlannedBootAction: Sendable, Equatable {
    package var name: String
    package var signaling: Bool
    package var reportURL: String
}
