import ArgumentParser
import Glibc
import OrderedCollections
import Primitives
import Processes
import Settings

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look for what keeps this seed host from working, and say what to do about it.",
        discussion: """
            Looks at the configuration, the daemon and its units, ports, the clock, disk room, certificates, DHCP and other DHCP servers, \
            installer and images, BMCs and their clocks, and backups. Nothing is changed. Ends with 1 where there is an error; a warning is none.
            """)

    @Option(help: "The daemon's configuration file.")
    var config = Settings.defaultFile

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        var examination = Examination()
        let settings = examination.settings(config)
        examination.clock()
        examination.space(settings)
        examination.certificate(settings)
        examination.units()
        await examination.daemon(try Daemon(options))
        let findings = examination.findings
        options.output.show(.array(findings.map(\.value))) { _ in Self.text(findings) }
        if findings.contains(where: { $0.state == .error }) { throw ExitCode.failure }
    }

    private static func text(_ findings: [Finding]) -> String {
        var lines: [String] = []
        for finding in findings {
            lines.append(
                "\(Text.padded(finding.state.rawValue, 8))\(Text.line(finding.check)): \(Text.line(finding.seen))")
            if let remedy = finding.remedy { lines.append("        \(Text.line(remedy))") }
        }
        func count(_ state: Finding.State, _ one: String, _ many: String) -> String {
            let number = findings.count { $0.state == state }
            return "\(number) \(number == 1 ? one : many)"
        }
        lines += ["", "\(count(.error, "error", "errors")), \(count(.warning, "warning", "warnings"))."]
        return lines.joined(separator: "\n")
    }
}

/// What was looked at, what was seen, and what to do about it.
struct Finding: Sendable {
    enum State: String, Sendable {
        case ok
        case warning
        case error
    }

    var check: String
    var state: State
    var seen: String
    /// Nil where nothing is to be done.
    var remedy: String?

    var value: Value {
        ["check": .string(check), "state": .string(state.rawValue), "seen": .string(seen), "remedy": Value(remedy)]
    }
}

/// The looks, each with its findings.
private struct Examination {
    private(set) var findings: [Finding] = []

    private mutating func note(_ check: String, _ state: Finding.State, _ seen: String, _ remedy: String? = nil) {
        findings.append(Finding(check: check, state: state, seen: seen, remedy: remedy))
    }

    /// The settings of the file; those of a daemon without one where it cannot be read.
    mutating func settings(_ file: String) -> Settings {
        do {
            let settings = try Settings.load(file: file, isRequired: false, environment: [:])
            note(
                "configuration", .ok,
                access(file, R_OK) == 0 ? file : "\(file) is not there: everything has its default")
            return settings
        } catch {
            note("configuration", .error, error.inWords, "Correct it, then: systemctl restart boatyard")
            return Settings()
        }
    }

    /// Certificates and leases go by it, and machines are set by it.
    mutating func clock() {
        let now = Timestamp.now()
        guard now.microseconds > 1_700_000_000_000_000 else {
            note(
                "clock", .error, "it is \(now.formatted(.isoSeconds))",
                "Set it: timedatectl set-time, or a time server.")
            return
        }
        let seen = now.formatted(.isoSeconds)
        switch HostCommand.output("/usr/bin/timedatectl", ["show", "--property=NTPSynchronized", "--value"]) {
        case "yes": note("clock", .ok, "\(seen), synchronized with a time server")
        case "no":
            note(
                "clock", .warning, "\(seen), not synchronized with a time server",
                "timedatectl set-ntp true; machines get their time from this host.")
        default: note("clock", .ok, seen)
        }
    }

