import IPMI
import Primitives

/// A session as the BMC holds it.
struct BMCSession: Sendable {
    enum State: Sendable {
        case requested
        /// RAKP 2 is sent; the console's proof is expected.
        case challenged(Challenge)
        case open(SecureChannel, RAKP4Answer)
    }

    struct Challenge: Sendable {
        var exchange: KeyExchange
        var limit: PrivilegeLevel
    }

    /// What is said again to a repeated RAKP 3.
    struct RAKP4Answer: Sendable {
        var proof: [UInt8]
        var confirmation: [UInt8]
    }

    /// The last command and its answer, which is given again where the console has not heard it: a repeated "power
    /// cycle" must not cycle twice (IPMI v2.0 §5.2).
    struct Exchange: Sendable {
        var request: LANMessage
        var response: LANMessage
        var time: Duration
    }

    let suite: CipherSuite
    let consoleID: UInt32
    let managedID: UInt32
    var state = State.requested
    var lastActivity: Duration
    /// A session begins at user level and is raised by command (IPMI v2.0 §6.8).
    var privilege = PrivilegeLevel.user
    var limit = PrivilegeLevel.user
    var lastExchange: Exchange?
    var isClosed = false

    var isOpen: Bool { if case .open = state { true } else { false } }
}
