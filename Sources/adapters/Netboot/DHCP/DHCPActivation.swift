import Glibc
import Primitives
import Processes

/// Takes over what the daemon requests: checks it, tests it with dnsmasq, puts it where dnsmasq reads, and tells dnsmasq.
/// Runs as root (`docs/decisions/014`).
///
/// On any error dnsmasq keeps what it had. A file that has not changed is not read.
package struct DHCPActivation: Sendable {
    private let requested: DHCPFolder
    private let active: DHCPFolder
    private let dnsmasq: String
    private let control: any DHCPServerControl

    /// - Parameters:
    ///   - requested: where the daemon writes.
    ///   - active: what dnsmasq reads, which nobody but root writes.
    ///   - dnsmasq: the path of the program.
    package init(requested: DHCPFolder, active: DHCPFolder, dnsmasq: String, control: any DHCPServerControl) {
        self.requested = requested
        self.active = active
        self.dnsmasq = dnsmasq
        self.control = control
    }

    /// Serves one request.
    ///
    /// - Returns: what became of it; nil where there was none.
    package func run() -> DHCPActivationReport? {
        guard let bytes = try? PlainFile(requested.request, limit: 64).bytes else {
            // What cannot be read would start us again and again. A folder with something in it is put aside: root removes nothing of
            // what somebody else may put there meanwhile.
            if unlink(requested.request) != 0, rmdir(requested.request) != 0 {
                rename(requested.request, "\(requested.request)-refused-\(ULID())")
            }
            return nil
        }
        // Before anything is read: what changes from now on is the next request's.
        unlink(requested.request)
        let id = ULID(String(decoding: bytes, as: UTF8.self).trimmed)?.description ?? "unknown"
        let report: DHCPActivationReport
        do {
            let (state, message) = try take()
            report = DHCPActivationReport(request: id, state: state, message: message)
        } catch {
            report = DHCPActivationReport(request: id, state: .refused, message: error.message)
        }
        try? DHCPFolder.put(report.bytes, at: "\(active.path)/\(DHCPActivationReport.file)")
        return report
    }

    private func take() throws(BoatyardError) -> (DHCPActivationReport.State, String) {
        try FileContents.makeFolder(active.hosts, mode: 0o755)
        guard access(requested.main, F_OK) == 0 else {
            try control.stop()
            try DHCPFolder.remove(active.main)
            return (.stopped, "nobody is answered")
        }
        var change = try Replacement(from: requested, to: active)
        guard !change.isEmpty || !control.isRunning() else { return (.active, "nothing has changed") }
        try test(change)
        try change.put()
        do {
            return (.active, try tell(change))
        } catch {
            change.takeBack()
            if change.hadMain { try? control.restart() } else { try? control.stop() }
            throw error
        }
    }

    /// Has dnsmasq read what is new, by the same parser that will read it for good.
    private func test(_ change: Replacement) throws(BoatyardError) {
        let file = "\(active.path)/.test.conf"
        var text =
            if let main = change.main { main.bytes } else {
                try PlainFile(active.main, limit: DHCPConfigurationCheck.mainLimit).bytes
            }
        for host in change.lines { text += Array("dhcp-host=\(host)\n".utf8) }
        try DHCPFolder.put(text, at: file)
        defer { unlink(file) }
        let outcome = try ShortProcess.run([dnsmasq, "--test", "--conf-file=\(file)"], seconds: 20)
        guard outcome.status == 0 else {
            throw DHCPConfigurationCheck.refused("dnsmasq says: \(LogRedactor.redact(outcome.output).prefix(400))")
        }
    }

    private func tell(_ change: Replacement) throws(BoatyardError) -> String {
        let counts = change.text
        if change.main != nil || !control.isRunning() {
            try control.restart()
            return "\(counts); dnsmasq was restarted"
        }
        // dnsmasq sees a new file by itself, but never forgets what an old one said.
        guard change.needsReload else { return counts }
        try control.reload()
        return "\(counts); dnsmasq has read its files again"
    }
}

/// What is different in the daemon's folder, and how to put it into the other.
private struct Replacement {
    private let active: DHCPFolder
    /// The new main file; nil where it has not changed.
    private(set) var main: PlainFile?
    private var hosts: [String: PlainFile] = [:]
    private var removed: [String] = []
    private var added = 0
    /// The values for `dhcp-host` of what is new.
    private(set) var lines: [String] = []
    /// What was there before, by paths; nil for what was not.
    private var before: [(path: String, file: PlainFile?)] = []
    private(set) var hadMain: Bool

    init(from requested: DHCPFolder, to active: DHCPFolder) throws(BoatyardError) {
        self.active = active
        hadMain = access(active.main, F_OK) == 0
        if let file = try Self.changed(requested.main, active.main, limit: DHCPConfigurationCheck.mainLimit) {
            try DHCPConfigurationCheck.interface(ofMain: file.bytes)
            main = file
        }
        guard let names = FolderContents.names(in: requested.hosts),
            let present = FolderContents.names(in: active.hosts)
        else {
            throw BoatyardError("file.read", "Cannot read the folders of machines: \(systemErrorText()).")
        }
        // What is being written has a dot before its name.
        let wanted = names.filter { !$0.hasPrefix(".") }
        guard wanted.count <= DHCPConfigurationCheck.hostCountLimit else {
            throw DHCPConfigurationCheck.refused(
                "there are more than \(DHCPConfigurationCheck.hostCountLimit) machines")
        }
        let there = Set(present)
        for name in wanted {
            guard DHCPConfigurationCheck.isHostFile(name) else {
                throw DHCPConfigurationCheck.refused("\(name.prefix(80)) is no machine's file")
            }
            let (source, target) = ("\(requested.hosts)/\(name)", "\(active.hosts)/\(name)")
            guard let file = try Self.changed(source, target, limit: DHCPConfigurationCheck.hostLimit) else { continue }
            lines.append(try DHCPConfigurationCheck.host(file.bytes, file: name))
            hosts[name] = file
            if !there.contains(name) { added += 1 }
        }
        removed = there.subtracting(wanted).sorted()
    }

    /// The file of the daemon's folder where it differs from the other.
    private static func changed(_ source: String, _ target: String, limit: Int) throws(BoatyardError) -> PlainFile? {
        guard let wanted = PlainFile.Stamp(source) else { throw PlainFile.unreadable(source) }
        if wanted == PlainFile.Stamp(target) { return nil }
        return try PlainFile(source, limit: limit)
    }

    var isEmpty: Bool { main == nil && hosts.isEmpty && removed.isEmpty }
    var needsReload: Bool { hosts.count > added || !removed.isEmpty }

    var text: String {
        "\(added) machines added, \(hosts.count - added) changed, \(removed.count) removed"
            + (main == nil ? "" : ", new settings")
    }

    mutating func put() throws(BoatyardError) {
        do {
            for (name, file) in hosts { try replace("\(active.hosts)/\(name)", with: file) }
            for name in removed { try replace("\(active.hosts)/\(name)", with: nil) }
            if let main { try replace(active.main, with: main) }
        } catch {
            takeBack()
            throw error
        }
    }

    private mutating func replace(_ path: String, with file: PlainFile?) throws(BoatyardError) {
        before.append((path, try? PlainFile(path, limit: DHCPConfigurationCheck.mainLimit)))
        if let file { try file.put(at: path) } else { try DHCPFolder.remove(path) }
    }

    func takeBack() {
        for (path, file) in before.reversed() {
            if let file { try? file.put(at: path) } else { try? DHCPFolder.remove(path) }
        }
    }
}
