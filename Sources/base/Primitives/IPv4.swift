/// An IPv4 address.
package struct IPv4Address: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The most significant byte is the first of the dotted form.
    package var rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Four decimal numbers without leading zeros, as Python's `ipaddress` reads them; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.count), part.allSatisfy({ (48...57).contains($0) }),
                part.count == 1 || part.first != 48
            else { return nil }
            let number = part.reduce(0) { $0 * 10 + UInt32($1 - 48) }
            guard number < 256 else { return nil }
            value = value << 8 | number
        }
        rawValue = value
    }

    package var description: String {
        "\(rawValue >> 24).\(rawValue >> 16 & 255).\(rawValue >> 8 & 255).\(rawValue & 255)"
    }

    package static func < (left: IPv4Address, right: IPv4Address) -> Bool { left.rawValue < right.rawValue }
}

/// An IPv4 network, `10.0.0.0/24`.
package struct IPv4Network: Hashable, Sendable, CustomStringConvertible {
    /// As written: it may have host bits set, which a validator reports (`docs/reference/drydock.md` §9, DD2006).
    package let address: IPv4Address
    /// 0 to 32.
    package let prefixLength: Int

    /// `address/length` or `address/netmask`; nil for anything else. A bare address is a network of one.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let address = IPv4Address(parts[0]) else { return nil }
        var length = 32
        if parts.count == 2 {
            if let number = Int(parts[1]), parts[1].utf8.allSatisfy({ (48...57).contains($0) }) {
                length = number
            } else if let mask = IPv4Address(parts[1]) {
                length = mask.rawValue.nonzeroBitCount
                guard (~mask.rawValue &+ 1) & ~mask.rawValue == 0 else { return nil }
            } else {
                return nil
            }
        }
        guard (0...32).contains(length) else { return nil }
        self.address = address
        prefixLength = length
    }

    /// Ones for the bits of the network.
    package var mask: UInt32 { prefixLength == 0 ? 0 : ~0 << UInt32(32 - prefixLength) }

    /// The lowest address, all host bits zero.
    package var network: IPv4Address { IPv4Address(rawValue: address.rawValue & mask) }

    /// `255.255.255.0`
    package var netmask: IPv4Address { IPv4Address(rawValue: mask) }

    /// Whether `address` has bits beyond the network: `10.0.0.5/24`.
    package var hasHostBits: Bool { network != address }

    /// Whether `other` is in the network, its first and last address included.
    package func contains(_ other: IPv4Address) -> Bool { other.rawValue & mask == network.rawValue }

    package var description: String { "\(address)/\(prefixLength)" }
}
