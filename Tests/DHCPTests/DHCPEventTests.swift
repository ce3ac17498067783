import Glibc
import Primitives
import SystemSupport
import TestSupport
import Testing

@testable import Netboot

@Suite("What DHCP and TFTP tell the daemon")
struct DHCPEventTests {
    private func mac(_ text: String = "52:54:00:20:01:11") throws -> MACAddress { try #require(MACAddress(text)) }
    private func address(_ text: String = "10.20.1.11") throws -> IPv4Address { try #require(IPv4Address(text)) }

    @Test("a message is read as it was sent")
    func roundTrip() throws {
        let messages: [DHCPEventMessage] = [
            .asked(try mac(), client: .init(architecture: 7, isIPXE: true)), .asked(try mac(), client: .init()),
            .granted(try mac(), address: try address(), client: .init(architecture: 0)),
            .granted(
                try mac(), address: try address(), client: .init(), terms: .init(hostname: "n1", seconds: 3600)),
            .held(try mac(), address: try address(), terms: .init(hostname: "n1.harbour.example.com", seconds: 1)),
            .held(try mac(), address: try address(), terms: .init()),
            .ended(try mac(), address: try address()),
            .sent(file: "snponly.efi", bytes: 70000, address: try address(), mac: nil),
            .sent(file: "undionly.kpxe", bytes: 0, address: try address(), mac: try mac()),
            .otherServer(address: try address("10.20.1.9"), mac: try mac()), .taken,
        ]
        for message in messages {
            #expect(DHCPEventMessage(message.bytes) == message)
            #expect(message.bytes.count <= DHCPEventMessage.sizeLimit)
        }
    }

    @Test(
        "anything else is no message",
        arguments: [
            "", "{}", "[]", "null", #"{"event":"asked"}"#, #"{"event":"asked","mac":"x"}"#,
            #"{"event":"granted","mac":"52:54:00:20:01:11","address":"10.20.1.300"}"#,
            #"{"event":"sent","file":"","bytes":1,"address":"10.20.1.1"}"#,
            #"{"event":"sent","file":"a","bytes":-1,"address":"10.20.1.1"}"#,
            #"{"event":"sent","file":"a","bytes":9223372036854775807,"address":"10.20.1.1"}"#,
            #"{"event":"reboot","mac":"52:54:00:20:01:11","address":"10.20.1.1"}"#,
            #"{"event":"asked","mac":"52:54:00:20:01:11","x":[[[[1]]]]}"#,
        ])
    func garbage(text: String) { #expect(DHCPEventMessage(Array(text.utf8)) == nil) }

    @Test("a message longer than the bound is dropped unread")
    func long() {
        let padding = String(repeating: " ", count: DHCPEventMessage.sizeLimit)
        #expect(DHCPEventMessage(Array(#"{"event":"taken"}"#.utf8)) == .taken)
        #expect(DHCPEventMessage(Array((#"{"event":"taken"}"# + padding).utf8)) == nil)
    }

    @Test("dnsmasq's calls become messages, and the leases that it lists again become none")
    func script() throws {
        let variables = [
            "DNSMASQ_TAGS": "net-0 known efi-x64 eno2", "DNSMASQ_VENDOR_CLASS": "PXEClient:Arch:00007:UNDI:003016",
            "DNSMASQ_TIME_REMAINING": "3600",
        ]
        func message(_ arguments: String..., ipxe: Bool = false) throws -> DHCPEventMessage? {
            let neighbour = try mac("52:54:00:20:01:99")
            return LeaseScript.message(
                arguments: arguments,
                environment: { $0 == "DNSMASQ_TAGS" && ipxe ? "net-0 ipxe" : variables[$0] },
                neighbour: { _ in neighbour })
        }
        #expect(
            try message("add", "52:54:00:20:01:11", "10.20.1.11", "n1")
                == .granted(
                    try mac(), address: try address(), client: .init(architecture: 7),
                    terms: .init(hostname: "n1", seconds: 3600)))
        // Of whoever calls itself nothing, or something that is no name, the rest counts.
        for name in ["", "n 1", "<b>", "n1\n", "-"] {
            #expect(
                try message("add", "52:54:00:20:01:11", "10.20.1.11", name)
                    == .granted(
                        try mac(), address: try address(), client: .init(architecture: 7), terms: .init(seconds: 3600)))
        }
        #expect(
            try message("add", "52:54:00:20:01:11", "10.20.1.11", ipxe: true)
                == .granted(
                    try mac(), address: try address(), client: .init(architecture: 7, isIPXE: true),
                    terms: .init(seconds: 3600)))
        #expect(try message("del", "52:54:00:20:01:11", "10.20.1.11") == .ended(try mac(), address: try address()))
        #expect(
            try message("tftp", "70000", "10.20.1.11", "/srv/netboot/current/tftp/snponly.efi")
                == .sent(
                    file: "snponly.efi", bytes: 70000, address: try address(), mac: try mac("52:54:00:20:01:99")))
        // At the next boot it asks again, and gets the lease that it has.
        #expect(
            try message("old", "52:54:00:20:01:11", "10.20.1.11", "n1")
                == .granted(
                    try mac(), address: try address(), client: .init(architecture: 7),
                    terms: .init(hostname: "n1", seconds: 3600)))
        let listed = LeaseScript.message(
            arguments: ["old", "52:54:00:20:01:11", "10.20.1.11", "n1"],
            environment: { $0 == "DNSMASQ_DATA_MISSING" ? "1" : nil }, neighbour: { _ in nil })
        #expect(listed == nil)
        #expect(try message("add", "06-52:54:00:20:01:11", "10.20.1.11") == nil)
        #expect(try message("add", "52:54:00:20:01:11") == nil)
        #expect(try message("tftp", "x", "10.20.1.11", "/a") == nil)
        #expect(try message("init") == nil)
        #expect(LeaseScript.message(arguments: [], environment: { _ in nil }, neighbour: { _ in nil }) == nil)
    }

    @Test("the kernel's table of neighbours is read")
    func neighbours() throws {
        let table = """
            IP address       HW type     Flags       HW address            Mask     Device
            10.20.1.11       0x1         0x2         52:54:00:20:01:11     *        eno2
            10.20.1.12       0x1         0x0         00:00:00:00:00:00     *        eno2
            10.20.1.13
            """
        #expect(LeaseScript.neighbour(try address(), inTable: table) == (try mac()))
        #expect(LeaseScript.neighbour(try address("10.20.1.12"), inTable: table) == nil)
        #expect(LeaseScript.neighbour(try address("10.20.1.13"), inTable: table) == nil)
        #expect(LeaseScript.neighbour(try address(), inTable: "") == nil)
    }

    @Test("a probe is a DISCOVER that every server reads, and every part of a packet may be missing")
    func observation() throws {
        let sender = try mac("52:54:00:99:00:01")
        let probe = DHCPObservation.probe(mac: try mac(), number: 0x0102_0304)
        #expect(DHCPObservation.message(probe, from: sender) == .asked(try mac(), client: .init()))
        for length in probe.indices { _ = DHCPObservation.message(Array(probe[..<length]), from: sender) }
        // As firmware asks: architecture and user class.
        let asked = Array(probe.dropLast()) + [93, 2, 0, 7, 77, 4] + Array("iPXE".utf8) + [255]
        #expect(
            DHCPObservation.message(asked, from: sender)
                == .asked(try mac(), client: .init(architecture: 7, isIPXE: true)))
        // An offer of 10.20.1.9: from port 67 to port 68.
        var offer = probe
        offer[20...23] = [0, 67, 0, 68]
        offer[28] = 2
        let options = try #require(offer.lastIndex(of: 0x63)) + 1
        offer[options...] = [53, 1, 2, 54, 4, 10, 20, 1, 9, 255]
        #expect(
            DHCPObservation.message(offer, from: sender) == .otherServer(address: try address("10.20.1.9"), mac: sender)
        )
        // An option that claims more than there is.
        #expect(DHCPObservation.message(Array(offer.dropLast(6)) + [200], from: sender) != nil)
        #expect(DHCPObservation.message([], from: sender) == nil)
        #expect(DHCPObservation.message([UInt8](repeating: 0xff, count: 400), from: sender) == nil)
    }

    @Test("the socket takes messages of its group, drops everything else, and answers nothing")
    func socket() async throws {
        try await withTemporaryFolder { path in
            let file = "\(path)/events.sock"
            #expect(!DHCPEventSocket.send(.taken, to: file))
            let descriptor = try UnixSocket.bind(path: file, group: nil, kind: .datagrams)
            var status = stat()
            #expect(stat(file, &status) == 0 && status.st_mode & 0o777 == 0o660)
            let messages = try #require(DHCPEventSocket.messages(descriptor))
            let message = DHCPEventMessage.ended(try mac(), address: try address())
            #expect(DHCPEventSocket.send(message, to: file))
            sendRaw(Array("nonsense".utf8), to: file)
            sendRaw([UInt8](repeating: 0x20, count: 5000) + Array(#"{"event":"taken"}"#.utf8), to: file)
            #expect(DHCPEventSocket.send(.taken, to: file))
            var received: [DHCPEventMessage] = []
            for await message in messages {
                received.append(message)
                if message == .taken { break }
            }
            #expect(received == [message, .taken])
        }
    }

    private func sendRaw(_ bytes: [UInt8], to path: String) {
        let descriptor = Glibc.socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, bytes, bytes.count, 0, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    @Test("followers of events get them in order, and one that is gone costs nothing")
    func stream() async throws {
        let events = NetbootEvents()
        let first = events.follow()
        let event = NetbootEvent(mac: try mac(), kind: .asked, time: Timestamp(microseconds: 1), detail: "iPXE")
        var other = event
        other.kind = .leased
        events.tell(event)
        events.tell(other)
        var received: [NetbootEvent] = []
        for await event in first {
            received.append(event)
            if received.count == 2 { break }
        }
        #expect(received == [event, other])
        events.tell(event)
    }
}
