import Primitives

/// What dnsmasq tells the program of `dhcp-script` (dnsmasq(8)).
package enum LeaseScript {
    /// The message about one call; nil for what nobody wants to know, such as the leases that dnsmasq lists when it reads
    /// its files again.
    ///
    /// - Parameters:
    ///   - arguments: without the name of the program.
    ///   - environment: the value of a variable.
    ///   - neighbour: the MAC of a neighbour.
    package static func message(
        arguments: [String], environment: (String) -> String?, neighbour: (IPv4Address) -> MACAddress?
    ) -> DHCPEventMessage? {
        switch arguments.first {
        case "add", "del", "old":
            // A lease that a client has asked for again; those that are listed from the file have no client's data.
            if arguments[0] == "old", environment("DNSMASQ_DATA_MISSING") != nil { return nil }
            // Hardware other than Ethernet has its type before the address.
            guard arguments.count >= 3, let mac = MACAddress(arguments[1]), let address = IPv4Address(arguments[2])
            else {
                return nil
            }
            if arguments[0] == "del" { return .ended(mac, address: address) }
            let terms = DHCPLease.Terms(
                hostname: arguments.count > 3 ? arguments[3] : nil,
                seconds: environment("DNSMASQ_TIME_REMAINING").flatMap { Int($0) })
            return .granted(mac, address: address, client: client(environment), terms: terms)
        case "tftp":
            guard arguments.count >= 4, let size = Int(arguments[1]), (0...DHCPEventMessage.fileLimit).contains(size),
                let address = IPv4Address(arguments[2]),
                let file = arguments[3].split(separator: "/").last, file.utf8.count <= 255
            else { return nil }
            return .sent(file: String(file), bytes: size, address: address, mac: neighbour(address))
        default: return nil
        }
    }

    private static func client(_ environment: (String) -> String?) -> DHCPEventMessage.ClientIdentity {
        var client = DHCPEventMessage.ClientIdentity()
        let tags = (environment("DNSMASQ_TAGS") ?? "").split(separator: " ")
        client.isIPXE = tags.contains("ipxe")
        client.architecture = VendorClass.architecture(in: environment("DNSMASQ_VENDOR_CLASS") ?? "")
        return client
    }

    /// Finds the neighbour with an address in the text of `/proc/net/arp`.
    package static func neighbour(_ address: IPv4Address, inTable table: String) -> MACAddress? {
        for line in table.split(separator: "\n").dropFirst() {
            let columns = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard columns.count >= 4, columns[0] == address.description, let mac = MACAddress(String(columns[3])),
                mac != .zero
            else { continue }
            return mac
        }
        return nil
    }
}

/// Option 60 of firmware (RFC 4578 §3, and the UEFI specification for HTTP boot).
enum VendorClass {
    /// The number in `PXEClient:Arch:00007:UNDI:003016`.
    static func architecture(in text: some StringProtocol) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[0] == "PXEClient" || parts[0] == "HTTPClient", parts[1] == "Arch",
            parts[2].utf8.count == 5, let number = UInt16(parts[2])
        else { return nil }
        return Int(number)
    }
}
