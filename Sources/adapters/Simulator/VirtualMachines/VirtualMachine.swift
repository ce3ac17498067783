import Glibc
import IPMI
import Installation
import InstallerTools
import OrderedCollections
import OutboundHTTP
import Primitives

/// A machine with real firmware in QEMU, whose power and boot order belong to its simulated BMC.
actor VirtualMachine {
    private let description: MachineDescription
    private let options: VirtualMachineOptions
    private let power: PowerSwitch
    private let console: VirtualConsole
    private let log: RehearsalLog
    private var running: Task<Void, Never>?

    init(
        _ description: MachineDescription, _ options: VirtualMachineOptions, power: PowerSwitch, line: SerialLine,
        log: RehearsalLog
    ) {
        self.description = description
        self.options = options
        self.power = power
        console = VirtualConsole(
            path: QEMUCommand(description, options, first: .own).consoleSocket, line: line)
        self.log = log
    }

    /// In seconds: a machine runs until somebody switches it off.
    private static let forever = 365.0 * 86_400

    /// Makes what outlives a power cycle: sparse disks, the variables of the firmware, and the network interfaces on the
    /// bridge. What is there already stays as it is.
    ///
    /// - Throws: `RehearsalError` where a program, a file or the bridge is missing; `BoatyardError` for files.
    func prepare() async throws {
        let command = QEMUCommand(description, options, first: .own)
        let folder = "\(options.folder)/\(description.name)"
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
            throw RehearsalError("The folder \(folder) cannot be made: \(systemErrorText()).")
        }
        for (file, disk) in zip(command.disks, description.disks) where access(file, F_OK) != 0 {
            let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw RehearsalError("\(file) cannot be made: \(systemErrorText()).") }
            defer { close(descriptor) }
            guard ftruncate(descriptor, disk.layoutSize) == 0 else {
                throw RehearsalError("\(file) cannot have \(disk.layoutSize) bytes: \(systemErrorText()).")
            }
        }
        if description.firmware == .uefi, access(command.variables, F_OK) != 0 {
            let fresh = try FileContents.read(command.freshVariables, limit: 64 << 20)
            try FileContents.write(fresh, to: command.variables, mode: 0o600)
        }
        try FileContents.write(
            RehearsedDevices.value(of: description).jsonBytes(.compact), to: command.devices, mode: 0o600)
        for interface in description.interfaces {
            let tap = QEMUCommand.tap(of: interface.mac)
            if access("/sys/class/net/\(tap)", F_OK) != 0 {
                try await Self.ip("tuntap", "add", "dev", tap, "mode", "tap")
            }
            try await Self.ip("link", "set", "dev", tap, "master", options.bridge, "up")
        }
    }

    private static func ip(_ arguments: String...) async throws {
        do {
            try await ChildProcess.run(Command(["ip"] + arguments, deadline: 30))
        } catch let failure as CommandFailure {
            throw RehearsalError("A network interface for a virtual machine cannot be made: \(failure)")
        }
    }

    /// Does what the power switch says until it is unplugged or the task is cancelled; then the machine is switched off.
    func run() async {
        let console = console
        let joining = Task { await console.run() }
        for await event in power.events {
            switch event {
            case .bootFlagsChanged(let flags):
                log.record(description.name, "boot-device", ["device": .string("\(flags.device)")])
            case .mediaChanged(let image):
                log.record(description.name, "media", ["image": Value(image)])
            case .poweredOff:
                log.record(description.name, "power-off")
                await halt()
            case .poweredOn(let flags):
                log.record(description.name, "power-on")
                await start(flags)
            case .reset(let flags):
                log.record(description.name, "reset")
                await start(flags)
            }
        }
        await halt()
        joining.cancel()
        await joining.value
    }

    private func halt() async {
        running?.cancel()
        await running?.value
        running = nil
    }

    private func start(_ flags: BootFlags) async {
        await halt()
        let image = power.chassis.media
        let command = QEMUCommand(
            description, options, first: QEMUCommand.first(flags, of: description, options), hasImage: image != nil)
        running = Task { await self.emulate(command, image: image) }
    }

    private static let http = OutboundClient(.init(connectTimeout: 5))
    /// In seconds: for the image, of a few hundred MiB on this host.
    private static let fetching = 300.0

    /// Fetches what the machine finds in the drive of its BMC.
    ///
    /// - Throws: `RehearsalError` for what cannot be fetched; `BoatyardError` for the file.
    private static func fetch(_ image: String, to file: String) async throws {
        guard let address = RemoteAddress(image) else { throw RehearsalError("'\(image)' is no address of an image.") }
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw RehearsalError("\(file) cannot be made: \(systemErrorText()).") }
        defer { close(descriptor) }
        do {
            let answer = try await http.stream(
                OutboundRequest("GET", address), limits: .init(time: fetching, size: 4 << 30, redirects: 3)
            ) {
                $0.status == 200
            } take: { piece in
                guard FileContents.writeAll(piece, to: descriptor) else {
                    throw RehearsalError("\(file) cannot be written: \(systemErrorText()).")
                }
            }
            guard answer.status == 200 else { throw RehearsalError("\(image) answers \(answer.status).") }
        } catch let error as OutboundError {
            throw RehearsalError("\(image) cannot be fetched: \(error.message).")
        }
    }

    /// Runs QEMU once, and tells the BMC what the guest has done.
    private func emulate(_ command: QEMUCommand, image: String?) async {
        var event = MonitorEvent.ended(reason: "no word from it")
        do {
            if let image { try await Self.fetch(image, to: command.image) }
            let process = try ChildProcess(
                Command(command.arguments, deadline: Self.forever), input: .pieces, output: .pieces)
            let outcome = try await withTaskCancellationHandler {
                // Where QEMU has ended already, its end says why.
                try? await process.write(MonitorEvent.greeting)
                var lines = LineReader()
                while let piece = try await process.read() {
                    for line in lines.take(piece) { event = MonitorEvent(line: line) ?? event }
                }
                return await process.finish()
            } onCancel: {
                process.stop()
            }
            guard !Task.isCancelled else { return }
            if outcome.end != .exited(0) {
                let words = String(decoding: outcome.tail, as: UTF8.self)
                event = .ended(reason: "QEMU ended (\(outcome.end)): \(words)")
            }
        } catch {
            guard !Task.isCancelled else { return }
            event = .ended(reason: "\(error)")
        }
        switch event {
        case .reset: power.chassis.restart()
        case .poweredOff: power.chassis.turnOff()
        case .ended(let reason):
            log.record(description.name, "halted", ["reason": .string(reason)])
            power.chassis.turnOff()
        }
    }
}
