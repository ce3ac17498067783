import Foundation
import Netboot
import Primitives
import TestSupport
import Testing

/// dnsmasq answers on a real wire what the design says. Each test has a wire of its own.
@Suite("DHCP and TFTP on the wire", .enabled(if: WireLab.isPossible))
struct DHCPWireTests {
    private func withLab(address: String = "10.20.1.1/24", _ body: (WireLab) async throws -> Void) async throws {
        let lab = try WireLab(address: address)
        defer { lab.remove() }
        try await body(lab)
    }

    /// Gives the clients' side the addresses of a machine that is no client, and of a relay.
    private func addRelay(_ lab: WireLab) throws {
        try WireLab.network([
            "-n \(lab.clientSpace) addr add 10.20.1.2/24 dev v1", "-n \(lab.clientSpace) addr add 10.30.1.1/24 dev v1",
            "-n \(lab.serverSpace) route add 10.30.1.0/24 via 10.20.1.2",
            "-n \(lab.serverSpace) route add 10.99.1.0/24 via 10.20.1.2",
        ])
    }

    private func check(_ cases: [WireCase], _ lab: WireLab, _ when: String) throws {
        let answers = try lab.exchange(cases.map { .object($0.request) })
        for (wire, answer) in zip(cases, answers) {
            #expect(wire.summary(of: answer) == wire.expected, "\(when): \(wire.title): \(answer.json(.compact))")
        }
        #expect(answers.count == cases.count)
    }

    private func configuration(
        _ machines: String = SampleSite.machines, _ mode: DHCPMode = .authoritative,
        settings: DHCPServerSettings = .init()
    ) throws -> DHCPConfiguration {
        try SampleSite.configuration(
            SampleSite.site(machines: machines), mode: mode, interface: "v0", settings: settings)
    }

    private func address(_ lab: WireLab, _ mac: String) throws -> String? {
        try lab.exchange([["mac": .string(mac), "arch": 0]])[0]["yiaddr"]?.stringValue
    }

    @Test("every kind of firmware gets its address, file and options, or silence")
    func table() async throws {
        try await withLab { lab in
            try addRelay(lab)
            let report = try lab.take(configuration())
            #expect(report.state == .active, "\(report)")
            let table = WireTable(serverFields: try lab.serverFields())
            try check(table.authoritative, lab, "at first")
            // After it has read its files again, and after a new start, with the leases that there are now.
            try lab.control.reload()
            try check(table.authoritative, lab, "after HUP")
            try lab.control.restart()
            try check(table.authoritative, lab, "after a new start")
        }
    }

    @Test("beside another server it says what to boot and gives no address; with DHCP off it is silent")
    func proxy() async throws {
        try await withLab { lab in
            try addRelay(lab)
            #expect(try lab.take(configuration(SampleSite.machines, .proxy)).state == .active)
            let table = WireTable(serverFields: try lab.serverFields())
            try check(table.proxy, lab, "proxy")
            #expect(try lab.take(configuration(SampleSite.machines, .off)).state == .active)
            try await eventually("silence") {
                try lab.exchange([["mac": "52:54:00:20:01:11", "arch": 0, "wait": 1]]) == [.null]
            }
        }
    }

