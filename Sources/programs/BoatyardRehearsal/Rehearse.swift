import ArgumentParser
import Glibc
import NIOCore
import NIOPosix
import Netboot
import Primitives
import RehearsalMap
import Simulator

/// What runs as `boatyard-rehearse`.
package enum RehearsalProgram {
    package static func main() async { await Rehearse.main() }
}

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

            With --vm they are machines of QEMU with real firmware, on a bridge in a network of their own, which nothing outside \
            of it sees. A daemon, DHCP and TFTP are there for them; --deploy deploys the site, else it says how to:

              sudo boatyard-rehearse --vm --site my-site --deploy

            Faults for --fault MACHINE=FAULT:
              \(Fault.spellings.joined(separator: "\n  "))
            """,
        version: boatyardVersion)

    @Option(help: "A YAML file or a folder of the site's documents; may be repeated.")
    var site: [String]

    @Option(
        help: "Where to write the map that boatyardd is started with. With --vm it is map.json in --folder otherwise.")
    var map: String?

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

    @Option(
        help: ArgumentHelp(
            "With --vm: a bridge in this network namespace, instead of a network of their own, for the machines' interfaces.",
            discussion: "The daemon, DHCP and TFTP are then yours to start, with --map."))
    var bridge: String?

    @Flag(help: "With --vm: store, commit and deploy the site, and end with the machines deployed or not.")
    var deploy = false

    @Option(
        help: """
            With --vm: the folder of a daemon with the installer and the images; '' for none. (default: \(Self.hostNetboot))
            """)
    var netboot: String?

    private static let hostNetboot = "/var/lib/boatyard/netboot"

    @Flag(name: .customLong(String(OwnNetwork.mark.dropFirst(2))), help: .hidden)
    var isInOwnNetwork = false

    @Option(help: "With --vm: the folder for disks, firmware variables and consoles.")
    var folder = "virtual-machines"

    @Option(
        help: "With --vm: the memory of each machine in MiB; without it 1536, or more where the installer needs it.")
    var memory: Int?

    @Option(
        help:
            "With --vm: how many processors each machine has; without it two, or one where the host has fewer than two for each."
    )
    var processors: Int?

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
        if !vm {
            let isVirtual = [machines, secureBoot, httpBoot, networkFirst, clock, bridge].contains { $0 != nil }
            if isVirtual || deploy {
                throw ValidationError(
                    "--machines, --secure-boot, --http-boot, --network-first, --clock, --bridge and --deploy need --vm."
                )
            }
            if map == nil { throw ValidationError("Give the file for the map of boatyardd: --map map.json.") }
        }
        if bridge != nil {
            if map == nil { throw ValidationError("Give the file for the map of boatyardd: --map map.json.") }
            if deploy {
                throw ValidationError("--deploy needs the daemon of a network of their own: leave out --bridge.")
            }
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
        if let memory, !(256...65_536).contains(memory) {
            throw ValidationError("--memory is from 256 to 65536 MiB.")
        }
        if let processors, !(1...64).contains(processors) {
            throw ValidationError("--processors is from 1 to 64.")
        }
        if vm, !fault.isEmpty { throw ValidationError("--fault is for machines in memory: leave out --vm.") }
    }

    func run() async throws {
        do {
            try await rehearse()
        } catch is Deployed {
            report("Deployed. Disks, logs and consoles are in \(folder).")
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
        CoreFiles.forbid()
        let design = try RehearsedSite.compile(try SiteDocuments.rendered(from: site))
        var rehearsedSite = RehearsedSite(design)
        if let machines { rehearsedSite = try rehearsedSite.limited(to: Self.names(machines)) }
        guard vm else {
            guard let bootServer, let map else { return }
            return try await rehearse(rehearsedSite, .inMemory(BootServer(readyFile: bootServer)), map: map, nil)
        }
        let options = try virtualMachines(of: rehearsedSite)
        if bridge != nil, let map { return try await rehearse(rehearsedSite, .virtual(options), map: map, nil) }
        let addresses = try ProvisioningAddresses.all(in: design)
        let source = try netbootSource(for: options)
        guard isInOwnNetwork else { try OwnNetwork.enter() }
        let file = map ?? "\(options.folder)/map.json"
        let seedHost = try VirtualSeedHost(folder: options.folder, map: file)
        defer { seedHost.remove() }
        try await OwnNetwork.prepare(addresses)
        try await seedHost.prepare(
            addresses, netboot: source, usesSecureBoot: !options.secureBoot.isEmpty)
        try await rehearse(rehearsedSite, .virtual(options), map: file, seedHost)
    }

    /// Runs the machines until a signal comes, or until what was to be done with them is done.
    private func rehearse(
        _ rehearsedSite: RehearsedSite, _ kind: Rehearsal.MachineKind, map: String, _ seedHost: VirtualSeedHost?
    ) async throws {
        let log = try events.map(Self.openLog) ?? RehearsalLog { _ in }
        let faults = try faults()
        let rehearsal = try await Rehearsal.start(
            rehearsedSite, faults: faults, machines: kind, log: log,
            group: MultiThreadedEventLoopGroup.singleton)
        for machine in rehearsedSite.machines {
            let address = rehearsal.map.bmc[machine.bmcAddress] ?? ""
            let reached =
                switch machine.bmcProtocol {
                case .ipmi: "BMC \(machine.bmcAddress) is udp \(address),"
                case .redfish, .redfishPlain: "BMC \(machine.bmcAddress) is tcp \(address),"
                case .libvirt: "is a guest, in whose place a BMC at udp \(address) is switched,"
                case .manual:
                    "has no BMC; the rehearsal does what somebody is asked to do, at 'boatyard ack \(machine.name)' or "
                        + "after out_of_band.manual_pause (1 s by default);"
                }
            report("\(machine.name): \(reached) boots as \(machine.mac)")
        }
        for remark in rehearsedSite.remarks(on: faults) { report("Warning: \(remark)") }
        for machine in rehearsedSite.leftOut { report("\(machine.name) is not rehearsed: \(machine.reason)") }
        for host in rehearsedSite.locationHosts {
            report("\(host) is answered by \(rehearsal.map.hosts[host] ?? "")")
        }
        // Last, since whoever waits for the map may start the daemon at once.
        try FileContents.write(Array((rehearsal.map.value.json(.pretty) + "\n").utf8), to: map, mode: 0o644)

        try await withThrowingTaskGroup { group in
            group.addTask { try await rehearsal.run() }
            group.addTask { await Self.untilTerminated() }
            if let seedHost {
                group.addTask { try await seedHost.run { try await use(seedHost) } }
            }
            try await group.next()
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    /// Says how the site is deployed, or deploys it and ends the rehearsal.
    private func use(_ seedHost: VirtualSeedHost) async throws {
        report(Self.wayIn(socket: seedHost.socket, isDeployed: deploy))
        guard deploy else { return }
        let chosen = machines.map { Self.names($0).sorted() }
        guard await seedHost.deploy(site, machines: chosen) else {
            throw RehearsalError("The site was not deployed. Logs and consoles are in \(folder).")
        }
        throw Deployed()
    }

    /// How the daemon is asked meanwhile.
    ///
    /// - Parameter isDeployed: whether this program deploys the site itself.
    static func wayIn(socket: String, isDeployed: Bool) -> String {
        var lines = ["The daemon answers. From another terminal:", "  export BOATYARD_SOCKET=\(socket)"]
        if !isDeployed {
            lines += [
                "  boatyard create configdocs site --directory my-site && boatyard commit configdocs",
                "  boatyard create action deploy_site --wait",
            ]
        }
        lines += [
            "  boatyard timeline NAME --follow", "  nsenter --target \(getpid()) --net ssh …        # into a machine",
        ]
        return lines.joined(separator: "\n")
    }

    /// Ends the rehearsal once the site is deployed.
    private struct Deployed: Error, CustomStringConvertible {
        var description: String { "the site is deployed" }
    }

    private static func names(_ text: String?) -> Set<String> {
        Set((text ?? "").split(separator: ",").map(String.init))
    }

    /// Makes the folder, and says how the machines are made.
    func virtualMachines(of site: RehearsedSite) throws -> VirtualMachineOptions {
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
            throw RehearsalError("The folder \(folder) cannot be made: \(systemErrorText()).")
        }
        guard let path = realpath(folder, nil) else {
            throw RehearsalError("The folder \(folder) cannot be opened: \(systemErrorText()).")
        }
        defer { free(path) }
        var options = VirtualMachineOptions(bridge: bridge ?? OwnNetwork.bridge, folder: String(cString: path))
        // A daemon that was there before has an installer of its own.
        let installers = [
            GenerationStore(netboot: "\(options.folder)/state/netboot"),
            GenerationStore(netboot: netboot ?? Self.hostNetboot),
        ]
        options.memory = memory ?? max(options.memory, installers.compactMap(\.neededMemory).first ?? 0)
        options.processors =
            processors ?? VirtualMachineOptions.processors(of: site.machines.count, host: System.coreCount)
        options.clock = clock
        options.secureBoot = Self.names(secureBoot)
        options.httpBoot = Self.names(httpBoot)
        options.networkFirst = Self.names(networkFirst)
        try options.check(against: site)
        return options
    }

    /// The folder that installer and images come from; nil where the daemon of these machines keeps what it has, or gets
    /// them later.
    ///
    /// - Throws: `RehearsalError` where a folder that was named is not there, and where machines are to be installed without an installer.
    func netbootSource(for options: VirtualMachineOptions) throws(RehearsalError) -> String? {
        let own = GenerationStore(netboot: "\(options.folder)/state/netboot")
        if let netboot, !netboot.isEmpty, access(netboot, R_OK | X_OK) != 0 {
            throw RehearsalError("The folder \(netboot) of --netboot cannot be opened: \(systemErrorText()).")
        }
        let source = netboot ?? Self.hostNetboot
        let hasOwn = access(own.netboot, F_OK) == 0
        let taken = hasOwn || source.isEmpty || access(source, F_OK) != 0 ? nil : source
        if deploy, own.current == nil, taken.flatMap({ GenerationStore(netboot: $0).current }) == nil {
            throw RehearsalError(
                "There is no installer in \(source.isEmpty ? own.netboot : source), so no machine can be installed. Build "
                    + "one with sudo boatyard netboot build, and an image with sudo boatyard image build, or name a folder "
                    + "that has them: --netboot FOLDER.")
        }
        return taken
    }

    private func faults() throws -> [String: [Fault]] { try FaultOption.faults(fault) }

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
