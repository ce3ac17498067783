/// What a BMC does in another way than IPMI v2.0 has it, or what costs time with it. The raw value is stored.
package enum BMCQuirk: String, Sendable, Hashable, CaseIterable {
    case silentToSuites = "silent-to-suites"
    case otherAlgorithms = "other-algorithms"
    case refusesLevel = "refuses-level"
    case levelUnanswered = "level-unanswered"
    case longCodes = "long-codes"
    case sequenceNumbers = "sequence-numbers"
    case checksums
    case forgetsSessions = "forgets-sessions"
    case busy

    /// Goes on after "the BMC".
    package var meaning: String {
        switch self {
        case .silentToSuites: "does not answer proposals of cipher suites that it does not have"
        case .otherAlgorithms: "answers with other algorithms than were proposed"
        case .refusesLevel: "does not grant the account the privilege level that was asked for first"
        case .levelUnanswered: "does not answer Set Session Privilege Level"
        case .longCodes: "sends longer authentication codes than the cipher suite has"
        case .sequenceNumbers: "numbers its packets otherwise than IPMI says"
        case .checksums: "computes the inner checksums of its messages wrongly"
        case .forgetsSessions: "forgot a session that was open"
        case .busy: "was busy, and had to be asked again"
        }
    }
}

/// What a session has shown of its BMC.
package struct SessionObservation: Sendable, Hashable {
    /// With what it was opened; nil where it was not.
    package var parameters: SessionParameters?
    /// Empty where no session came about.
    package var quirks: Set<BMCQuirk> = []
    /// How many replies were dropped, by the reason: "integrity code wrong".
    package var dropped: [String: Int] = [:]
    /// How long the BMC took to answer a command, smoothed; nil where it answered none.
    package var latency: Duration?
    /// Why it ended, unless it was closed.
    package var error: IPMIError?

    package init(parameters: SessionParameters? = nil) { self.parameters = parameters }
}

/// What is remembered of BMCs between sessions. Called on event loops: every requirement returns at once.
package protocol SessionMemory: Sendable {
    /// What has worked with this BMC and account before.
    func parameters(of endpoint: BMCEndpoint, user: String) -> SessionParameters?

    /// Called when a session is open, and again where it gets another level, and when it has ended.
    func note(_ observation: SessionObservation, of endpoint: BMCEndpoint, user: String)
}