    @Test("machines that are added, edited, swapped and deleted are answered so, and only files that changed are read")
    func changes() async throws {
        try await withLab { lab in
            #expect(try lab.take(configuration()).state == .active)
            let process = lab.control.process
            #expect(try address(lab, "52:54:00:20:01:11") == "10.20.1.11")

            let added = SampleSite.machines + SampleSite.node("n4", mac: "52:54:00:20:01:14", address: "10.20.1.14")
            #expect(try lab.take(configuration(added)).message == "1 machines added, 0 changed, 0 removed")
            try await eventually("an answer for the new machine") {
                try address(lab, "52:54:00:20:01:14") == "10.20.1.14"
            }

            let swapped =
                SampleSite.node("n1", mac: "52:54:00:20:01:11", address: "10.20.1.12")
                + SampleSite.node("n2", mac: "52:54:00:20:01:12", address: "10.20.1.11")
                + SampleSite.node("n3", mac: "52:54:00:20:01:13", network: "far", address: "10.30.1.13")
                + SampleSite.node("n4", mac: "52:54:00:20:01:14", address: "10.20.1.24")
            #expect(try lab.take(configuration(swapped)).state == .active)
            try await eventually("the edited machine") { try address(lab, "52:54:00:20:01:14") == "10.20.1.24" }
            try await eventually("the swapped machines") {
                let first = try address(lab, "52:54:00:20:01:11")
                let second = try address(lab, "52:54:00:20:01:12")
                return first == "10.20.1.12" && second == "10.20.1.11"
            }

            let deleted =
                SampleSite.node("n1", mac: "52:54:00:20:01:11", address: "10.20.1.12")
                + SampleSite.node("n3", mac: "52:54:00:20:01:13", network: "far", address: "10.30.1.13")
            #expect(try lab.take(configuration(deleted)).state == .active)
            try await eventually("the deleted machine is unknown") {
                let place = try address(lab, "52:54:00:20:01:14")?.split(separator: ".").last.flatMap { Int($0) }
                return place.map { (150...250).contains($0) } ?? false
            }
            #expect(lab.control.process == process)
            // Another setting takes a new start.
            #expect(try lab.take(configuration(deleted, settings: .init(uefiProgram: .ipxe))).state == .active)
            #expect(lab.control.process != process)
            #expect(
                try lab.exchange([["mac": "52:54:00:20:01:11", "arch": 7]])[0]["file"]?.stringValue == "ipxe.efi")
        }
    }

    @Test("a configuration that dnsmasq refuses leaves the answers as they were")
    func lastGood() async throws {
        try await withLab { lab in
            #expect(try lab.take(configuration()).state == .active)
            var bad = try configuration()
            bad.main += "dhcp-option=tag:net-0,option:no-such-option,1\n"
            let refused = try lab.take(bad)
            #expect(refused.state == .refused && refused.message.contains("dnsmasq says: "), "\(refused)")
            #expect(try address(lab, "52:54:00:20:01:11") == "10.20.1.11")
            let moved = try configuration(SampleSite.node("n1", mac: "52:54:00:20:01:11", address: "10.20.1.21"))
            #expect(try lab.take(moved).state == .active)
            try await eventually("the good one") { try address(lab, "52:54:00:20:01:11") == "10.20.1.21" }
        }
    }

    @Test("three hundred machines get their leases, each is told once, and HUP tells none again")
    func manyLeases() async throws {
        try await withLab(address: "10.40.255.254/16") { lab in
            let site = try SampleSite.large(300)
            let configuration = try SampleSite.configuration(site, interface: "v0")
            #expect(try lab.take(configuration).state == .active)
            let requests = configuration.hosts.keys.sorted().map { name -> Value in
                ["mac": .string(String(name.map { $0 == "-" ? ":" : $0 })), "arch": 7, "kind": "lease", "wait": 20]
            }
            let answers = try lab.exchange(requests)
            for (request, answer) in zip(requests, answers) {
                let mac = request["mac"]?.stringValue ?? ""
                let own = configuration.hosts[String(mac.map { $0 == ":" ? "-" : $0 })]?.split(separator: ",")[1]
                #expect(answer["yiaddr"]?.stringValue == own.map(String.init), "\(mac)")
            }
            try await eventually("300 leases told", within: 60) { lab.messages.count >= 300 }
            try lab.control.reload()
            // One more lease comes after whatever HUP has caused.
            let last = try lab.exchange([["mac": "52:54:00:40:00:07", "kind": "lease", "client_id": "0102"]])
            #expect(last[0]["type"]?.stringValue == "ACK")
            let fetched = try lab.take(SampleSite.configuration(SampleSite.large(301), interface: "v0"))
            #expect(fetched.state == .active)
            _ = try lab.exchange([["mac": "52:54:00:40:01:2d", "kind": "lease"]])
            let machine301 = try #require(MACAddress("52:54:00:40:01:2d"))
            try await eventually("the lease of the new machine told", within: 60) {
                lab.messages.contains { if case .granted(machine301, _, _, _) = $0 { true } else { false } }
            }
            let told = lab.messages.compactMap { if case .granted(let mac, _, _, _) = $0 { mac } else { nil } }
            let seven = try #require(MACAddress("52:54:00:40:00:07"))
            #expect(told.count == 302 && told.filter { $0 == seven }.count == 2 && Set(told).count == 301)

            // What a daemon that starts anew is told of dnsmasq's file is what it was told of each lease.
            let granted = lab.messages.reduce(into: [MACAddress: IPv4Address]()) { addresses, message in
                if case .granted(let mac, let address, _, let terms) = message {
                    addresses[mac] = address
                    #expect(terms.hostname != nil && (3500...3600).contains(terms.seconds ?? 0), "\(message)")
                }
            }
            #expect(!lab.messages.contains { if case .held = $0 { true } else { false } })
            LeaseFile.tell("\(lab.folder)/var/leases", to: lab.eventSocket)
            func listed() -> [MACAddress: IPv4Address] {
                lab.messages.reduce(into: [:]) { addresses, message in
                    guard case .held(let mac, let address, let terms) = message else { return }
                    addresses[mac] = address
                    #expect(terms.hostname != nil && (3500...3600).contains(terms.seconds ?? 0), "\(message)")
                }
            }
            try await eventually("the leases of the file") { listed().count >= 301 }
            #expect(listed() == granted)
        }
    }

    @Test("a file comes by TFTP as it is, to two clients of others, and that is told with machine and size")
    func tftp() async throws {
        try await withLab { lab in
            try addRelay(lab)
            let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
            try FileContents.write(bytes, to: "\(lab.folder)/tftp/snponly.efi", mode: 0o644)
            #expect(try lab.take(configuration()).state == .active)
            let got = "\(lab.folder)/got"
            let curl = try lab.client("/usr/bin/curl", ["-s", "-m", "20", "-o", got, "tftp://10.20.1.1/snponly.efi"])
            #expect(curl.status == 0)
            #expect(try FileContents.read(got) == bytes)
            let mac = try lab.client("/usr/bin/cat", ["/sys/class/net/v1/address"]).output.trimmed
            let client = try #require(MACAddress(mac))
            let expected = DHCPEventMessage.sent(
                file: "snponly.efi", bytes: 300_000, address: try #require(IPv4Address("10.20.1.2")),
                mac: client)
            try await eventually("the file is told") { lab.messages.contains(expected) }
            if FileManager.default.isExecutableFile(atPath: "/usr/bin/tftp") {
                FolderContents.remove(got)
                _ = try lab.client("/usr/bin/tftp", ["-m", "binary", "10.20.1.1", "-c", "get", "snponly.efi", got])
                #expect(try FileContents.read(got) == bytes)
            }
            // What is not in its folder is nobody's business.
            for path in ["../var/log", "/etc/passwd", "missing.efi"] {
                let other = try lab.client("/usr/bin/curl", ["-s", "-m", "5", "-o", got, "tftp://10.20.1.1/\(path)"])
                #expect(other.status != 0, "\(path)")
            }
        }
    }

    @Test("who asks and who else answers is told, by a program that may do nothing but listen")
    func watch() async throws {
        try await withLab { lab in
            try addRelay(lab)
            #expect(try lab.take(configuration()).state == .active)
            try lab.start(in: lab.serverSpace, capabilities: "+net_raw", [LabControl.program, "watch", "v0"])
            let mac = try #require(MACAddress("52:54:00:99:00:01"))
            let asked = DHCPEventMessage.asked(mac, client: .init(architecture: 7))
            try await eventually("the request is told") {
                _ = try lab.exchange([["mac": .string(mac.description), "arch": 7]])
                return lab.messages.contains(asked)
            }
            func others() -> [IPv4Address] {
                lab.messages.compactMap { if case .otherServer(let address, _) = $0 { address } else { nil } }
            }
            // Its own answers are none of another's.
            #expect(others().isEmpty)

            // A second server, on the other side of the wire. It is there before the first probe of a new listener.
            try lab.start(
                in: lab.clientSpace, capabilities: "+net_bind_service,+net_raw,+net_admin",
                [
                    Dnsmasq.path, "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--interface=v1",
                    "--bind-interfaces", "--no-ping", "--dhcp-range=10.20.1.60,10.20.1.70,255.255.255.0,10m",
                    "--dhcp-leasefile=\(lab.folder)/var/other", "--pid-file=",
                ])
            try await eventually("the second server listens") {
                try lab.client("/usr/bin/cat", ["/proc/net/udp"]).output.contains(":0043 ")
            }
            try lab.start(in: lab.serverSpace, capabilities: "+net_raw", [LabControl.program, "watch", "v0"])
            let second = try #require(IPv4Address("10.20.1.2"))
            try await eventually("the second server is told") { others().contains(second) }
            #expect(Set(others()) == [second])
        }
    }
}
