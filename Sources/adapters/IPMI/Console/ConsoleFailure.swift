/// Why a BMC gives no serial console, or has ended it.
package enum ConsoleFailure: Sendable, Hashable {
    /// Another session has it.
    case inUse
    /// The BMC has no serial over LAN.
    case unsupported
    /// Somebody has switched it off in the BMC's configuration.
    case disabled
    /// The BMC encrypts nothing on it, or wants nothing else.
    case encryption
    /// The BMC wants it over another UDP port than the session's.
    case port(UInt16)
    /// The BMC has ended it, or has given it to another session.
    case ended
    /// More was typed than is kept until the BMC takes it, or the machine takes nothing.
    case notTaken

    /// Whether another try may end otherwise.
    var passes: Bool {
        switch self {
        case .inUse, .ended, .notTaken: true
        case .unsupported, .disabled, .encryption, .port: false
        }
    }
}

extension IPMIError {
    /// What the completion code of Activate Payload means.
    static func console(_ completion: CompletionCode, _ endpoint: BMCEndpoint) -> IPMIError {
        func failure(_ failure: ConsoleFailure, _ words: String) -> IPMIError {
            IPMIError(.console(failure), "BMC \(endpoint) \(words)")
        }
        switch completion {
        case .payloadActive, .payloadLimit:
            return failure(.inUse, "gives its serial console to another session; end that one, or take it over")
        case .payloadDisabled:
            return failure(.disabled, "has serial over LAN switched off; enable it in the BMC's configuration")
        case .payloadNotEncrypted:
            return failure(.encryption, "does not encrypt its serial console, and in clear it is not asked for")
        case .payloadOnlyEncrypted: return failure(.encryption, "gives its serial console only encrypted")
        case _ where completion.isPermanent:
            return failure(.unsupported, "has no serial over LAN (\(ActivatePayload.name): \(completion))")
        default: return IPMIError(.command(completion), "BMC \(endpoint) gives no serial console: \(completion)")
        }
    }
}
