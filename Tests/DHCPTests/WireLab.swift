import Foundation
import Netboot
import OrderedCollections
import Primitives
import Processes
import Synchronization
import SystemSupport
import TestSupport

/// A provisioning network of its own: two network namespaces and a cable between. In one dnsmasq runs, started as the unit
/// starts it, without being root; in the other are its clients.
final class WireLab: Sendable {
    /// Why it cannot be had here; nil where it can.
    static let isPossible: Bool = {
        func skip(_ why: String) -> Bool {
            print("skipped: no DHCP on a real wire, as \(why)")
            return false
        }
        guard geteuid() == 0 else { return skip("that takes root") }
        for tool in ["/usr/sbin/dnsmasq", "/usr/bin/python3", "/usr/bin/setpriv", "/usr/bin/curl"] {
            guard FileManager.default.isExecutableFile(atPath: tool) else { return skip("\(tool) is not there") }
        }
        let probe = "by-probe-\(getpid())"
        guard let outcome = try? Command.run(ip, ["netns", "add", probe]), outcome.status == 0 else {
            return skip("ip netns add does not work")
        }
        _ = try? Command.run(ip, ["netns", "del", probe])
        return true
    }()

    static let ip =
        ["/usr/sbin/ip", "/usr/bin/ip", "/sbin/ip"].first {
            FileManager.default.isExecutableFile(atPath: $0)
        } ?? "ip"

    /// The group of the user that dnsmasq runs as here.
    private static let group = "nogroup"
    private static let nobody = "65534"

    let folder: String
    let serverSpace: String
    let clientSpace: String
    let requested: DHCPFolder
    let active: DHCPFolder
    let control: LabControl
    private let activation: DHCPActivation
    private let received = Mutex<[DHCPEventMessage]>([])
    private let reading = Mutex<Task<Void, Never>?>(nil)
    private let programs = Mutex<[pid_t]>([])

    /// - Parameter address: of the server, with its network: `10.20.1.1/24`.
    init(address: String = "10.20.1.1/24") throws {
        let name = "by" + String(UInt32.random(in: 0 ... .max), radix: 36)
        (serverSpace, clientSpace) = (name + "s", name + "c")
        folder = try TemporaryFolder(prefix: "boatyard-dhcp").path
        chmod(folder, 0o755)
        requested = DHCPFolder("\(folder)/dhcp")
        active = DHCPFolder("\(folder)/dhcp-active")
        control = LabControl(space: serverSpace, folder: folder)
        activation = DHCPActivation(requested: requested, active: active, dnsmasq: Dnsmasq.path, control: control)
        for path in ["\(folder)/var", "\(folder)/tftp"] { try FileContents.makeFolder(path, mode: 0o755) }
        chmod("\(folder)/var", 0o777)
        try Self.network(
            [
                "netns add \(serverSpace)", "netns add \(clientSpace)",
                "-n \(serverSpace) link add v0 type veth peer name v1 netns \(clientSpace)",
                "-n \(serverSpace) addr add \(address) dev v0", "-n \(serverSpace) link set v0 up",
                "-n \(clientSpace) link set v1 up",
            ])
        // dnsmasq is another user, and may send to the socket as a member of its group.
        let descriptor = try UnixSocket.bind(path: eventSocket, group: Self.group, kind: .datagrams)
        guard let messages = DHCPEventSocket.messages(descriptor) else { throw Trouble("no thread") }
        let task = Task { [weak self] in
            for await message in messages { self?.received.withLock { $0.append(message) } }
        }
        reading.withLock { $0 = task }
    }

    var eventSocket: String { "\(folder)/events.sock" }

    /// What was told so far.
    var messages: [DHCPEventMessage] { received.withLock { $0 } }

    /// Ends every process by its number, and takes the namespaces away.
    func remove() {
        try? control.stop()
        for process in programs.withLock({ $0 }) {
            kill(process, SIGTERM)
            _ = SpawnedProcess.wait(for: process)
        }
        reading.withLock { $0 }?.cancel()
        for space in [serverSpace, clientSpace] { _ = try? Command.run(Self.ip, ["netns", "del", space]) }
        FolderContents.remove(folder)
    }

    /// Runs `ip` once for each line.
    static func network(_ lines: [String]) throws {
        for line in lines {
            let outcome = try Command.run(ip, line.split(separator: " ").map(String.init))
            guard outcome.status == 0 else { throw Trouble("ip \(line): \(outcome.output)") }
        }
    }

    /// Hands a configuration over, and has it taken.
    @discardableResult
    func take(_ configuration: DHCPConfiguration?) throws -> DHCPActivationReport {
        try requested.write(configuration, over: nil)
        try requested.ask(ULID())
        guard let report = activation.run() else { throw Trouble("nothing was requested") }
        return report
    }

    /// What a request is completed with where a relay sends it, or where it goes to a port of the server's own.
    func serverFields() throws -> Value.Object {
        let outcome = try Command.run(
            Self.ip, ["netns", "exec", serverSpace, "cat", "/sys/class/net/v0/address"])
        return [
            "server": "10.20.1.1", "server_mac": .string(outcome.output.trimmed), "relay_mac": "52:54:00:99:ff:01",
        ]
    }

