import OrderedCollections
import Primitives

/// One request, and what it has to be answered.
struct WireCase {
    /// An address, a part of a network such as `10.20.1.`, or nil for silence.
    var address: String?
    var file: String
    var title: String
    var request: Value.Object
    /// Options that the answer must have, in hexadecimal; nil for those that it must not have.
    var options: [Int: String?] = [:]
    /// The kind of the answer.
    var type = "OFFER"

    /// In words, as the answer is compared.
    var expected: String { address.map { "\(type) \($0) \(file)" } ?? "silence" }

    /// The answer in the words of `expected`, with what is wrong about its options.
    func summary(of answer: Value) -> String {
        guard let address = answer["yiaddr"]?.stringValue else { return "silence" }
        let isWithin = self.address.map { $0.hasSuffix(".") && address.hasPrefix($0) } ?? false
        var text =
            "\(answer["type"]?.stringValue ?? "") \(isWithin ? self.address ?? "" : address) "
            + (answer["file"]?.stringValue ?? "")
        for (code, value) in options.sorted(by: { $0.key < $1.key }) {
            let found = answer["options"]?["\(code)"]?.stringValue
            if found != value { text += " option \(code) is \(found ?? "missing")" }
        }
        return text
    }
}

/// The table of requests: architectures, iPXE, HTTP boot, relays, and machines that are known or not.
struct WireTable {
    private let url = "http://10.20.1.1:8080"
    /// What a request through a relay, or to the server itself, has more.
    let serverFields: Value.Object

    private let n1: Value = "52:54:00:20:01:11"
    private let n2: Value = "52:54:00:20:01:12"
    private let n3: Value = "52:54:00:20:01:13"
    private let unknown: Value = "52:54:00:99:00:01"

    private func script() -> String { "\(url)/ipxe/${netX/mac:hexhyp}" }

    private static let ipxe: Value.Object = ["user_class": "iPXE", "encapsulated": true]

    private func request(_ mac: Value, arch: Int? = nil, _ more: Value.Object = [:]) -> Value.Object {
        var request: Value.Object = ["mac": mac]
        if let arch { request["arch"] = .int(arch) }
        if let arch, arch == 16 || arch == 19 {
            request["vendor_class"] = .string("HTTPClient:Arch:000\(arch):UNDI:003001")
        }
        request.merge(more) { $1 }
        return request
    }

    private func relayed(_ mac: Value, arch: Int, _ more: Value.Object = [:], by giaddr: Value = "10.30.1.1")
        -> Value.Object
    {
        var fields = serverFields
        fields["giaddr"] = giaddr
        fields.merge(more) { $1 }
        return request(mac, arch: arch, fields)
    }

    private static let programs: [(arch: Int, file: String)] = [
        (0, "undionly.kpxe"), (6, "snponly-i386.efi"), (7, "snponly.efi"), (9, "snponly.efi"),
        (10, "snponly-arm32.efi"), (11, "snponly-arm64.efi"),
    ]

    /// Of a server of its own.
    var authoritative: [WireCase] {
        var cases = Self.programs.map { arch, file in
            WireCase(address: "10.20.1.11", file: file, title: "arch \(arch)", request: request(n1, arch: arch))
        }
        cases += [(16, "snponly.efi"), (19, "snponly-arm64.efi")].map { (arch: Int, file: String) -> WireCase in
            WireCase(
                address: "10.20.1.11", file: "\(url)/netboot/boot/\(file)", title: "HTTP boot, arch \(arch)",
                request: request(n1, arch: arch), options: [60: Array("HTTPClient".utf8).hex])
        }
        cases += [0, 6, 7, 9, 10, 11, 16, 19].map { (arch: Int) -> WireCase in
            WireCase(
                address: "10.20.1.11", file: script(), title: "iPXE, arch \(arch)",
                request: request(n1, arch: arch, Self.ipxe), options: [60: nil, 175: "b00101ff"])
        }
        cases += [
            WireCase(
                address: "10.20.1.11", file: script(), title: "iPXE by option 175 alone",
                request: request(n1, arch: 7, ["encapsulated": true])),
            WireCase(
                address: "10.20.1.11", file: script(), title: "iPXE by its user class alone",
                request: request(n1, arch: 7, ["user_class": "iPXE"])),
            WireCase(
                address: "10.20.1.11", file: "undionly.kpxe", title: "iPXE in the vendor class is no iPXE",
                request: request(n1, arch: 0, ["vendor_class": "PXEClient:Arch:00000:UNDI:003016:iPXE"])),
            WireCase(
                address: "10.20.1.11", file: "", title: "an architecture without a program",
                request: request(n1, arch: 15)),
            WireCase(
                address: "10.20.1.11", file: "", title: "an operating system, with the options of its network",
                request: request(n1),
                options: [
                    1: "ffffff00", 3: nil, 6: "0a1401010a140102", 12: Array("n1".utf8).hex,
                    15: Array("harbour.example.com".utf8).hex, 26: "05dc", 51: "00000e10", 54: "0a140101",
                ]),
            WireCase(
                address: "10.20.1.11", file: "", title: "a client identifier of its own changes nothing",
                request: request(n1, ["client_id": "ff0102030405060708"])),
            WireCase(
                address: "10.20.1.12", file: "undionly.kpxe", title: "another machine", request: request(n2, arch: 0),
                options: [175: nil]),
            WireCase(
                address: "10.20.1.", file: "snponly.efi",
                title: "a machine of another network gets an address of this one",
                request: request(n3, arch: 7)),
            WireCase(
                address: "10.20.1.", file: "undionly.kpxe", title: "an unknown machine",
                request: request(unknown, arch: 0)),
            WireCase(
                address: "10.20.1.", file: "snponly.efi", title: "an unknown machine of UEFI",
                request: request("52:54:00:99:00:02", arch: 7)),
            WireCase(
                address: "10.20.1.", file: script(), title: "an unknown machine in iPXE",
                request: request("52:54:00:99:00:03", arch: 0, Self.ipxe)),
            WireCase(
                address: "10.20.1.", file: "\(url)/netboot/boot/snponly.efi", title: "an unknown machine by HTTP",
                request: request("52:54:00:99:00:04", arch: 16)),
            WireCase(
                address: "10.20.1.", file: "", title: "an unknown operating system",
                request: request("52:54:00:99:00:05")),
        ]
        return cases + relays + leases
    }

