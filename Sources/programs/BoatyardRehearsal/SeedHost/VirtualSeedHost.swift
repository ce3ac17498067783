import Dispatch
import Glibc
import InstallerTools
import Netboot
import Primitives
import Processes
import Simulator

/// What serves the virtual machines: a daemon with a state of its own, DHCP and TFTP, on a bridge in a network of its own.
struct VirtualSeedHost: Sendable {
    /// The programs of the package.
    struct Programs: Sendable {
        let daemon, commands, dhcp, rehearsal: String

        /// Beside this one, as a build has them, else where the package has them.
        ///
        /// - Throws: `RehearsalError` naming the one that is missing.
        init() throws(RehearsalError) {
            guard let own = realpath("/proc/self/exe", nil) else {
                throw RehearsalError("Cannot find this program: \(systemErrorText()).")
            }
            defer { free(own) }
            let path = String(cString: own)
            let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
            func program(_ name: String, _ installed: String) throws(RehearsalError) -> String {
                for path in ["\(folder)/\(name)", installed] where access(path, X_OK) == 0 { return path }
                throw RehearsalError("There is neither \(folder)/\(name) nor \(installed).")
            }
            daemon = try program("boatyardd", "/usr/sbin/boatyardd")
            commands = try program("boatyard", "/usr/bin/boatyard")
            rehearsal = try program("boatyard-rehearse", "/usr/bin/boatyard-rehearse")
            dhcp = try program("boatyard-dhcp", "/usr/lib/boatyard/boatyard-dhcp")
        }
    }

    let programs: Programs
    /// The daemon's settings, state and log; they stay.
    private let folder: String
    /// Sockets, and what dnsmasq reads as a user without rights; gone at the end.
    private let runtime: String
    private let map: String

    var socket: String { "\(runtime)/api.sock" }

    /// - Parameters:
    ///   - folder: an absolute path.
    ///   - map: the file with the map of the rehearsal.
    init(folder: String, map: String) throws(RehearsalError) {
        programs = try Programs()
        self.folder = folder
        self.map = map
        runtime = "/run/boatyard-rehearsal.\(getpid())"
    }

    /// Makes folders, files and mounts.
    ///
    /// - Parameters:
    ///   - addresses: of the bridge, the first for the listener of nodes.
    ///   - netboot: a daemon's folder with an installer and images to take over; nil to leave what this one has.
    ///   - usesSecureBoot: whether DHCP offers the signed loader.
    func prepare(_ addresses: [IPv4Network], netboot: String?, usesSecureBoot: Bool) async throws {
        guard let first = addresses.first?.address else { return }
        let state = "\(folder)/state"
        try Self.makeFolder(state, 0o700)
        if let netboot {
            do {
                // The same files: neither daemon writes into one that is there.
                try await OwnNetwork.run("cp", "-al", netboot, "\(state)/netboot")
            } catch {
                FolderContents.remove("\(state)/netboot")
                try await OwnNetwork.run("cp", "-a", netboot, "\(state)/netboot")
            }
        }
        try Self.makeFolder("\(state)/netboot", 0o755)
        try Self.makeFolder(runtime, 0o711)
        for name in ["netboot", "dhcp-active", "dhcp-active/hosts", "dnsmasq"] {
            try Self.makeFolder("\(runtime)/\(name)", 0o755)
        }
        try await OwnNetwork.run("mount", "--bind", "\(state)/netboot", "\(runtime)/netboot")
        try await OwnNetwork.run("chown", "nobody:nogroup", "\(runtime)/dnsmasq")
        let settings = """
            listeners:
              admin:
                path: \(socket)
                group: root
              api:
                address: 127.0.0.1:9000
              node:
                address: \(first):8080
                url: http://\(first):8080
            netboot:
              interface: \(OwnNetwork.bridge)
              secure_boot: \(usesSecureBoot)
            out_of_band:
              attempt_interval: 3
              power_state_interval: 2

            """
        try FileContents.write(Array(settings.utf8), to: "\(folder)/boatyard.yaml", mode: 0o600)
    }

