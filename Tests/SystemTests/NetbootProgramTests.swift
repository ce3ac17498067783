import Foundation
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
