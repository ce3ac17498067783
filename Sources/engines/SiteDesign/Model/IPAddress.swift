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

    /// - Parameter bits: the most significant one is the first of the address; of IPv4 no more than 32.
    package init(family: Family, bits: UInt128) {
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

    /// IPv6 in the form of RFC 5952: lower case, the longest run of zeros shortened, the first of several.
    package var description: String {
        guard family == .ipv6 else { return IPv4Address(rawValue: UInt32(truncatingIfNeeded: bits)).description }
        if isMappedIPv4 { return "::ffff:\(IPv4Address(rawValue: UInt32(truncatingIfNeeded: bits)))" }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: bits >> UInt128(112 - 16 * $0)) }
        var longest = 0..<0
        var index = 0
        while index < groups.count {
            let end = groups[index...].firstIndex { $0 != 0 } ?? groups.count
            // One group alone is not shortened (RFC 5952 §4.2.2).
            if end - index > max(1, longest.count) { longest = index..<end }
            index = max(end, index + 1)
        }
        let texts = groups.map { String($0, radix: 16) }
        if longest.isEmpty { return texts.joined(separator: ":") }
        return texts[..<longest.lowerBound].joined(separator: ":") + "::"
            + texts[longest.upperBound...].joined(separator: ":")
    }

    /// Whether it is an IPv4 address in the notation of IPv6 (RFC 4291 §2.5.5.2), which no network has.
    var isMappedIPv4: Bool { family == .ipv6 && bits >> 32 == 0xffff }

    /// Whether it is one that counts on a single link only (RFC 4291 §2.5.6): routers announce themselves by it.
    package var isLinkLocal: Bool { family == .ipv6 && bits >> 118 == 0xfe80 >> 6 }

    package static func < (left: IPAddress, right: IPAddress) -> Bool {
        (left.family.rawValue, left.bits) < (right.family.rawValue, right.bits)
    }

    /// What it is where it is not the address of one machine, in words, also in the notation of IPv6; nil for all others.
    package var nonUnicastUse: String? {
        if isMappedIPv4 { return IPAddress(family: .ipv4, bits: bits & 0xffff_ffff).nonUnicastUse }
        if bits == 0 { return "the unspecified address" }
        switch family {
        case .ipv4:
            if bits == 0xffff_ffff { return "the broadcast address" }
            return bits >> 28 == 0xe ? "a multicast address" : nil
        case .ipv6: return bits >> 120 == 0xff ? "a multicast address" : nil
        }
    }

    /// `127.0.0.0/8`, `::1`
    var isLoopback: Bool { family == .ipv4 ? bits >> 24 == 127 : bits == 1 }

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
            if isMappedIPv4 { return "an IPv4 address in the notation of IPv6 (::ffff:0:0/96)" }
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