    /// Sends requests, and returns the answers in their order, null for silence.
    func exchange(_ requests: [Value]) throws -> [Value] {
        let outcome = try Command.run(
            Self.ip,
            [
                "netns", "exec", clientSpace, "/usr/bin/python3", ExampleSite.package + "/Tests/DHCPLab/dhcp-client.py",
                "v1",
            ],
            input: Value.array(requests).json(.compact))
        guard outcome.status == 0, let answers = try Value(json: outcome.output).arrayValue else {
            throw Trouble("dhcp-client.py: \(outcome.output)")
        }
        return answers
    }

    /// Runs a program in the clients' namespace.
    func client(_ program: String, _ arguments: [String]) throws -> Command.Outcome {
        try Command.run(Self.ip, ["netns", "exec", clientSpace, program] + arguments)
    }

    /// Starts a program that goes on, with the capabilities that it is given and no others.
    func start(in space: String, capabilities: String, _ arguments: [String]) throws {
        // Not by Foundation: it takes a program that closes its descriptors, as dnsmasq does, for one that has ended, and
        // then waits for it before it looks at the end of any other.
        let process = try SpawnedProcess.start(
            Self.ip, ["netns", "exec", space] + Self.unprivileged(capabilities) + arguments,
            environment: ["BOATYARD_DHCP_EVENTS": eventSocket, "PATH": "/usr/sbin:/usr/bin"], streams: .init())
        programs.withLock { $0.append(process) }
    }

    /// For `env`: no signal is ignored or blocked. The threads of Dispatch block all, and what they start inherits that.
    static let defaultSignals = "--default-signal"

    static func unprivileged(_ capabilities: String) -> [String] {
        ["/usr/bin/setpriv", "--reuid", nobody, "--regid", nobody, "--clear-groups"]
            + ["--inh-caps", "--ambient-caps", "--bounding-set"].map { "\($0)=-all,\(capabilities)" }
    }
}

/// dnsmasq as the unit of the package starts it, but for the places of its files.
final class LabControl: DHCPServerControl {
    private let space: String
    private let folder: String

    init(space: String, folder: String) {
        self.space = space
        self.folder = folder
    }

    /// The program that the package has as `/usr/lib/boatyard/boatyard-dhcp`.
    static let program = BuiltPrograms.folder + "/boatyard-dhcp"

    /// What the unit runs.
    private func command() throws -> [String] {
        let unit = String(
            decoding: try FileContents.read(ExampleSite.package + "/systemd/boatyard-dhcp.service"), as: UTF8.self)
        let joined = unit.split(separator: "\\\n").joined()
        guard let line = joined.split(separator: "\n").first(where: { $0.hasPrefix("ExecStart=") }) else {
            throw Trouble("the unit starts nothing")
        }
        return line.dropFirst("ExecStart=".count).split(separator: " ").map { word in
            var word = String(word)
            for (place, own) in [
                ("/run/boatyard/dhcp-active", "\(folder)/dhcp-active"), ("/var/lib/boatyard-dhcp", "\(folder)/var"),
                ("/usr/lib/boatyard/boatyard-dhcp", Self.program), ("/srv/netboot/current/tftp", "\(folder)/tftp"),
                ("/run/boatyard-dhcp", "\(folder)/var"),
            ] {
                if let range = word.range(of: place) { word.replaceSubrange(range, with: own) }
            }
            return word
        }
    }

    var process: pid_t? {
        guard let bytes = try? FileContents.read("\(folder)/var/pid", limit: 32) else { return nil }
        return pid_t(String(decoding: bytes, as: UTF8.self).trimmed)
    }

    func isRunning() -> Bool { process.map(Self.lives) ?? false }

    /// Whether a process goes on; one that nobody has waited for does not.
    private static func lives(_ process: pid_t) -> Bool {
        guard let text = try? FileContents.read("/proc/\(process)/stat", limit: 4096) else { return false }
        return !String(decoding: text, as: UTF8.self).contains(") Z")
    }

    func reload() throws(BoatyardError) {
        if let process { kill(process, SIGHUP) }
    }

    func restart() throws(BoatyardError) {
        try stop()
        let outcome: Command.Outcome
        do {
            let capabilities = "+net_bind_service,+net_raw,+net_admin"
            outcome = try Command.run(
                "/usr/bin/env",
                [WireLab.defaultSignals, "BOATYARD_DHCP_EVENTS=\(folder)/events.sock"]
                    + [WireLab.ip, "netns", "exec", space]
                    + WireLab.unprivileged(capabilities) + command() + ["--log-facility=\(folder)/var/log"])
        } catch {
            throw BoatyardError("dhcp.server", "\(error)")
        }
        guard outcome.status == 0 else { throw BoatyardError("dhcp.server", outcome.output) }
    }

    func stop() throws(BoatyardError) {
        guard let process, Self.lives(process) else { return }
        kill(process, SIGTERM)
        for _ in 0..<500 where Self.lives(process) { usleep(10_000) }
        FolderContents.remove("\(folder)/var/pid")
    }

    /// What dnsmasq has logged.
    var log: String {
        (try? FileContents.read("\(folder)/var/log")).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}

/// Waits for what another process does.
func eventually(_ what: String, within seconds: Double = 20, _ condition: () throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while try !condition() {
        guard ContinuousClock.now < deadline else { throw Trouble("\(what): not within \(seconds) s") }
        try await Task.sleep(for: .milliseconds(20))
    }
}
