import ArgumentParser
import Glibc
import NIOCore
import NIOPosix
import Primitives
import RehearsalMap
import Simulator

@main
struct Rehearse: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "boatyard-rehearse",
        abstract: "Run a site's machines as virtual ones, before touching metal.",
        discussion: """
            Every machine of the documents gets a real BMC on a loopback port and boots over HTTP as firmware, iPXE and \
            the installer would. Start this first, then the daemon with its map; the daemon's ready line goes into the \
            file that this waits for:

              boatyard-rehearse --site my-site --map map.json --boot-server ready.json &
              boatyardd --ephemeral --rehearsal-map map.json > ready.json

            Faults for --fault MACHINE=FAULT:
              \(Fault.spellings.joined(separator: "\n  "))
            """,
        version: boatyardVersion)

    @Option(help: "A YAML file or a folder of the site's documents; may be repeated.")
    var site: [String]

    @Option(help: "Where to write the map that boatyardd is started with.")
    var map: String

    @Option(help: "The file that gets boatyardd's ready line. Not with --vm: real firmware finds the daemon by DHCP.")
    var bootServer: String?

    @Option(help: "A file to append every event to, one JSON object a line.")
    var events: String?

    @Option(
        help: ArgumentHelp(
            "A fault of a machine, such as berth-3=power-lost@60; may be repeated.", valueName: "machine=fault"))
    var fault: [String] = []

    @Flag(
        help: "Give every machine real firmware, disks and a boot loader in QEMU. Needs root, ovmf and qemu-system-x86."
    )
    var vm = false

    @Option(help: ArgumentHelp("With --vm: only these machines.", valueName: "name,…"))
    var machines: String?

    @Option(help: "With --vm: the bridge, in this network namespace, that the machines' interfaces are on.")
    var bridge = "boatyard0"

    @Option(help: "With --vm: the folder for disks, firmware variables and consoles.")
    var folder = "virtual-machines"

    @Option(help: "With --vm: the memory of each machine in MiB.")
    var memory = 1536

    @Option(help: "With --vm: the date at which each machine's hardware clock stands whenever it starts.")
    var clock: String?

    @Option(help: ArgumentHelp("With --vm: machines that start only what is signed.", valueName: "name,…"))
    var secureBoot: String?

    @Option(help: ArgumentHelp("With --vm: UEFI machines that boot by HTTP instead of TFTP.", valueName: "name,…"))
    var httpBoot: String?

    @Option(
        help: ArgumentHelp("With --vm: machines whose own boot order has the network first.", valueName: "name,…"))
    var networkFirst: String?

    static func main() async {
        do {
            var command = try parseAsRoot()
            if let rehearsal = command as? Rehearse { try await rehearsal.run() } else { try command.run() }
        } catch {
            // What is wrong with the arguments, in which anything may stand; or help.
            let code = exitCode(for: error)
            let text = fullMessage(for: error)
            if !text.isEmpty { write(text, to: code.isSuccess ? STDOUT_FILENO : STDERR_FILENO) }
            Glibc.exit(code.rawValue)
        }
    }

    func validate() throws {
        if site.isEmpty { throw ValidationError("Give the site's documents: --site FOLDER.") }
        _ = try faults()
        if !vm, machines != nil || secureBoot != nil || httpBoot != nil || networkFirst != nil || clock != nil {
            throw ValidationError("--machines, --secure-boot, --http-boot, --network-first and --clock need --vm.")
        }
        if vm == (bootServer != nil) {
            throw ValidationError(
                vm
                    ? "--boot-server is for machines in memory: leave out --vm, or --boot-server."
                    : "Give the file that gets boatyardd's ready line: --boot-server ready.json.")
        }
        if let clock, clock.utf8.count != 10 || Timestamp(clock) == nil {
            throw ValidationError("--clock is a date such as 2001-01-01.")
        }
        guard (256...65_536).contains(memory) else { throw ValidationError("--memory is from 256 to 65536 MiB.") }
        if vm, !fault.isEmpty { throw ValidationError("--fault is for machines in memory: leave out --vm.") }
    }

    func run() async throws {
        do {
            try await rehearse()
        } catch let error as RehearsalError {
            report("Error: \(error.inWords)")
            throw ExitCode.failure
        } catch let error as BoatyardError {
            report("Error: \(error.message)")
            throw ExitCode.failure
        }
    }

    private func rehearse() async throws {
        OpenFiles.raiseLimit()
        let documents = try SiteDocuments.rendered(from: site)
        var rehearsedSite = try RehearsedSite(documents: documents)
        if let machines { rehearsedSite = try rehearsedSite.limited(to: Self.names(machines)) }
        let kind: Rehearsal.MachineKind =
            if let bootServer { .inMemory(BootServer(readyFile: bootServer)) } else {
                .virtual(try virtualMachines(of: rehearsedSite))
            }
        let log = try events.map(Self.openLog) ?? RehearsalLog { _ in }
        let rehearsal = try await Rehearsal.start(
            rehearsedSite, faults: try faults(), machines: kind, log: log,
            group: MultiThreadedEventLoopGroup.singleton)
        for machine in rehearsedSite.machines {
            let address = rehearsal.map.bmc[machine.bmcAddress] ?? ""
            report("\(machine.name): BMC \(machine.bmcAddress) is udp \(address), boots as \(machine.mac)")
        }
        for host in rehearsedSite.locationHosts {
            report("\(host) is answered by \(rehearsal.map.hosts[host] ?? "")")
        }
        // Last, since whoever waits for the map may start the daemon at once.
        try FileContents.write(Array((rehearsal.map.value.json(.pretty) + "\n").utf8), to: map, mode: 0o644)

        try await withThrowingTaskGroup { group in
            group.addTask { try await rehearsal.run() }
            group.addTask { await Self.untilTerminated() }
            try await group.next()
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    private static func names(_ text: String?) -> Set<String> {
        Set((text ?? "").split(separator: ",").map(String.init))
    }

    private func virtualMachines(of site: RehearsedSite) throws -> VirtualMachineOptions {
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
            throw RehearsalError("The folder \(folder) cannot be made: \(systemErrorText()).")
        }
        guard let path = realpath(folder, nil) else {
            throw RehearsalError("The folder \(folder) cannot be opened: \(systemErrorText()).")
        }
        defer { free(path) }
        var options = VirtualMachineOptions(bridge: bridge, folder: String(cString: path))
        options.memory = memory
        options.clock = clock
        options.secureBoot = Self.names(secureBoot)
        options.httpBoot = Self.names(httpBoot)
        options.networkFirst = Self.names(networkFirst)
        try options.check(against: site)
        return options
    }

    private func faults() throws -> [String: [Fault]] {
        var faults: [String: [Fault]] = [:]
        for text in fault {
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex,
                let fault = Fault(String(text[text.index(after: equals)...]))
            else {
                throw ValidationError(
                    "--fault takes MACHINE=FAULT, not '\(text)'; faults are \(Fault.spellings.joined(separator: ", "))."
                )
            }
            faults[String(text[..<equals]), default: []].append(fault)
        }
        return faults
    }

    private static func openLog(_ path: String) throws -> RehearsalLog {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw BoatyardError("file.write", "Cannot write \(path): \(systemErrorText()).")
        }
        return RehearsalLog.lines(to: descriptor)
    }

    private static func untilTerminated() async {
        let signals = TerminationSignals()
        await signals.wait()
    }

    private func report(_ text: String) { Self.write(text, to: STDERR_FILENO) }

    private static func write(_ text: String, to descriptor: CInt) {
        let bytes = Array((ControlCharacters.escaped(text, keepsLines: true) + "\n").utf8)
        // A stream that is closed leaves nobody to tell.
        _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }
}
