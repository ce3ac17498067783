/// A request with the response that belongs to it (IPMI v2.0 appendix G).
package protocol Command: Sendable {
    associatedtype Response: Sendable

    /// One of `NetworkFunction`.
    static var networkFunction: UInt8 { get }
    /// The command byte.
    static var code: UInt8 { get }
    /// How the command is called in logs and errors.
    static var name: String { get }

    /// The request's data behind the command byte.
    var data: [UInt8] { get }

    /// Whether it may be sent again where nobody knows if the BMC has carried it out. By default it may.
    var isRepeatable: Bool { get }

    /// - Parameter data: the response's data behind the completion code.
    /// - Throws: `PacketError` where the data is too short or means nothing.
    static func response(_ data: [UInt8]) throws(PacketError) -> Response
}

extension Command {
    package var isRepeatable: Bool { true }
}

extension Command where Response == Void {
    package static func response(_ data: [UInt8]) throws(PacketError) {}
}

/// Request numbers; the response's is one higher (IPMI v2.0 table 5-1).
package enum NetworkFunction {
    /// Chassis commands: power, boot options.
    package static let chassis: UInt8 = 0x00
    /// Sensor commands: readings.
    package static let sensor: UInt8 = 0x04
    /// Application commands: sessions, device identification.
    package static let application: UInt8 = 0x06
    /// Storage commands: SEL, SDR, FRU.
    package static let storage: UInt8 = 0x0a
    /// Transport commands: LAN parameters.
    package static let transport: UInt8 = 0x0c
}

/// How much a session may do (IPMI v2.0 §6.8).
package enum PrivilegeLevel: UInt8, Sendable, Hashable, Comparable {
    case callback = 1
    case user = 2
    case `operator` = 3
    case administrator = 4

    package static func < (left: PrivilegeLevel, right: PrivilegeLevel) -> Bool { left.rawValue < right.rawValue }
}
