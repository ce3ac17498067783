import Glibc
import Netboot
import Primitives
import Synchronization
import TestSupport
import Testing

/// dnsmasq's program, by which configurations are tested.
enum Dnsmasq {
    static let path = "/usr/sbin/dnsmasq"

    static let isPresent: Bool = {
        if access(path, X_OK) == 0 { return true }
        print("skipped: \(path) is not there (package dnsmasq-base)")
        return false
    }()
}

/// Notes what is done to a server that does not exist.
final class RecordedControl: DHCPServerControl {
    struct State {
        var isRunning = false
        var calls: [String] = []
        var restartFailure: String?
    }

    let state = Mutex(State())

    var calls: [String] { state.withLock { $0.calls } }

    func isRunning() -> Bool { state.withLock { $0.isRunning } }

    func reload() throws(BoatyardError) { state.withLock { $0.calls.append("reload") } }

    func restart() throws(BoatyardError) {
        let failure = state.withLock { state in
            state.calls.append("restart")
            state.isRunning = state.restartFailure == nil
            defer { state.restartFailure = nil }
            return state.restartFailure
        }
        if let failure { throw BoatyardError("dhcp.server", failure) }
    }

    func stop() throws(BoatyardError) {
        state.withLock { state in
            state.calls.append("stop")
            state.isRunning = false
        }
    }
}

@Suite("Taking a DHCP configuration over", .enabled(if: Dnsmasq.isPresent))
struct DHCPActivationTests {
    private struct Host {
        let requested: DHCPFolder
        let active: DHCPFolder
        let control = RecordedControl()
        let activation: DHCPActivation

        init(_ path: String) {
            requested = DHCPFolder("\(path)/requested")
            active = DHCPFolder("\(path)/active")
            activation = DHCPActivation(
                requested: requested, active: active, dnsmasq: Dnsmasq.path, control: control)
        }

        /// Requests a configuration and has it taken over.
        @discardableResult
        func take(_ configuration: DHCPConfiguration?) throws -> DHCPActivationReport {
            try requested.write(configuration, over: nil)
            return try ask()
        }

        func ask() throws -> DHCPActivationReport {
            let id = ULID()
            try requested.ask(id)
            let report = try #require(activation.run())
            #expect(report.request == id.description)
            #expect(DHCPActivationReport.newest(in: active) == report)
            #expect(access(requested.request, F_OK) != 0)
            return report
        }

        func contents(_ folder: DHCPFolder) throws -> [String: String] {
            var found = ["dnsmasq.conf": (try? FileContents.read(folder.main)).map { text($0) } ?? "none"]
            for name in FolderContents.names(in: folder.hosts) ?? [] {
                found[name] = text(try FileContents.read("\(folder.hosts)/\(name)"))
            }
            return found
        }

        private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
    }

