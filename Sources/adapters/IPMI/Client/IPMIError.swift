/// Why a BMC could not be talked to, or would not do what it was told.
///
/// `code` is stable: `bmc.timeout`, `bmc.deadline`, `bmc.authentication`, `bmc.refused`, `bmc.command`, `bmc.console`,
/// `bmc.protocol`, `bmc.configuration`, `bmc.transport`.
package struct IPMIError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong.
    package enum Kind: Sendable, Hashable {
        /// No answer came that could be used: nothing at all where the circumstance is not `heard`.
        case timeout(attempts: Int, seconds: Double)
        /// The time that the caller gave is over.
        case deadline
        /// Account or password refused, or the BMC could not prove that it knows the password.
        case authentication(RAKPStatus)
        /// No session for another reason than the account: none free, no common cipher suite.
        case refused(RAKPStatus)
        /// The BMC understood the command and would not execute it.
        case command(CompletionCode)
        /// There is no serial console, or no longer.
        case console(ConsoleFailure)
        /// The BMC said what IPMI v2.0 does not allow.
        case protocolViolation
        /// The account or address given cannot be used with IPMI at all.
        case configuration
        /// The socket failed, or the session had been closed.
        case transport
    }

    /// What the kind does not tell.
    package enum Circumstance: Sendable, Hashable {
        /// Something came from the BMC, whatever it was: it was not silent.
        case heard
        /// Not the account is wrong, but the key of the BMC (K_G), or it is missing.
        case bmcKey
    }

    /// What went wrong.
    package var kind: Kind
    package var message: String
    package var circumstance: Circumstance?

    package init(_ kind: Kind, _ message: String, _ circumstance: Circumstance? = nil) {
        self.kind = kind
        self.message = message
        self.circumstance = circumstance
    }

    /// Stable and documented: `bmc.timeout`.
    package var code: String {
        switch kind {
        case .timeout: "bmc.timeout"
        case .deadline: "bmc.deadline"
        case .authentication: "bmc.authentication"
        case .refused: "bmc.refused"
        case .command: "bmc.command"
        case .console: "bmc.console"
        case .protocolViolation: "bmc.protocol"
        case .configuration: "bmc.configuration"
        case .transport: "bmc.transport"
        }
    }

    /// What an error means for whoever would try again.
    package enum Category: Sendable, Hashable {
        /// Silence, a busy BMC, no free session: it may pass.
        case transient
        /// User, password, BMC key or privilege are wrong: each further try brings the BMC's lock-out nearer.
        case authentication
        /// Not supported, or no time left: another try ends in the same way.
        case permanent
    }

    /// Whether another try makes sense.
    package var category: Category {
        switch kind {
        case .authentication, .command(.insufficientPrivilege): .authentication
        case .configuration, .deadline: .permanent
        case .refused(let status): status.refusesAlgorithms ? .permanent : .transient
        case .command(let code): code.isPermanent ? .permanent : .transient
        case .console(let failure): failure.passes ? .transient : .permanent
        case .timeout, .protocolViolation, .transport: .transient
        }
    }

    /// Another try cannot end otherwise, and with a wrong password it brings the BMC's lock-out nearer.
    package var isPermanent: Bool { category != .transient }

    package var description: String { message }
}
