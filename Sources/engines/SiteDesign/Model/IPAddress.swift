import Glibc
import Primitives

/// An address of IPv4 or IPv6.
package struct IPAddress: Sendable, Hashable, Comparable, CustomStringConvertible {
    package enum Family: Int, Sendable {
        case ipv4 = 32
        case ipv6 = 128

        /// Of an address, in bits.
        var width: Int { rawValue }
    }

    package let family: Family
    /// The most significant bit is the first of the address.
    package let bits: UInt128

    init(family: Family, bits: UInt128) {
        self.family = family
        self.bits = bits
    }

    /// An IPv4 address as Python's `ipaddress` reads it, or an IPv6 address without a zone; nil for anything else.
    package init?(_ text: some StringProtocol) {
        if let address = IPv4Address(text) {
            self.init(family: .ipv4, bits: UInt128(address.rawValue))
            return
        }
        guard text.utf8.count <= 45, text.utf8.contains(UInt8(ascii: ":")) else { return nil }
        var address = in6_addr()
        guard inet_pton(AF_INET6, String(text), &address) == 1 else { return nil }
        let bits = withUnsafeBytes(of: address) { bytes in bytes.reduce(UInt128(0)) { $0 << 8 | UInt128($1) } }
        self.init(family: .ipv6, bits: bits)
    }

    /// In the shortest form.
    package var description: String {
        guard family == .ipv6 else { return IPv4Address(rawValue: UInt32(truncatingIfNeeded: bits)).description }
        var address = in6_addr()
        withUnsafeMutableBytes(of: &address) { bytes in
            for index in 0..<16 { bytes[index] = UInt8(truncatingIfNeeded: bits >> UInt128(8 * (15 - index))) }
        }
        let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { buffer -> String? in
            guard let start = buffer.baseAddress,
                inet_ntop(AF_INET6, &address, start, socklen_t(INET6_ADDRSTRLEN)) != nil
            else { return nil }
            return String(cString: start)
        }
        return text ?? ""
    }

    package static func < (left: IPAddress, right: IPAddress) -> Bool {
        (left.family.rawValue, left.bits) < (right.family.rawValue, right.bits)
    }

    /// What no machine can have as its own address, in words; nil for all others.
    var specialUse: String? {
        switch family {
        case .ipv4:
            switch bits >> 24 {
            case 0: return "an address of no host (0.0.0.0/8)"
            case 127: return "a loopback address (127.0.0.0/8)"
            case 224...239: return "a multicast address (224.0.0.0/4)"
            case 240...255: return "a reserved address (240.0.0.0/4)"
            default: return nil
            }
        case .ipv6:
            if bits == 0 { return "the unspecified address (::)" }
            if bits == 1 { return "the loopback address (::1)" }
            return bits >> 120 == 0xff ? "a multicast address (ff00::/8)" : nil
        }
    }
}

/// A network of IPv4 or IPv6: `10.0.0.0/24`, `fd00::/64`.
package struct IPNetwork: Sendable, Hashable, CustomStringConvertible {
    /// As written: it may have host bits set.
    package let address: IPAddress
    package let prefixLength: Int

    /// `address/length`, of IPv4 also `address/netmask`; a bare address is a network of one. Nil for anything else.
    package init?(_ text: some StringProtocol) {
        if let network = IPv4Network(text) {
            address = IPAddress(family: .ipv4, bits: UInt128(network.address.rawValue))
            prefixLength = network.prefixLength
            return
        }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let address = IPAddress(parts[0]), address.family == .ipv6 else {
            return nil
        }
        var length = 128
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(parts[1]), number <= 128 else {
                return nil
            }
            length = number
        }
        self.address = address
        prefixLength = length
    }

    private var hostBits: UInt128 {
        let count = address.family.width - prefixLength
        return count >= 128 ? .max : (UInt128(1) << UInt128(count)) - 1
    }

    /// The lowest address, all host bits zero.
    package var network: IPAddress { IPAddress(family: address.family, bits: address.bits & ~hostBits) }

    /// The highest address, all host bits set.
    package var last: IPAddress { IPAddress(family: address.family, bits: address.bits | hostBits) }

    /// Whether the address has bits beyond the network: `10.0.0.5/24`.
    package var hasHostBits: Bool { network != address }

    /// Whether `other` is in the network, its first and last address included.
    package func contains(_ other: IPAddress) -> Bool {
        other.family == address.family && other.bits & ~hostBits == network.bits
    }

    /// What of the network an address is that no host of it can have, in words; nil for all others.
    func role(of other: IPAddress) -> String? {
        guard contains(other), address.family.width - prefixLength > 1 else { return nil }
        if other == network {
            return address.family == .ipv4
                ? "the network address" : "the address of all routers (subnet-router anycast)"
        }
        return address.family == .ipv4 && other == last ? "the broadcast address" : nil
    }

    package var description: String { "\(address)/\(prefixLength)" }
}
