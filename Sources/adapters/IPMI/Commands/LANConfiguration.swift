import Primitives

/// How a BMC is in its network. What it does not tell is nil.
package struct LANConfiguration: Sendable, Hashable {
    /// How a BMC comes by its IPv4 address (IPMI v2.0 table 23-4, parameter 4).
    package enum Source: UInt8, Sendable, Hashable {
        case unspecified = 0
        case fixed = 1
        case dhcp = 2
        /// The firmware of the machine sets it.
        case firmware = 3
        case other = 4
    }

    /// An address of IPv6, in the form of RFC 4291 without a shortened part.
    package struct IPv6: Sendable, Hashable {
        /// With all eight groups: `fd00:0:0:0:0:0:0:11`.
        package var address: String
        /// 0 to 128.
        package var prefixLength: UInt8
        /// Whether somebody configured it; the others are of routers or of DHCP.
        package var isFixed: Bool
    }

    /// Of IPv4.
    package var address: IPv4Address?
    /// Where the address of IPv4 comes from.
    package var source: Source?
    /// Of IPv4.
    package var netmask: IPv4Address?
    /// The default gateway of IPv4.
    package var gateway: IPv4Address?
    /// The BMC's own.
    package var macAddress: MACAddress?
    /// Nil also where frames have no tag.
    package var vlan: Int?
    /// In the order of the slots: those that somebody configured first.
    package var ipv6: [IPv6] = []
    /// The numbers of the cipher suites that the channel has, and the greatest privilege of each; nil for none.
    package var suites: [(number: UInt8, privilege: PrivilegeLevel?)] {
        zip(suiteNumbers, suitePrivileges + [PrivilegeLevel?](repeating: nil, count: 16)).map { ($0, $1) }
    }

    var suiteNumbers: [UInt8] = []
    var suitePrivileges: [PrivilegeLevel?] = []
}

extension LANConfiguration.IPv6 {
    /// A slot of parameter 56 or 59: its number, whether it is used, address, prefix length, state (IPMI v2.0 E7).
    ///
    /// - Returns: nil for a slot without an address.
    init?(slot bytes: [UInt8], isFixed: Bool) {
        guard bytes.count >= 19, !isFixed || bytes[1] & 0x80 != 0 else { return nil }
        let groups = stride(from: 2, to: 18, by: 2).map { Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]) }
        guard groups.contains(where: { $0 != 0 }) else { return nil }
        address = groups.map { String($0, radix: 16) }.joined(separator: ":")
        prefixLength = bytes[18]
        self.isFixed = isFixed
    }
}

extension IPMISession {
    private static let maximumSlots: UInt8 = 16

    /// The LAN configuration of the channel that the session comes by.
    ///
    /// - Throws: as `perform(_:)`; a parameter that the BMC refuses is left out.
    package func lanConfiguration() async throws -> LANConfiguration {
        var lan = LANConfiguration()
        lan.address = try await parameter(LANParameter.address).flatMap { try? IPv4Address(lanParameter: $0) }
        lan.source = try await parameter(LANParameter.addressSource).flatMap {
            $0.first.flatMap { LANConfiguration.Source(rawValue: $0 & 0x0f) }
        }
        lan.netmask = try await parameter(LANParameter.subnetMask).flatMap { try? IPv4Address(lanParameter: $0) }
        lan.gateway = try await parameter(LANParameter.gatewayAddress).flatMap { try? IPv4Address(lanParameter: $0) }
        lan.macAddress = try await parameter(LANParameter.macAddress).flatMap { MACAddress(bytes: Array($0.prefix(6))) }
        if let vlan = try await parameter(LANParameter.vlan), vlan.count >= 2, vlan[1] & 0x80 != 0 {
            lan.vlan = Int(vlan[1] & 0x0f) << 8 | Int(vlan[0])
        }
        if let count = try await parameter(LANParameter.cipherSuiteCount)?.first,
            let numbers = try await parameter(LANParameter.cipherSuites)
        {
            // A reserved byte before them.
            lan.suiteNumbers = Array(numbers.dropFirst().prefix(Int(min(count & 0x1f, 16))))
            let nibbles = (try await parameter(LANParameter.cipherSuitePrivileges) ?? []).dropFirst()
            lan.suitePrivileges = nibbles.flatMap {
                [PrivilegeLevel(rawValue: $0 & 0x0f), PrivilegeLevel(rawValue: $0 >> 4)]
            }
        }
        lan.ipv6 = try await ipv6Addresses()
        return lan
    }

    private func ipv6Addresses() async throws -> [LANConfiguration.IPv6] {
        // How many slots there are of each kind.
        guard let status = try await parameter(LANParameter.ipv6Status), status.count >= 2 else { return [] }
        var addresses: [LANConfiguration.IPv6] = []
        let kinds = [
            (LANParameter.ipv6StaticAddress, status[0], true), (LANParameter.ipv6DynamicAddress, status[1], false),
        ]
        for (number, count, isFixed) in kinds {
            for slot in 0..<min(count, Self.maximumSlots) {
                guard let bytes = try await parameter(number, set: slot) else { break }
                if let address = LANConfiguration.IPv6(slot: bytes, isFixed: isFixed) { addresses.append(address) }
            }
        }
        return addresses
    }

    /// Nil where the BMC refuses it.
    private func parameter(_ number: UInt8, set: UInt8 = 0) async throws -> [UInt8]? {
        do {
            return try await perform(GetLANParameter(parameter: number, set: set))
        } catch let error as IPMIError {
            switch error.kind {
            case .command(.insufficientPrivilege): throw error
            case .command, .protocolViolation: return nil
            default: throw error
            }
        }
    }
}
