/// With what a session is opened. What has worked is tried first the next time (`SessionMemory`).
package struct SessionParameters: Sendable, Hashable {
    /// The cipher suite that both ends agreed upon.
    package var suite: CipherSuite
    /// The level that the BMC granted.
    package var privilege: PrivilegeLevel

    package init(suite: CipherSuite, privilege: PrivilegeLevel) {
        self.suite = suite
        self.privilege = privilege
    }
}

/// Which cipher suite and privilege level to try next, given what has come of the earlier ones.
///
/// BMCs refuse with any status, or say nothing. So each combination is tried until one works, those that kept silent
/// briefly at first; where nothing works, the first silent one gets the whole retry schedule, as its silence may have
/// been loss.
struct Negotiation: Sendable {
    private enum Outcome: Sendable {
        case silent
        case busy
        case refused
    }

    /// What there is to try, as `current`.
    enum Step: Sendable {
        case now
        /// What failed as the BMC was busy, once it is not.
        case later
        case nothing
    }

    /// Now being tried, or in use.
    private(set) var current: SessionParameters
    private(set) var refusedLevel: RAKPStatus?

    private let candidates: [SessionParameters]
    private var outcomes: [SessionParameters: Outcome] = [:]
    private var isLastChance = false

    /// Nil without a cipher suite.
    init?(suites: [CipherSuite], least: PrivilegeLevel, known: SessionParameters?) {
        let levels =
            [least] + [.operator, .administrator].filter { $0 > least } + (least > .operator ? [.operator] : [])
        var candidates = levels.flatMap { level in suites.map { SessionParameters(suite: $0, privilege: level) } }
        if let known, let place = candidates.firstIndex(of: known) {
            candidates.remove(at: place)
            candidates.insert(known, at: 0)
        }
        guard let first = candidates.first else { return nil }
        self.candidates = candidates
        current = first
    }

    /// Whether silence ends the present try after a short while.
    ///
    /// - Parameter toAnySession: the BMC has not said anything about a session yet, at whatever level.
    func isBrief(toAnySession: Bool) -> Bool {
        !isLastChance
            && candidates.contains {
                outcomes[$0] == nil && $0 != current && !(toAnySession && $0.suite == current.suite)
            }
    }

    /// The BMC opens no session with the suite.
    mutating func refuseSuite(_ status: RAKPStatus) -> Step {
        if status.passes {
            // Also said by BMCs that have no such suite.
            note(.busy) { $0.suite == $1.suite }
            return advance { $0.privilege == $1.privilege }
        }
        // Some BMCs refuse a suite with the status that a level is refused with: only clear words count for all levels.
        let all = status.refusesAlgorithms
        note(.refused) { $0.suite == $1.suite && (all || $0.privilege == $1.privilege) }
        return advance { $0.privilege == $1.privilege }
    }

    /// The BMC does not grant the level.
    mutating func refuseLevel(_ status: RAKPStatus) -> Step {
        refusedLevel = status
        note(.refused) { $0.privilege == $1.privilege }
        return advance { $0.suite == $1.suite }
    }

    mutating func silence(toAnySession: Bool) -> Step {
        note(.silent) { $0.suite == $1.suite && (toAnySession || $0.privilege == $1.privilege) }
        return advance { $0.suite == $1.suite }
    }

    /// To a higher level, which a command turned out to need.
    ///
    /// - Returns: whether there is one that the BMC has not refused.
    mutating func raise() -> Bool {
        let higher = candidates.filter {
            $0.suite == current.suite && $0.privilege > current.privilege && outcomes[$0] == nil
        }
        guard let next = higher.min(by: { $0.privilege < $1.privilege }) else { return false }
        current = next
        return true
    }

    private mutating func note(
        _ outcome: Outcome, where applies: (SessionParameters, _ current: SessionParameters) -> Bool
    ) {
        for candidate in candidates where applies(candidate, current) && outcomes[candidate] == nil {
            outcomes[candidate] = outcome
        }
    }

    private mutating func advance(preferring isPreferred: (SessionParameters, _ current: SessionParameters) -> Bool)
        -> Step
    {
        guard !isLastChance else { return .nothing }
        let untried = candidates.filter { outcomes[$0] == nil }
        if let next = untried.first(where: { isPreferred($0, current) }) ?? untried.first {
            current = next
            return .now
        }
        if let busy = candidates.first(where: { outcomes[$0] == .busy }) {
            outcomes = outcomes.filter { $0.value != .busy }
            current = busy
            return .later
        }
        guard let silent = candidates.first(where: { outcomes[$0] == .silent }) else { return .nothing }
        isLastChance = true
        current = silent
        return .now
    }
}