    mutating func space(_ settings: Settings) {
        let path = settings.stateDirectory
        guard FolderContents.isFolder(path), let left = FolderContents.bytesLeft(at: path) else {
            note("disk room", .warning, "\(path) is not there", "The daemon makes it at its first start.")
            return
        }
        let mebibytes = left >> 20
        let seen = "\(mebibytes >> 10) GiB left for \(path)"
        if mebibytes < 256 {
            note(
                "disk room", .error, "\(mebibytes) MiB left for \(path)",
                "Free space: boatyard image remove, retention in \(Settings.defaultFile).")
        } else if mebibytes < 4096 {
            note(
                "disk room", .warning, "\(mebibytes) MiB left for \(path)",
                "An installer and an image take about 2 GiB while they are built.")
        } else {
            note("disk room", .ok, seen)
        }
    }

    /// How long the certificate of the API is good for.
    mutating func certificate(_ settings: Settings) {
        guard let tls = settings.listeners.api.tls else {
            let isLocal =
                settings.listeners.api.address.host.hasPrefix("127.") || settings.listeners.api.address.host == "::1"
            if !isLocal {
                note(
                    "certificate", .warning,
                    "the API on \(settings.listeners.api.address) has no TLS: passwords and tokens pass in clear",
                    "Set listeners.api.tls, or let the API listen on 127.0.0.1.")
            }
            return
        }
        guard let end = HostCommand.output("/usr/bin/openssl", ["x509", "-noout", "-enddate", "-in", tls.certificate])
        else {
            note(
                "certificate", .error, "\(tls.certificate) cannot be read as a certificate",
                "Name a PEM file: listeners.api.tls.certificate.")
            return
        }
        let date = end.split(separator: "=").last.map { String($0).trimmed } ?? end
        for (days, state) in [(0, Finding.State.error), (30, .warning)]
        where !HostCommand.succeeds(
            "/usr/bin/openssl", ["x509", "-noout", "-checkend", "\(days * 86400)", "-in", tls.certificate])
        {
            note("certificate", state, "\(tls.certificate) \(days == 0 ? "ended" : "ends") on \(date)", "Renew it.")
            return
        }
        note("certificate", .ok, "\(tls.certificate) is good until \(date)")
    }

    mutating func units() {
        guard FolderContents.isFolder("/run/systemd/system") else { return }
        let names = [
            "boatyard-admin.socket", "boatyard-api.socket", "boatyard-node.socket", "boatyard.service",
            "boatyard-dhcp.service",
            "boatyard-dhcp-apply.path", "boatyard-backup.timer",
        ]
        guard let listed = HostCommand.output("/usr/bin/systemctl", ["list-unit-files", "--no-legend", "boatyard*"]),
            !listed.isEmpty
        else {
            note("units", .warning, "the package's units are not installed", "apt install ./boatyard_*.deb")
            return
        }
        let failed = names.filter { HostCommand.succeeds("/usr/bin/systemctl", ["is-failed", "--quiet", $0]) }
        let sockets = names.prefix(3).filter {
            !HostCommand.succeeds("/usr/bin/systemctl", ["is-active", "--quiet", $0])
        }
        for name in failed { note("units", .error, "\(name) has failed", "systemctl status \(name)") }
        for name in sockets where !failed.contains(name) {
            note("units", .error, "\(name) is not active", "systemctl enable --now \(name)")
        }
        if failed.isEmpty, sockets.isEmpty { note("units", .ok, "the sockets listen, nothing has failed") }
    }

    /// What the daemon says of itself and of the site.
    mutating func daemon(_ daemon: Daemon) async {
        do {
            _ = try await daemon.send("GET", "health")
            note("daemon", .ok, "it answers, and nothing is wrong with its database")
        } catch let failure as Failure where failure.status != nil {
            note("daemon", .error, Self.words(failure), "journalctl -u boatyard -e")
        } catch let failure as Failure {
            note("daemon", .error, Self.words(failure), "systemctl status boatyard-admin.socket boatyard")
            return
        } catch {
            note("daemon", .error, error.inWords, "journalctl -u boatyard -e")
            return
        }
        await ask("DHCP", daemon, "netboot/dhcp") { $0.dhcp($1) }
        await ask("installer", daemon, "netboot/generations") { $0.installer($1) }
        await ask("images", daemon, "images") { $0.images($1) }
        var answering: [String] = []
        await ask("BMCs", daemon, "nodes", [("designed", "true")]) { answering = $0.bmcs($1) }
        await clocks(of: answering, daemon)
        await ask("backups", daemon, "backups") { $0.backups($1) }
    }