    private var relays: [WireCase] {
        let far: [Int: String?] = [3: "0a1e0101", 6: "0a1e0101", 26: "058c", 15: nil]
        return [
            WireCase(
                address: "10.30.1.13", file: "undionly.kpxe", title: "by a relay", request: relayed(n3, arch: 0),
                options: far),
            WireCase(
                address: "10.30.1.13", file: "snponly.efi", title: "by a relay, UEFI", request: relayed(n3, arch: 7),
                options: far),
            WireCase(
                address: "10.30.1.13", file: "\(url)/netboot/boot/snponly.efi", title: "by a relay, HTTP boot",
                request: relayed(n3, arch: 16), options: far),
            WireCase(
                address: "10.30.1.13", file: script(), title: "by a relay, iPXE",
                request: relayed(n3, arch: 7, Self.ipxe), options: far),
            WireCase(
                address: nil, file: "", title: "an unknown machine where the network has no range",
                request: relayed("52:54:00:99:00:06", arch: 0, ["wait": 1])),
            WireCase(
                address: nil, file: "", title: "a machine of another network, where that has no range",
                request: relayed(n1, arch: 0, ["wait": 1])),
            WireCase(
                address: nil, file: "", title: "by a relay of a network that is none of the design's",
                request: relayed(n1, arch: 0, ["wait": 1], by: "10.99.1.1")),
        ]
    }

    private var leases: [WireCase] {
        [
            WireCase(
                address: "10.20.1.11", file: "snponly.efi", title: "a lease",
                request: request(n1, arch: 7, ["kind": "lease"]), type: "ACK"),
            WireCase(
                address: "0.0.0.0", file: "", title: "an address that is not the machine's is refused at once",
                request: request(n2, ["kind": "renew", "address": "10.20.1.77"]), type: "NAK"),
            WireCase(
                address: "10.20.1.240", file: "", title: "a lease that was lost here goes on",
                request: request("52:54:00:99:00:07", ["kind": "renew", "address": "10.20.1.240"]), type: "ACK"),
        ]
    }

    /// Of a server beside another: no addresses, and nothing for whoever does not boot.
    var proxy: [WireCase] {
        // Firmware of the BIOS takes its program from port 4011 after a menu of one entry, that of UEFI likewise.
        [0, 6, 7, 9, 11].map { (arch: Int) -> WireCase in
            WireCase(
                address: "0.0.0.0", file: "", title: "proxy, arch \(arch)", request: request(n1, arch: arch),
                options: [60: Array("PXEClient".utf8).hex, 3: nil, 51: nil])
        }
            + [0, 7, 11].map { (arch: Int) -> WireCase in
                WireCase(
                    address: "0.0.0.0", file: script(), title: "proxy, iPXE, arch \(arch)",
                    request: request(n1, arch: arch, Self.ipxe))
            }
            + [
                WireCase(
                    address: nil, file: "", title: "proxy, an operating system", request: request(n1, ["wait": 1])),
                WireCase(
                    address: nil, file: "", title: "proxy, HTTP boot", request: request(n1, arch: 16, ["wait": 1])),
                WireCase(
                    address: "10.20.1.2", file: "undionly.kpxe", title: "proxy, port 4011, BIOS",
                    request: boot(arch: 0, ["service": 0x8000]), type: "ACK"),
                WireCase(
                    address: "0.0.0.0", file: "snponly.efi", title: "proxy, port 4011, UEFI",
                    request: boot(arch: 7, [:]), type: "ACK"),
            ]
    }

    private func boot(arch: Int, _ more: Value.Object) -> Value.Object {
        var fields = serverFields
        fields["kind"] = "boot"
        fields["address"] = "10.20.1.2"
        fields.merge(more) { $1 }
        return request(n1, arch: arch, fields)
    }
}