    private static func makeFolder(_ path: String, _ mode: mode_t) throws(RehearsalError) {
        guard mkdir(path, mode) == 0 || errno == EEXIST, chmod(path, mode) == 0 else {
            throw RehearsalError("The folder \(path) cannot be made: \(systemErrorText()).")
        }
    }

    /// Serves until the task is cancelled.
    ///
    /// - Parameter ready: called when the daemon answers.
    /// - Throws: `RehearsalError` where the daemon ends.
    func run(ready: @Sendable () async throws -> Void) async throws {
        let events = "\(runtime)/dhcp-events.sock"
        let active = DHCPFolder("\(runtime)/dhcp-active")
        let server = ChildServerControl(
            active: active, folder: "\(runtime)/dnsmasq", script: programs.dhcp, events: events,
            programs: "\(runtime)/netboot/current/tftp")
        let activation = DHCPActivation(
            requested: DHCPFolder("\(runtime)/dhcp"), active: active, dnsmasq: ChildServerControl.dnsmasq,
            control: server)
        let log = "\(folder)/boatyardd.log"
        let daemon = try LoggedProgram(
            programs.daemon,
            ["--config", "\(folder)/boatyard.yaml", "--state-dir", "\(folder)/state", "--rehearsal-map", map], log: log)
        let watch = try LoggedProgram(
            programs.dhcp, ["watch", OwnNetwork.bridge], environment: ["BOATYARD_DHCP_EVENTS": events],
            log: "\(folder)/boatyard-dhcp.log")
        defer {
            watch.stop()
            try? server.stop()
            daemon.stop()
        }
        try await withThrowingTaskGroup { group in
            group.addTask { await Self.follow(activation, events) }
            group.addTask {
                _ = await daemon.end()
                try Task.checkCancellation()
                throw RehearsalError("The daemon has ended: \(Self.lastLines(of: log))")
            }
            try await untilServing()
            try await ready()
            try await group.next()
        }
    }

    /// Does what root does for the daemon on a seed host (`boatyard-dhcp-apply.path`).
    private static func follow(_ activation: DHCPActivation, _ events: String) async {
        let queue = DispatchQueue(label: "boatyard.dhcp")
        while !Task.isCancelled {
            await withCheckedContinuation { continuation in
                queue.async {
                    while activation.run() != nil { DHCPEventSocket.send(.taken, to: events) }
                    continuation.resume()
                }
            }
            try? await Task.sleep(for: .milliseconds(200))
        }
    }

    /// Removes what lies in `/run`.
    func remove() {
        let isMounted = umount2("\(runtime)/netboot", CInt(MNT_DETACH)) != 0 && errno != EINVAL && errno != ENOENT
        // What is below belongs to the state.
        if !isMounted { FolderContents.remove(runtime) }
    }

    private func untilServing() async throws {
        while access(socket, F_OK) != 0 { try await Task.sleep(for: .milliseconds(50)) }
    }

    private static func lastLines(of file: String) -> String {
        let text = (try? FileContents.read(file, limit: 16 << 20)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return text.split(separator: "\n").suffix(3).joined(separator: "; ")
    }

    /// Stores, commits and deploys the site with the command line, whose output is this program's.
    ///
    /// - Parameters:
    ///   - paths: the site's documents.
    ///   - machines: those that are to be deployed; nil for all.
    /// - Returns: whether all of it went well.
    func deploy(_ paths: [String], machines: [String]?) async -> Bool {
        guard let files = try? SiteDocuments.files(paths) else { return false }
        let action =
            if let machines {
                ["redeploy_server", "--param", "target_nodes=\(machines.joined(separator: ","))"]
            } else { ["deploy_site"] }
        let steps = [
            ["create", "configdocs", "site"] + files.flatMap { ["--filename", $0] }, ["commit", "configdocs"],
            ["create", "action"] + action + ["--wait"], ["get", "nodes"],
        ]
        var isComplete = true
        for step in steps where isComplete || step[0] == "get" { isComplete = await boatyard(step) && isComplete }
        return isComplete
    }

    private func boatyard(_ arguments: [String]) async -> Bool {
        do {
            let program = try LoggedProgram(
                programs.commands, ["--socket", socket] + arguments, log: "/dev/stderr")
            return await program.end() == .exited(0)
        } catch {
            return false
        }
    }
}