    private mutating func ask(
        _ check: String, _ daemon: Daemon, _ path: String, _ query: [(String, String)] = [],
        _ look: (inout Examination, Value) -> Void
    ) async {
        do {
            look(&self, try await daemon.get(path, query: query))
        } catch {
            let text = (error as? Failure).map(Self.words) ?? error.inWords
            note(check, .warning, "it is not known: \(text)")
        }
    }

    private static func words(_ failure: Failure) -> String {
        failure.text.hasPrefix("Error: ") ? String(failure.text.dropFirst(7)) : failure.text
    }

    private mutating func dhcp(_ status: Value) {
        let state = status["state"]?.stringValue ?? ""
        let message = status["message"]?.stringValue ?? ""
        let interface = status["interface"]?.stringValue ?? ""
        if status["mode"] == "off" {
            note("DHCP", .ok, "netboot.mode is off: another server answers machines")
        } else if interface.isEmpty {
            note(
                "DHCP", .warning, "no interface is named, and no machine is answered",
                "Set netboot.interface in \(Settings.defaultFile).")
        } else if NetbootStatus.answers(status) {
            note(
                "DHCP", .ok,
                "machines on \(interface) are answered by revision \(status["revision"]?.intValue.map { "\($0)" } ?? "none")"
            )
        } else {
            note(
                "DHCP", state == "refused" ? .error : .warning, "\(interface): \(state). \(message)",
                "boatyard netboot status")
        }
        for server in status["other_servers"]?.arrayValue ?? [] {
            note(
                "DHCP servers", .error,
                "another one, \(server["address"]?.stringValue ?? "") (\(server["mac"]?.stringValue ?? "")), answered at "
                    + "\(server["seen"]?.stringValue ?? "")",
                "Switch it off on that network, or set netboot.mode: proxy.")
        }
        for remark in status["remarks"]?.arrayValue ?? [] { note("DHCP", .warning, remark.stringValue ?? "") }
    }

    private mutating func installer(_ list: Value) {
        guard let current = (list.arrayValue ?? []).first(where: { $0["current"] == true }) else {
            note("installer", .warning, "there is none", "boatyard netboot build")
            return
        }
        if let problem = current["problem"]?.stringValue {
            note("installer", .error, problem, "boatyard netboot build")
        } else {
            old("installer", current["taken_at"]?.stringValue ?? "", "boatyard netboot build")
        }
    }

    private mutating func images(_ list: Value) {
        let images = list.arrayValue ?? []
        if images.isEmpty { note("images", .warning, "there are none", "boatyard image build debian-12") }
        for image in images {
            let name = image["name"]?.stringValue ?? ""
            if let problem = image["problem"]?.stringValue {
                note("image \(name)", .error, problem)
            } else {
                old("image \(name)", image["built"]?["at"]?.stringValue ?? "", "boatyard image build \(name)")
            }
        }
    }

    /// Packages of installers and images grow old: what machines are installed with has the holes of that day.
    private mutating func old(_ check: String, _ made: String, _ remedy: String) {
        guard let time = Timestamp(made) else {
            note(check, .ok, "it is there")
            return
        }
        let days = Int(exactly: (Timestamp.now().seconds(since: time) / 86400).rounded(.down)) ?? 0
        note(
            check, days > 90 ? .warning : .ok, "made on \(made.prefix(10)), \(days) days ago",
            days > 90 ? "Make it anew: \(remedy)" : nil)
    }

