import Primitives

/// What root takes over of what the daemon has written (`docs/reference/netboot.md` §5).
///
/// dnsmasq has directives that run programs and read files. The daemon runs without privilege, and one that somebody has
/// taken over must not gain any through them: only directives that say what is answered pass, and one machine's file is
/// that machine's address and name.
package enum DHCPConfigurationCheck {
    /// In bytes: of `dnsmasq.conf`, and of a machine's file.
    package static let mainLimit = 1 << 20
    package static let hostLimit = 256
    /// How many machines there may be.
    package static let hostCountLimit = 20_000

    private static let directives: Set<String> = [
        "port", "interface", "bind-dynamic", "dhcp-authoritative", "dhcp-ignore-clid", "no-ping", "enable-ra",
        "quiet-ra",
        "ra-param", "dhcp-range", "dhcp-option", "dhcp-option-force", "dhcp-match", "dhcp-userclass", "dhcp-boot",
        "pxe-service", "dhcp-lease-max", "tftp-single-port", "tftp-mtu", "tftp-max",
    ]

    /// Checks `dnsmasq.conf`.
    ///
    /// - Returns: the interface that it names.
    /// - Throws: `BoatyardError` `dhcp.configuration` with the line that is refused.
    @discardableResult
    package static func interface(ofMain bytes: [UInt8]) throws(BoatyardError) -> String {
        guard bytes.count <= mainLimit else { throw refused("dnsmasq.conf has more than \(mainLimit) bytes") }
        guard bytes.allSatisfy({ $0 == 0x0a || (0x20...0x7e).contains($0) }) else {
            throw refused("dnsmasq.conf has characters that are no printable ASCII")
        }
        var interface: String?
        var isDNSOff = false
        for (index, line) in String(decoding: bytes, as: UTF8.self).split(separator: "\n").enumerated()
        where !line.hasPrefix("#") {
            let name = line.prefix { $0 != "=" }
            guard directives.contains(String(name)) else {
                throw refused(
                    "entry \(index + 1) of dnsmasq.conf is '\(line.prefix(80))', which boatyardd does not write")
            }
            let value = line.dropFirst(name.count + 1)
            if name == "interface" {
                guard interface == nil, InterfaceName.isValid(value) else {
                    throw refused("entry \(index + 1) of dnsmasq.conf names no interface, or a second one")
                }
                interface = String(value)
            }
            if name == "port" { isDNSOff = value == "0" }
        }
        guard let interface, isDNSOff else { throw refused("dnsmasq.conf names no interface, or leaves DNS on") }
        return interface
    }

    /// Whether a file of the folder `hosts` may have this name.
    package static func isHostFile(_ name: String) -> Bool {
        guard name.utf8.count == 17, let mac = MACAddress(name) else { return false }
        return DHCPConfiguration.fileName(of: mac) == name
    }

    /// Checks a machine's file.
    ///
    /// - Returns: the value for `dhcp-host`.
    /// - Throws: `BoatyardError` `dhcp.configuration`.
    package static func host(_ bytes: [UInt8], file name: String) throws(BoatyardError) -> String {
        guard bytes.count <= hostLimit, bytes.last == 0x0a,
            let text = String(validating: bytes.dropLast(), as: UTF8.self)
        else { throw refused("the file of \(name) is no line of at most \(hostLimit) bytes") }
        let fields = text.split(separator: ",", omittingEmptySubsequences: false)
        var rest = fields.dropFirst()
        if let first = rest.first, IPv4Address(first) != nil { rest = rest.dropFirst() }
        if let first = rest.first, IPv4Address(first) == nil, HostName.isLabel(first) { rest = rest.dropFirst() }
        guard rest.isEmpty, let mac = fields.first.flatMap({ MACAddress(String($0)) }), mac.description == fields[0],
            DHCPConfiguration.fileName(of: mac) == name
        else { throw refused("the file of \(name) has more in it than its address and name") }
        return text
    }

    static func refused(_ what: String) -> BoatyardError {
        BoatyardError("dhcp.configuration", "The DHCP configuration is refused: \(what).", kind: .invalid)
    }
}

/// Names of network interfaces.
package enum InterfaceName {
    /// Whether the kernel can have an interface of that name, and every configuration file can name it: 1 to 15 letters,
    /// digits, `.`, `_` and `-`.
    package static func isValid(_ name: some StringProtocol) -> Bool {
        guard (1...15).contains(name.utf8.count), name != ".", name != "..", !name.hasPrefix("-") else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "._-".utf8.contains(byte)
            }
        }
    }
}
