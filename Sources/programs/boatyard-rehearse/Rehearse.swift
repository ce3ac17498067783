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

    @Option(help: "The file that gets boatyardd's ready line.")
    var bootServer: String

    @Option(help: "A file to append every event to, one JSON object a line.")
    var events: String?

    @Option(
        help: ArgumentHelp(
            "A fault of a machine, such as berth-3=power-lost@60; may be repeated.", valueName: "machine=fault"))
    var fault: [String] = []

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
    }

    func run() async throws {
        do {
            try await rehearse()
        } catch let error as RehearsalError {
            report("Error: \(error)")
            throw ExitCode.failure
        } catch let error as BoatyardError {
            report("Error: \(error.message)")
            throw ExitCode.failure
        }
    }

    private func rehearse() async throws {
        OpenFiles.raiseLimit()
        let documents = try SiteDocuments.rendered(from: site)
        let rehearsedSite = try RehearsedSite(documents: documents)
        let log = try events.map(Self.openLog) ?? RehearsalLog { _ in }
        let rehearsal = try await Rehearsal.start(
            rehearsedSite, faults: try faults(), bootServer: BootServer(readyFile: bootServer), log: log,
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