    /// - Returns: the nodes whose BMCs have answered when they were asked last.
    private mutating func bmcs(_ nodes: Value) -> [String] {
        let nodes = nodes.arrayValue ?? []
        guard !nodes.isEmpty else { return [] }
        let silent = nodes.filter { $0["power_failure"]?.stringValue != nil }
        for node in silent {
            note(
                "BMC of \(node["hostname"]?.stringValue ?? "")", .error, node["power_failure"]?.stringValue ?? "",
                "boatyard bmc info \(node["hostname"]?.stringValue ?? "")")
        }
        if silent.isEmpty {
            note("BMCs", .ok, "none of \(nodes.count) \(nodes.count == 1 ? "node" : "nodes") has failed to answer")
        }
        return nodes.filter { $0["power_failure"]?.stringValue == nil && $0["power_observed_at"]?.stringValue != nil }
            .compactMap { $0["hostname"]?.stringValue }
    }

    /// In seconds: what the clocks of BMCs may differ from this host's by. Certificates and event logs of a BMC need no better one.
    private static let clockTolerance = 300.0
    /// How many BMCs are asked at once.
    private static let clocksAtOnce = 16

    /// By node, what its BMC's clock shows, or why it was not read.
    private static func clockAnswers(
        of nodes: [String], _ daemon: Daemon
    ) async -> [String: Result<Value, any Error>] {
        await withTaskGroup(of: (String, Result<Value, any Error>).self) { group in
            var answers: [String: Result<Value, any Error>] = [:]
            for (place, node) in nodes.enumerated() {
                if place >= clocksAtOnce, let (node, answer) = await group.next() { answers[node] = answer }
                group.addTask {
                    do {
                        return (node, .success(try await daemon.get("nodes/\(PercentCoding.encode(node))/bmc/clock")))
                    } catch {
                        return (node, .failure(error))
                    }
                }
            }
            for await (node, answer) in group { answers[node] = answer }
            return answers
        }
    }

    /// Reads the clocks of BMCs; nodes without a BMC that has one are passed over.
    private mutating func clocks(of nodes: [String], _ daemon: Daemon) async {
        let answers = await Self.clockAnswers(of: nodes, daemon)
        var right = 0
        for node in nodes {
            switch answers[node] {
            case .success(let answer):
                // One that counts from the BMC's start has no time.
                let ahead = answer["time"]?.stringValue == nil ? nil : answer["seconds_ahead"]?.doubleValue
                if let ahead, ahead.magnitude <= Self.clockTolerance {
                    right += 1
                } else {
                    let words = BMCText.wrongClock(ahead)
                    note("BMC clock of \(node)", .warning, words.seen, words.remedy)
                }
            case .failure(let failure as Failure) where failure.status == 409: continue
            case .failure(let error):
                note(
                    "BMC clock of \(node)", .warning,
                    "it was not read: \((error as? Failure).map(Self.words) ?? error.inWords)",
                    "boatyard bmc clock \(node)")
            case nil: continue
            }
        }
        if right > 0 {
            note(
                "BMC clocks", .ok,
                "\(right) \(right == 1 ? "is" : "are") right to \(Int(Self.clockTolerance) / 60) minutes")
        }
    }

    private mutating func backups(_ list: Value) {
        guard let newest = list.arrayValue?.first, let time = newest["created"]?.stringValue.flatMap({ Timestamp($0) })
        else {
            note("backups", .warning, "there are none", "boatyard backup; systemctl enable --now boatyard-backup.timer")
            return
        }
        let hours = Int(exactly: (Timestamp.now().seconds(since: time) / 3600).rounded(.down)) ?? 0
        note(
            "backups", hours > 48 ? .warning : .ok,
            "the newest one is \(hours) hours old, and was restored once to prove it",
            hours > 48 ? "systemctl status boatyard-backup.timer boatyard-backup.service" : nil)
    }
}

/// Programs of this host that tell something.
private enum HostCommand {
    /// What it writes; nil where it is not there or ends with another status than 0.
    static func output(_ path: String, _ arguments: [String]) -> String? {
        guard let outcome = try? ShortProcess.run([path] + arguments, seconds: 10), outcome.status == 0 else {
            return nil
        }
        return outcome.output
    }

    static func succeeds(_ path: String, _ arguments: [String]) -> Bool { output(path, arguments) != nil }
}
