/// Get Device ID (IPMI v2.0 §20.1).
package struct GetDeviceID: Command {
    package static let networkFunction = NetworkFunction.application
    package static let code: UInt8 = 0x01
    package static let name = "Get Device ID"

    package var data: [UInt8] { [] }

    package init() {}

    package static func response(_ data: [UInt8]) throws(PacketError) -> DeviceID { try DeviceID(decoding: data) }
}

/// What a BMC says of itself.
package struct DeviceID: Sendable, Hashable {
    /// Given by the manufacturer.
    package var deviceID: UInt8
    /// 0 to 15.
    package var deviceRevision: UInt8
    /// `major.minor`, the minor part in binary coded decimal.
    package var firmwareMajor: UInt8
    /// The minor part of the firmware's version.
    package var firmwareMinor: UInt8
    /// Low nibble the major part: 0x02 is IPMI 2.0.
    package var ipmiVersion: UInt8
    /// A bit for each kind of device: 0x80 chassis, 0x04 SEL.
    package var additionalSupport: UInt8
    /// An IANA enterprise number of 20 bits.
    package var manufacturer: UInt32
    /// Given by the manufacturer.
    package var product: UInt16

    /// A device that a simulator presents.
    package init(
        deviceID: UInt8, deviceRevision: UInt8, firmwareMajor: UInt8, firmwareMinor: UInt8, ipmiVersion: UInt8,
        additionalSupport: UInt8, manufacturer: UInt32, product: UInt16
    ) {
        self.deviceID = deviceID
        self.deviceRevision = deviceRevision
        self.firmwareMajor = firmwareMajor
        self.firmwareMinor = firmwareMinor
        self.ipmiVersion = ipmiVersion
        self.additionalSupport = additionalSupport
        self.manufacturer = manufacturer
        self.product = product
    }

    init(decoding data: [UInt8]) throws(PacketError) {
        var reader = ByteReader(data)
        deviceID = try reader.byte()
        deviceRevision = try reader.byte() & 0x0f
        firmwareMajor = try reader.byte() & 0x7f
        firmwareMinor = try reader.byte()
        ipmiVersion = try reader.byte()
        additionalSupport = try reader.byte()
        let low: UInt16 = try reader.littleEndian()
        manufacturer = (UInt32(try reader.byte()) << 16 | UInt32(low)) & 0xfffff
        product = try reader.littleEndian()
    }

    package var encoded: [UInt8] {
        var bytes = [deviceID, deviceRevision, firmwareMajor, firmwareMinor, ipmiVersion, additionalSupport]
        bytes.append(littleEndian: UInt16(truncatingIfNeeded: manufacturer))
        bytes.append(UInt8(truncatingIfNeeded: manufacturer >> 16))
        bytes.append(littleEndian: product)
        return bytes
    }
}

/// Get System GUID (IPMI v2.0 §22.14): 16 bytes, in the order in which the BMC sends them.
package struct GetSystemGUID: Command {
    package static let networkFunction = NetworkFunction.application
    package static let code: UInt8 = 0x37
    package static let name = "Get System GUID"

    package var data: [UInt8] { [] }

    package init() {}

    package static func response(_ data: [UInt8]) throws(PacketError) -> [UInt8] {
        var reader = ByteReader(data)
        return try reader.bytes(16)
    }
}

/// Get Channel Authentication Capabilities (IPMI v2.0 §22.13), which every console sends before it opens a session.
package struct GetChannelAuthenticationCapabilities: Command {
    package static let networkFunction = NetworkFunction.application
    package static let code: UInt8 = 0x38
    package static let name = "Get Channel Authentication Capabilities"

    /// The level that the session is going to ask for.
    package var privilege: PrivilegeLevel

    /// - Parameter privilege: the level that the session is going to ask for.
    package init(privilege: PrivilegeLevel) { self.privilege = privilege }

    /// Channel 14 is the one that the request comes by; bit 7 asks for the answer of IPMI v2.0.
    package var data: [UInt8] { [0x80 | 0x0e, privilege.rawValue] }

    package static func response(_ data: [UInt8]) throws(PacketError) -> ChannelAuthenticationCapabilities {
        var reader = ByteReader(data)
        let channel = try reader.byte()
        let types = try reader.byte()
        let status = try reader.byte()
        let extended = try reader.byte()
        return ChannelAuthenticationCapabilities(
            channel: channel, supportsVersion2: types & 0x80 != 0 && extended & 0x02 != 0,
            needsBMCKey: status & 0x20 != 0)
    }
}

