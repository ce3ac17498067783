import Primitives

/// The status of an Open Session Response or RAKP message (IPMI v2.0 table 13-15).
package struct RAKPStatus: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// Any byte.
    package var rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// No error.
    package static let success = RAKPStatus(rawValue: 0x00)
    /// The BMC has no room for another session.
    package static let insufficientResources = RAKPStatus(rawValue: 0x01)
    /// The session id is not known.
    package static let invalidSessionID = RAKPStatus(rawValue: 0x02)
    /// The session is not active.
    package static let inactiveSessionID = RAKPStatus(rawValue: 0x08)
    /// The privilege level is not valid.
    package static let invalidRole = RAKPStatus(rawValue: 0x09)
    /// The user may not have this privilege level.
    package static let unauthorizedRole = RAKPStatus(rawValue: 0x0a)
    /// The user's name is too long.
    package static let invalidNameLength = RAKPStatus(rawValue: 0x0c)
    /// The user is not known or not enabled.
    package static let unauthorizedName = RAKPStatus(rawValue: 0x0d)
    /// The proof is wrong, and so is the password.
    package static let invalidIntegrityCheckValue = RAKPStatus(rawValue: 0x0f)
    /// The BMC has no such cipher suite.
    package static let noCipherSuiteMatch = RAKPStatus(rawValue: 0x11)

    /// Whether the BMC refuses the account. Another try only brings a lock-out nearer.
    package var refusesAccount: Bool { [0x09, 0x0a, 0x0c, 0x0d, 0x0e, 0x0f].contains(rawValue) }

    /// Whether the BMC refuses the privilege level. Another one may be granted.
    package var refusesPrivilege: Bool { [0x09, 0x0a].contains(rawValue) }

    /// Whether the BMC has no session free, or has forgotten the one that was being opened. Both pass.
    package var passes: Bool { [0x01, 0x02, 0x08, 0x0b].contains(rawValue) }

    /// Whether the BMC refuses the algorithms. Another cipher suite may be accepted.
    package var refusesAlgorithms: Bool { [0x04, 0x05, 0x06, 0x07, 0x10, 0x11].contains(rawValue) }

    package var description: String {
        switch rawValue {
        case 0x00: "no error"
        case 0x01: "insufficient resources to create a session"
        case 0x02: "invalid session ID"
        case 0x03: "invalid payload type"
        case 0x04: "invalid authentication algorithm"
        case 0x05: "invalid integrity algorithm"
        case 0x06: "no matching authentication payload"
        case 0x07: "no matching integrity payload"
        case 0x08: "inactive session ID"
        case 0x09: "invalid role"
        case 0x0a: "unauthorized role or privilege level requested"
        case 0x0b: "insufficient resources for a session at the requested role"
        case 0x0c: "invalid name length"
        case 0x0d: "unauthorized name"
        case 0x0e: "unauthorized GUID"
        case 0x0f: "invalid integrity check value"
        case 0x10: "invalid confidentiality algorithm"
        case 0x11: "no cipher suite match with the proposed algorithms"
        case 0x12: "illegal or unrecognized parameter"
        default: "status 0x" + [rawValue].hex
        }
    }
}