    @Test("what is requested is put where dnsmasq reads, and dnsmasq is told in the least way")
    func course() throws {
        try withTemporaryFolder { path in
            let host = Host(path)
            #expect(host.activation.run() == nil)
            let first = try host.take(SampleSite.configuration())
            #expect(first.state == .active, "\(first)")
            #expect(first.message == "3 machines added, 0 changed, 0 removed, new settings; dnsmasq was restarted")
            #expect(host.control.calls == ["restart"])
            #expect(try host.contents(host.active) == host.contents(host.requested))

            // A new machine is seen by dnsmasq itself.
            let more = SampleSite.machines + SampleSite.node("n4", mac: "52:54:00:20:01:14", address: "10.20.1.14")
            #expect(
                try host.take(SampleSite.configuration(SampleSite.site(machines: more))).message
                    == "1 machines added, 0 changed, 0 removed")
            #expect(host.control.calls == ["restart"])

            // One that has changed, or is gone, is not.
            let moved =
                SampleSite.node("n1", mac: "52:54:00:20:01:11", address: "10.20.1.21")
                + SampleSite.node("n3", mac: "52:54:00:20:01:13", network: "far", address: "10.30.1.13")
            let changed = try host.take(SampleSite.configuration(SampleSite.site(machines: moved)))
            #expect(changed.message == "0 machines added, 1 changed, 2 removed; dnsmasq has read its files again")
            #expect(host.control.calls == ["restart", "reload"])
            #expect(try host.contents(host.active) == host.contents(host.requested))

            #expect(try host.ask().message == "nothing has changed")
            let stopped = try host.take(nil)
            #expect(stopped.state == .stopped)
            #expect(host.control.calls == ["restart", "reload", "stop"])
            #expect(try host.contents(host.active)["dnsmasq.conf"] == "none")
        }
    }

    @Test("a server that does not run is started though nothing has changed")
    func dead() throws {
        try withTemporaryFolder { path in
            let host = Host(path)
            try host.take(SampleSite.configuration())
            host.control.state.withLock { $0.isRunning = false }
            #expect(try host.ask().state == .active)
            #expect(host.control.calls == ["restart", "restart"])
        }
    }

    @Test(
        "the last good configuration stays where the new one is refused, with the reason",
        arguments: [
            ("dnsmasq.conf", "dhcp-script=/bin/sh\n", "'dhcp-script=/bin/sh', which boatyardd does not write"),
            ("dnsmasq.conf", "port=0\ninterface=eno2\ndhcp-option=option:no-such-option,1\n", "dnsmasq says: "),
            ("dnsmasq.conf", "port=0\ninterface=eno2\ntftp-max=0x\n", "dnsmasq says: "),
            (
                "hosts/52-54-00-20-01-12", "52:54:00:20:01:12,10.20.1.12,n2,ignore\n",
                "more in it than its address and name"
            ),
            ("hosts/passwd", "root\n", "passwd is no machine's file"),
        ])
    func refused(file: String, contents: String, reason: String) throws {
        try withTemporaryFolder { path in
            let host = Host(path)
            try host.take(SampleSite.configuration())
            let before = try host.contents(host.active)
            // A good change beside the bad one is not taken either.
            let moved = SampleSite.node("n1", mac: "52:54:00:20:01:11", address: "10.20.1.21")
            try host.requested.write(SampleSite.configuration(SampleSite.site(machines: moved)), over: nil)
            try FileContents.write(Array(contents.utf8), to: "\(host.requested.path)/\(file)")
            let report = try host.ask()
            #expect(report.state == .refused)
            #expect(report.message.contains(reason), "\(report.message)")
            #expect(try host.contents(host.active) == before)
            #expect(host.control.calls == ["restart"])
            // The next good one is taken.
            FolderContents.remove("\(host.requested.path)/\(file)")
            #expect(try host.take(SampleSite.configuration()).state == .active)
        }
    }

    @Test("links, and files that are none, are not followed", arguments: ["link", "folder", "pipe", "missing"])
    func links(kind: String) throws {
        try withTemporaryFolder { path in
            let host = Host(path)
            try host.take(SampleSite.configuration())
            let file = "\(host.requested.hosts)/52-54-00-20-01-77"
            let secret = "\(path)/secret"
            try FileContents.write(Array("52:54:00:20:01:77,n77\n".utf8), to: secret)
            switch kind {
            case "link": #expect(symlink(secret, file) == 0)
            case "folder": #expect(mkdir(file, 0o755) == 0)
            case "pipe": #expect(mkfifo(file, 0o644) == 0)
            default: #expect(symlink("/nowhere", file) == 0)
            }
            let report = try host.ask()
            #expect(report.state == .refused && report.message.contains("is no regular file"), "\(report)")
            #expect(try host.contents(host.active)["52-54-00-20-01-77"] == nil)
        }
    }

    @Test("a server that does not start with the new configuration gets the old one back")
    func startFailure() throws {
        try withTemporaryFolder { path in
            let host = Host(path)
            try host.take(SampleSite.configuration())
            let before = try host.contents(host.active)
            host.control.state.withLock {
                $0.restartFailure = "failed to bind DHCP server socket: Address already in use"
            }
            let report = try host.take(SampleSite.configuration(mode: .proxy))
            #expect(report.state == .refused && report.message.contains("Address already in use"))
            #expect(try host.contents(host.active) == before)
            #expect(host.control.calls == ["restart", "restart", "restart"])
            #expect(host.control.isRunning())
            // What could not be started is tried again once it is requested again.
            #expect(try host.ask().state == .active)
            #expect(try host.contents(host.active) == host.contents(host.requested))
        }
    }

    @Test("a first configuration that cannot be started leaves nothing to start")
    func firstFailure() throws {
        try withTemporaryFolder { path in
            let host = Host(path)
            host.control.state.withLock { $0.restartFailure = "no" }
            let report = try host.take(SampleSite.configuration())
            #expect(report.state == .refused)
            #expect(try host.contents(host.active) == ["dnsmasq.conf": "none"])
            #expect(host.control.calls == ["restart", "stop"])
        }
    }

    @Test("what dnsmasq reads for one changed machine is as much with a thousand as with ten", arguments: [10, 1000])
    func cost(count: Int) throws {
        try withTemporaryFolder { path in
            let host = Host(path)
            try host.take(SampleSite.configuration(SampleSite.large(count)))
            let report = try host.take(SampleSite.configuration(SampleSite.large(count, changing: 7)))
            #expect(report.message == "0 machines added, 1 changed, 0 removed; dnsmasq has read its files again")
            #expect(
                try host.contents(host.active)["52-54-00-40-00-07"] == "52:54:00:40:00:07,10.40.78.39,m7\n")
        }
    }

    @Test("a missing dnsmasq is told with the remedy")
    func missing() throws {
        try withTemporaryFolder { path in
            let folder = DHCPFolder("\(path)/requested")
            let activation = DHCPActivation(
                requested: folder, active: DHCPFolder("\(path)/active"), dnsmasq: "/nonexistent/dnsmasq",
                control: RecordedControl())
            try folder.write(SampleSite.configuration(), over: nil)
            try folder.ask(ULID())
            let report = try #require(activation.run())
            #expect(report.state == .refused)
            #expect(report.message.contains("Cannot run /nonexistent/dnsmasq") && report.message.contains("installed?"))
        }
    }

    @Test("a report is read as it was written, and anything else is none")
    func reports() {
        let report = DHCPActivationReport(
            request: "01J", state: .refused, message: "a \"b\"\n", time: Timestamp(microseconds: 7))
        #expect(DHCPActivationReport(report.bytes) == report)
        for text in [
            "", "{}", "[]", "{\"request\":1}", "{\"request\":\"a\",\"state\":\"x\",\"message\":\"\",\"time\":1}",
        ] {
            #expect(DHCPActivationReport(Array(text.utf8)) == nil)
        }
    }
}