/// What a BMC offers before a session is opened.
package struct ChannelAuthenticationCapabilities: Sendable, Hashable {
    /// The number of the channel that was asked.
    package var channel: UInt8
    /// RMCP+ sessions are possible.
    package var supportsVersion2: Bool
    /// The BMC has a key of its own (K_G) beside the users' passwords.
    package var needsBMCKey: Bool

    package init(channel: UInt8, supportsVersion2: Bool, needsBMCKey: Bool) {
        self.channel = channel
        self.supportsVersion2 = supportsVersion2
        self.needsBMCKey = needsBMCKey
    }

    /// Authentication types of IPMI v1.5: none. Status: there are users with names, and no anonymous log-in.
    package var encoded: [UInt8] {
        [channel, 0x80, 0x04 | (needsBMCKey ? 0x20 : 0), supportsVersion2 ? 0x02 : 0x01, 0, 0, 0, 0]
    }
}

/// Get Channel Cipher Suites (IPMI v2.0 §22.15), one block of 16 bytes of the records.
package struct GetChannelCipherSuites: Command {
    package static let networkFunction = NetworkFunction.application
    package static let code: UInt8 = 0x54
    package static let name = "Get Channel Cipher Suites"

    /// 0 to 63.
    package var block: UInt8

    /// - Parameter block: 0 to 63.
    package init(block: UInt8) { self.block = block }

    package var data: [UInt8] { [0x0e, 0, 0x80 | block & 0x3f] }

    /// The block's bytes; fewer than 16 in the last one.
    package static func response(_ data: [UInt8]) throws(PacketError) -> [UInt8] {
        var reader = ByteReader(data)
        try reader.skip(1)
        return Array(reader.remaining)
    }

    /// The numbers of the standard suites in the joined blocks.
    package static func suites(in records: [UInt8]) -> [UInt8] {
        var suites: [UInt8] = []
        var index = records.startIndex
        while index < records.endIndex {
            if records[index] == 0xc0, index + 1 < records.endIndex { suites.append(records[index + 1]) }
            index += records[index] == 0xc1 ? 5 : 2
            while index < records.endIndex, records[index] & 0xc0 != 0xc0 { index += 1 }
        }
        return suites
    }

    /// One standard record (IPMI v2.0 table 22-18).
    package static func record(_ suite: CipherSuite) -> [UInt8] {
        let algorithms = suite.algorithms
        return [
            0xc0, suite.rawValue, algorithms.authentication, 0x40 | algorithms.integrity,
            0x80 | algorithms.confidentiality,
        ]
    }
}

/// Set Session Privilege Level (IPMI v2.0 §22.18). A session begins at user level.
package struct SetSessionPrivilegeLevel: Command {
    package static let networkFunction = NetworkFunction.application
    package static let code: UInt8 = 0x3b
    package static let name = "Set Session Privilege Level"

    /// The level that the session asks for.
    package var level: PrivilegeLevel

    /// - Parameter level: the level that the session asks for.
    package init(level: PrivilegeLevel) { self.level = level }

    package var data: [UInt8] { [level.rawValue] }

    /// The level now in force.
    package static func response(_ data: [UInt8]) throws(PacketError) -> UInt8 {
        var reader = ByteReader(data)
        return try reader.byte() & 0x0f
    }
}

/// Close Session (IPMI v2.0 §22.19).
package struct CloseSession: Command {
    package static let networkFunction = NetworkFunction.application
    package static let code: UInt8 = 0x3c
    package static let name = "Close Session"

    /// As the BMC numbered it.
    package var sessionID: UInt32

    /// - Parameter sessionID: as the BMC numbered it.
    package init(sessionID: UInt32) { self.sessionID = sessionID }

    package var data: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: sessionID)
        return bytes
    }
}
