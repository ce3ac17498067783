import Primitives

/// Selectors of the LAN configuration parameters (IPMI v2.0 table 23-4).
package enum LANParameter {
    /// Whether parameters are being changed.
    package static let setInProgress: UInt8 = 0
    /// The authentication types of IPMI v1.5 that the BMC has.
    package static let authenticationTypes: UInt8 = 1
    /// The authentication types that are enabled, for each privilege level.
    package static let authenticationTypeEnables: UInt8 = 2
    /// The BMC's IPv4 address.
    package static let address: UInt8 = 3
    /// Static, DHCP, firmware or other.
    package static let addressSource: UInt8 = 4
    /// The BMC's MAC address.
    package static let macAddress: UInt8 = 5
    /// The BMC's IPv4 netmask.
    package static let subnetMask: UInt8 = 6
    /// Fields of the IPv4 headers that the BMC sends.
    package static let headerParameters: UInt8 = 7
    /// The IPv4 address of the default gateway.
    package static let gatewayAddress: UInt8 = 12
    /// The MAC address of the default gateway.
    package static let gatewayMACAddress: UInt8 = 13
    /// The VLAN id, and whether it is used.
    package static let vlan: UInt8 = 20
    /// The priority of frames in the VLAN.
    package static let vlanPriority: UInt8 = 21
    /// How many cipher suites there are.
    package static let cipherSuiteCount: UInt8 = 22
    /// The numbers of the cipher suites.
    package static let cipherSuites: UInt8 = 23
    /// The greatest privilege level of each cipher suite.
    package static let cipherSuitePrivileges: UInt8 = 24
    /// How many slots there are for addresses of IPv6.
    package static let ipv6Status: UInt8 = 55
    /// An address of IPv6 that somebody configured, by the number of its slot.
    package static let ipv6StaticAddress: UInt8 = 56
    /// An address of IPv6 from a router or DHCP, by the number of its slot.
    package static let ipv6DynamicAddress: UInt8 = 59
}

/// Get LAN Configuration Parameters (IPMI v2.0 §23.2), of the channel that the request comes by.
package struct GetLANParameter: Command {
    package static let networkFunction = NetworkFunction.transport
    package static let code: UInt8 = 0x02
    package static let name = "Get LAN Configuration Parameters"

    /// One of `LANParameter`.
    package var parameter: UInt8
    /// Which of several, of a parameter that has them.
    package var set: UInt8

    /// - Parameters:
    ///   - parameter: one of `LANParameter`.
    ///   - set: which of several, of a parameter that has them.
    package init(parameter: UInt8, set: UInt8 = 0) {
        self.parameter = parameter
        self.set = set
    }

    package var data: [UInt8] { [0x0e, parameter, set, 0] }

    /// The parameter's bytes.
    package static func response(_ data: [UInt8]) throws(PacketError) -> [UInt8] {
        var reader = ByteReader(data)
        try reader.skip(1)
        return Array(reader.remaining)
    }
}

extension IPv4Address {
    /// Four bytes, the most significant one first.
    init(lanParameter bytes: [UInt8]) throws(PacketError) {
        var reader = ByteReader(bytes)
        self.init(rawValue: try reader.bigEndian())
    }

    /// The address in four bytes, the most significant one first.
    package var lanParameter: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: rawValue)
        return bytes
    }
}
