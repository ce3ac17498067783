/// Get User Access (IPMI v2.0 §22.27), of the channel that the request comes by.
package struct GetUserAccess: Command {
    /// Of the request.
    package static let networkFunction = NetworkFunction.application
    /// The command byte.
    package static let code: UInt8 = 0x44
    /// As the specification calls it.
    package static let name = "Get User Access"

    /// 1 to 63.
    package var user: UInt8

    /// - Parameter user: 1 to 63.
    package init(user: UInt8) { self.user = user }

    /// Behind the command byte.
    package var data: [UInt8] { [0x0e, user & 0x3f] }

    package static func response(_ data: [UInt8]) throws(PacketError) -> UserAccess {
        var reader = ByteReader(data)
        let most = try reader.byte() & 0x3f
        let enabled = try reader.byte()
        try reader.skip(1)
        let access = try reader.byte()
        return UserAccess(
            maximumUsers: most, isEnabled: enabled & 0xc0 == 0x40, mayUseIPMI: access & 0x10 != 0,
            privilege: PrivilegeLevel(rawValue: access & 0x0f))
    }
}

/// What a user may do.
package struct UserAccess: Sendable, Hashable {
    /// How many users the BMC has room for.
    package var maximumUsers: UInt8
    /// False also where the BMC does not say.
    package var isEnabled: Bool
    package var mayUseIPMI: Bool
    /// Nil for "no access" and for levels of a manufacturer.
    package var privilege: PrivilegeLevel?

    package init(maximumUsers: UInt8, isEnabled: Bool, mayUseIPMI: Bool, privilege: PrivilegeLevel?) {
        self.maximumUsers = maximumUsers
        self.isEnabled = isEnabled
        self.mayUseIPMI = mayUseIPMI
        self.privilege = privilege
    }
}

/// Get User Name (IPMI v2.0 §22.29).
package struct GetUserName: Command {
    /// Of the request.
    package static let networkFunction = NetworkFunction.application
    /// The command byte.
    package static let code: UInt8 = 0x46
    /// As the specification calls it.
    package static let name = "Get User Name"

    /// 1 to 63.
    package var user: UInt8

    /// - Parameter user: 1 to 63.
    package init(user: UInt8) { self.user = user }

    /// Behind the command byte.
    package var data: [UInt8] { [user & 0x3f] }

    /// Sixteen bytes, zeros behind the name.
    package static func response(_ data: [UInt8]) throws(PacketError) -> String {
        String(decoding: data.prefix(16).prefix { $0 != 0 }, as: UTF8.self)
    }
}

/// A user of a BMC.
package struct BMCUser: Sendable, Hashable {
    /// 1 to 63.
    package var number: UInt8
    /// At most 16 bytes.
    package var name: String
    /// On the channel that was asked about.
    package var access: UserAccess
}
