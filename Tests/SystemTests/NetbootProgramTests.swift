import Foundation
import Netboot
import Primitives
import Testing

/// DHCP as a part of the daemon: dnsmasq and root have no part in these tests.
@Suite("DHCP by the daemon", .serialized)
struct NetbootProgramTests {
    /// A daemon that serves machines on the loopback interface.
    private func seed() async throws -> Seed {
        let seed = try Seed()
        try await seed.startDaemon(environment: ["BOATYARD_NETBOOT_INTERFACE": "lo"])
        return seed
    }

    private func file(_ seed: Seed, _ name: String) -> String? {
        try? String(contentsOf: seed.folder.appendingPathComponent("dhcp/\(name)"), encoding: .utf8)
    }

    @Test("a commit reaches the folder that root takes over from, and status tells so")
    func commit() async throws {
        let seed = try await seed()
        let waiting = try seed.boatyard("netboot", "status")
        #expect(waiting.status == 1, "\(waiting)")
        #expect(file(seed, "request") == nil)
        try seed.commit(Place.exampleSite)
        let host = try await eventually("the machine's file") { file(seed, "hosts/52-54-00-20-01-11") }
        #expect(host == "52:54:00:20:01:11,10.20.1.11,berth-1\n")
        let request = try await eventually("the request") { file(seed, "request") }
        let main = try #require(file(seed, "dnsmasq.conf"))
        #expect(main.contains("interface=lo\n") && main.contains(seed.nodeURL))
        let pending = try seed.json("netboot/dhcp")
        #expect(pending["state"] == "pending" && pending["machines"] == 4, "\(pending)")

        // Root takes it over, and says so on the socket that is for that.
        let active = seed.folder.appendingPathComponent("dhcp-active")
        try FileManager.default.createDirectory(at: active, withIntermediateDirectories: true)
        let id = request.trimmingCharacters(in: .newlines)
        try #"{"request": "\#(id)", "state": "refused", "message": "dnsmasq says: no", "time": 1}"#
            .write(to: active.appendingPathComponent("status.json"), atomically: true, encoding: .utf8)
        _ = try await eventually("the answer") {
            try seed.json("netboot/dhcp")["state"] == "refused" ? true : nil
        }
        let refused = try seed.boatyard("netboot", "status")
        #expect(refused.status == 1)
        #expect(refused.output.contains("refused") && refused.output.contains("dnsmasq says: no"))
        let health = try seed.curl("/api/v1.0/health")
        #expect(health.status == 503 && health.body.contains("DHCP: dnsmasq says: no"), "\(health)")
    }

    private func socket(_ seed: Seed) -> String { seed.folder.appendingPathComponent("dhcp-events.sock").path }

    /// Runs the program as dnsmasq does.
    private func script(_ seed: Seed, _ arguments: String..., environment: [String: String] = [:]) throws {
        let program = try Program(
            "boatyard-dhcp", arguments,
            environment: environment.merging(["BOATYARD_DHCP_EVENTS": socket(seed)]) { first, _ in first })
        #expect(program.wait() == 0)
    }

