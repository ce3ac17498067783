import IPMI
import OrderedCollections
import OutboundHTTP
import Primitives

/// A machine that boots, installs and signals over real HTTP; its power and boot order belong to its BMC.
actor SimulatedMachine {
    private let description: MachineDescription
    private let power: PowerSwitch
    private let line: SerialLine
    private let client: NodeClient
    private let bootServer: BootServer
    private let log: RehearsalLog
    private let faults: [Fault]
    private let disks: SimulatedDisks
    private var disk: InstalledSystem?
    private var work: Task<Void, Never>?
    private var powerLossIsDue: Bool
    /// In seconds, from power-on to the first request.
    private let firmwareTime: Int
    /// Between boots that led to nothing.
    private var pace = Pace(first: 0.25, longest: 30)

    init(
        _ description: MachineDescription, power: PowerSwitch, line: SerialLine, faults: [Fault],
        bootServer: BootServer, log: RehearsalLog, localAddress: String? = nil
    ) {
        let description = description.wired(faults)
        self.description = description
        client = NodeClient(localAddress: localAddress)
        disks = SimulatedDisks(
            description, failing: faults.contains(.diskFails) ? description.disks.first?.name : nil)
        self.power = power
        self.line = line
        self.faults = faults
        self.bootServer = bootServer
        self.log = log
        powerLossIsDue = faults.contains { if case .powerLost = $0 { true } else { false } }
        firmwareTime = faults.compactMap { if case .slowPXE(let seconds) = $0 { seconds } else { nil } }.max() ?? 0
        // As a login prompt does.
        line.onInput { [weak line] input in
            if case .characters(let characters) = input { line?.write(characters) }
        }
    }

    /// Does what the power switch says until it is unplugged or the task is cancelled.
    func run() async {
        for await event in power.events {
            switch event {
            case .bootFlagsChanged(let flags):
                log.record(description.name, "boot-device", ["device": .string("\(flags.device)")])
            case .mediaChanged(let image):
                log.record(description.name, "media", ["image": Value(image)])
            case .poweredOff:
                log.record(description.name, "power-off")
                halt()
            case .poweredOn(let flags):
                log.record(description.name, "power-on")
                start(flags)
            case .reset(let flags):
                log.record(description.name, "reset")
                start(flags)
            }
        }
        halt()
    }

    private func halt() {
        work?.cancel()
        work = nil
    }

    /// As firmware does: the ordered device, else the disk if there is a system on it, else the network. A drive without an
    /// image is passed over.
    private func start(_ flags: BootFlags) {
        halt()
        guard !faults.contains(.bootedFromDisk) else {
            work = Task { await self.bootFormerSystem() }
            return
        }
        let media = flags.nextDevice == .cdrom ? power.chassis.media : nil
        let fromNetwork = flags.isValid && flags.device == .pxe || disk == nil
        work = Task { await self.boot(fromMedia: media, fromNetwork: fromNetwork) }
    }

    private func boot(fromMedia media: String?, fromNetwork: Bool) async {
        do {
            if let media {
                try await boot(fromMedia: media)
            } else if fromNetwork {
                try await bootFromNetwork()
            } else {
                try await bootFromDisk()
            }
        } catch is CancellationError {
            return
        } catch {
            line.write(line: "\(error.inWords)")
            log.record(description.name, "halted", ["reason": .string(error.inWords)])
        }
    }

    /// What an earlier installation has left, whose daemon never took its report.
    private func bootFormerSystem() async {
        log.record(description.name, "booted-former-system")
        do {
            let base = try await bootServer.nodeURL()
            let token = String(repeating: "0", count: 64)
            let answer = try await client.send(
                "POST", base + "/agent/v1/events", headers: [("Authorization", "Bearer \(token)")],
                body: ["phase": "booted", "message": "The installed system is up.", "sequence": 100])
            log.record(description.name, "former-system", ["status": .int(answer.status)])
        } catch {
            return
        }
    }

    private func bootFromNetwork() async throws {
        if firmwareTime > 0 { try await Task.sleep(for: .seconds(firmwareTime)) }
        line.write(line: "net0: \(description.mac) using simulated on \(description.name) (open)")
        let base = try await bootServer.nodeURL()
        let address = description.mac.description.split(separator: ":").joined(separator: "-")
        line.write(line: base + "/ipxe/" + address + "... ok")
        let script = try await client.get(base + "/ipxe/" + address)
        var interpreter = try ScriptInterpreter(String(decoding: script, as: UTF8.self))
        var succeeded = true
        while true {
            let action = try interpreter.next(succeeded)
            succeeded = true
            switch action {
            case .fetch(let url):
                let answer = try await client.send("GET", url)
                succeeded = answer.status == 200
                line.write(
                    line: AddressCredentials.removed(from: url) + (succeeded ? "... ok" : "... \(answer.status)"))
                // What is there and holds nothing cannot be booted.
                if succeeded, answer.body.isEmpty { throw RehearsalError("\(url) is empty.") }
            case .startDisk:
                log.record(description.name, "pxe-local")
                return try await bootFromDisk()
            case .pause(let seconds): try await Task.sleep(for: .seconds(seconds))
            case .show(let text):
                line.write(line: text)
                log.record(description.name, "screen", ["line": .string(text)])
            case .end(.boot(_, let arguments, _)):
                log.record(description.name, "pxe-installer")
                return try await runInstaller(arguments)
            case .end(.nextDevice):
                log.record(description.name, "pxe-local")
                return try await bootFromDisk()
            case .end(.reboot):
                log.record(description.name, "boot-again")
                power.chassis.restart()
                return
            }
        }
    }

    /// From the image in the drive of its BMC, whose installer asks the daemon what the machine boots.
    private func boot(fromMedia image: String) async throws {
        _ = try await client.get(image)
        let base = try await bootServer.nodeURL()
        let text = try await client.get(base + "/agent/v1/boot?mac=\(description.mac)")
        let answer = try Value(json: text)
        guard answer["boot"] == "installer", let token = answer["token"]?.stringValue else {
            log.record(description.name, "media-local")
            return try await bootFromDisk()
        }
        log.record(description.name, "media-installer", ["image": .string(image)])
        try await runInstaller([
            "boatyard.url=\(base)", "boatyard.mac=\(description.mac)", "boatyard.token=\(token)",
            "boatyard.mode=\(answer["mode"]?.stringValue ?? "install")",
        ])
    }

    private func runInstaller(_ arguments: [String]) async throws {
        line.write(line: "[    0.000000] Command line: " + arguments.joined(separator: " "))
        var parameters: [String: String] = [:]
        for argument in arguments {
            guard let equals = argument.firstIndex(of: "=") else { continue }
            parameters[String(argument[..<equals])] = String(argument[argument.index(after: equals)...])
        }
        guard let url = parameters["boatyard.url"], let token = parameters["boatyard.token"],
            parameters["boatyard.mac"].flatMap(MACAddress.init) == description.mac
        else {
            throw RehearsalError("The kernel command line lacks boatyard.url, boatyard.token or this machine's MAC.")
        }
        let installer = SimulatedAgent(
            machine: description, disks: disks, client: client, line: line, log: log, baseURL: url, token: token,
            isForRescue: parameters["boatyard.mode"] == "rescue",
            hardwareFaults: Set(faults.compactMap { if case .hardware(let fault) = $0 { fault } else { nil } }),
            bmcBeginsIn1970: faults.contains(.clockIn1970),
            progress: { [weak self] percent in try await self?.reached(percent) },
            erased: { [weak self] in await self?.loseSystem() })
        let outcome = try await installer.run()
        try Task.checkCancellation()
        switch outcome {
        case .installed(let system):
            disk = system
            pace.reset()
        case .erased: pace.reset()
        case .waits: return
        case .tested: pace.reset()
        case .startOver:
            log.record(description.name, "boot-again")
            try await Task.sleep(for: .seconds(pace.take()))
            power.chassis.setBootFlags(BootFlags(device: power.chassis.media == nil ? .pxe : .cdrom))
        }
        power.chassis.restart()
    }

    private func loseSystem() { disk = nil }

    private func reached(_ percent: Int) throws {
        try Task.checkCancellation()
        let ordered = faults.compactMap { if case .powerLost(let at) = $0 { at } else { nil } }.min()
        guard powerLossIsDue, let ordered, ordered <= percent else { return }
        powerLossIsDue = false
        // An installation comes in steps; the first one at or after the ordered point is where the power goes.
        log.record(description.name, "power-lost", ["ordered": .int(ordered), "percent": .int(percent)])
        power.chassis.turnOff()
        throw CancellationError()
    }

    private func bootFromDisk() async throws {
        guard let system = disk else {
            line.write(line: "No bootable device.")
            throw RehearsalError("There is nothing to boot on the disk.")
        }
        line.write(line: "Booting from Hard Disk...")
        line.write(line: "")
        line.write(Array("\(description.name) login: ".utf8))
        log.record(description.name, "booted", ["deployment": .string(system.deployment)])
        // It reports, and its boot actions signal, when it runs for the first time.
        guard !system.hasReported else {
            log.record(description.name, "running", ["requests": .int(client.requests.count)])
            return
        }
        var reporter = Reporter(
            client: client, url: system.eventsURL, token: system.token, after: system.lastSequence)
        try await reporter.report("booted", "\(description.name) runs from its disk.")
        if !faults.contains(.neverSignals) {
            for action in system.bootActions where action.signaling {
                try await signal(action, key: system.key ?? "")
            }
        }
        if disk == system { disk?.hasReported = true }
        log.record(description.name, "running", ["requests": .int(client.requests.count)])
    }

    private func signal(_ action: PlannedBootAction, key: String) async throws {
        let fails = faults.contains(.bootActionFails)
        let body: Value = [
            "status": fails ? "failure" : "success",
            "details": [["message": .string("\(action.name) on \(description.name)"), "error": .bool(fails)]],
        ]
        var pace = Pace(first: 0.25, longest: 8)
        while true {
            let answer = try await client.send(
                "POST", action.reportURL, headers: [("X-Bootaction-Key", key)], body: body)
            log.record(
                description.name, "signal", ["action": .string(action.name), "status": .int(answer.status)])
            // 409: the answer to an earlier attempt was lost on its way.
            if answer.status < 500 { return }
            try await pace.rest(asked: answer.retryAfter)
        }
    }
}