    @Test("leases are listed with machine, network and time, by the API and in a table, until they end")
    func leases() async throws {
        let seed = try await seed()
        #expect(try seed.json("netboot/leases") == [])
        #expect(try seed.boatyard("get", "leases").output.contains("boatyard netboot status"))
        try seed.commit(Place.exampleSite)
        _ = try await eventually("the machine's file") { file(seed, "hosts/52-54-00-20-01-11") }
        let now = Timestamp.now()
        let hour = ["DNSMASQ_TIME_REMAINING": "3600", "DNSMASQ_TAGS": "net-0 ipxe"]
        try script(seed, "add", "52:54:00:20:01:11", "10.20.1.11", "berth-1", environment: hour)
        try script(
            seed, "add", "52:54:00:99:00:01", "10.20.1.150", "<b>", environment: ["DNSMASQ_TIME_REMAINING": "60"])
        try script(seed, "add", "52:54:00:99:00:02", "192.0.2.7", environment: hour)
        let leases = try await eventually("three leases") {
            let leases = try seed.json("netboot/leases").arrayValue ?? []
            return leases.count == 3 ? leases : nil
        }
        #expect(leases.map { $0["address"]?.stringValue } == ["10.20.1.11", "10.20.1.150", "192.0.2.7"])
        #expect(leases.map { $0["node"]?.stringValue } == ["berth-1", nil, nil])
        #expect(leases.map { $0["hostname"]?.stringValue } == ["berth-1", nil, nil])
        #expect(leases.map { $0["network"]?.stringValue } == ["pxe", "pxe", nil])
        for (lease, seconds) in zip(leases, [3600.0, 60, 3600]) {
            let since = try #require(lease["since"]?.stringValue.flatMap { Timestamp($0) })
            let until = try #require(lease["until"]?.stringValue.flatMap { Timestamp($0) })
            #expect(since >= now && until.seconds(since: since) == seconds, "\(lease)")
        }
        let table = try seed.boatyard("get", "leases")
        #expect(table.status == 0)
        let lines = table.output.split(separator: "\n")
        #expect(lines.count { $0.contains("unknown") } == 2 && lines.count { $0.contains("berth-1") } == 1, "\(table)")

        try script(seed, "del", "52:54:00:20:01:11", "10.20.1.11", "berth-1")
        _ = try await eventually("the end of the lease") {
            try seed.json("netboot/leases").arrayValue?.count == 2 ? true : nil
        }

        // A daemon that starts anew remembers none, and is told what dnsmasq has in its file.
        seed.stopDaemon()
        try await seed.startDaemon(environment: ["BOATYARD_NETBOOT_INTERFACE": "lo"])
        _ = try await eventually("the socket") { FileManager.default.fileExists(atPath: socket(seed)) ? true : nil }
        #expect(try seed.json("netboot/leases") == [])
        let path = seed.folder.appendingPathComponent("leases").path
        let end = Timestamp.now().microseconds / 1_000_000 + 600
        try "\(end) 52:54:00:20:01:11 10.20.1.11 berth-1 *\n".write(toFile: path, atomically: true, encoding: .utf8)
        LeaseFile.tell(path, to: socket(seed))
        let listed = try await eventually("the lease of the file") {
            let leases = try seed.json("netboot/leases")
            return leases.arrayValue?.count == 1 ? leases[0] : nil
        }
        #expect(listed["node"] == "berth-1" && listed["since"] == .null, "\(listed)")
        let until = try #require(listed["until"]?.stringValue.flatMap { Timestamp($0) })
        #expect(abs(Double(until.microseconds / 1_000_000 - end)) <= 2)
    }

    @Test("without an interface nothing is written, and status says what to set")
    func off() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        try seed.commit(Place.exampleSite)
        let status = try seed.boatyard("netboot", "status")
        #expect(status.status == 1)
        #expect(status.output.contains("programs") && status.output.contains("boatyard netboot build makes them"))
        #expect(status.output.contains("off") && status.output.contains("set netboot.interface"))
        #expect(file(seed, "dnsmasq.conf") == nil)
        #expect(try seed.curl("/api/v1.0/health").status == 204)
    }

    @Test("the snippet is printed with and without a daemon")
    func snippet() async throws {
        let seed = try await seed()
        let asked = try seed.boatyard("netboot", "dhcp-snippet", "--for", "dnsmasq")
        #expect(asked.status == 0, "\(asked.error)")
        #expect(asked.output.contains("dhcp-boot=tag:ipxe,\(seed.nodeURL)/ipxe/${netX/mac:hexhyp}\n"))
        seed.stopDaemon()
        #expect(try seed.boatyard("netboot", "dhcp-snippet", "--for", "isc").status == 3)
        for server in ["isc", "dnsmasq", "kea"] {
            let printed = try seed.boatyard(
                "netboot", "dhcp-snippet", "--for", server, "--node-url", "http://192.0.2.1:8080")
            #expect(printed.status == 0)
            for part in ["undionly.kpxe", "192.0.2.1", "http://192.0.2.1:8080/ipxe/", "/netboot/boot/", "HTTPClient"] {
                #expect(printed.output.contains(part), "\(server): \(part)")
            }
        }
        #expect(try seed.boatyard("netboot", "dhcp-snippet", "--for", "bootp").status == 64)
        let name = try seed.boatyard("netboot", "dhcp-snippet", "--for", "isc", "--node-url", "http://seed:8080")
        #expect(name.status == 64 && name.error.contains("--tftp-server"))
        #expect(
            try seed.boatyard("netboot", "dhcp-snippet", "--for", "isc", "--node-url", "http://a", "--tftp-server", "b")
                .status == 64)
        for address in [
            "192.0.2.1:8080", "https://192.0.2.1:8080", "http://192.0.2.1:99999", "http://u:p@192.0.2.1", "",
        ] {
            let printed = try seed.boatyard("netboot", "dhcp-snippet", "--for", "isc", "--node-url", address)
            #expect(printed.status == 64 && printed.error.contains("--node-url is '\(address)'"), "\(address)")
        }
    }
}
