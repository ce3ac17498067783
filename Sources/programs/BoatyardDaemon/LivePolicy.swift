import API
import Identity
import Settings
import Synchronization

/// Who may do what, which may change while the daemon runs: every request is held against the newest rules.
final class LivePolicy: Sendable {
    private let current: Mutex<PolicyEngine>

    init(_ policy: PolicyEngine) { current = Mutex(policy) }

    var engine: PolicyEngine { current.withLock { $0 } }

    var authorizer: Authorizer { { [self] caller, rule, target in engine.authorizer(caller, rule, target) } }

    func replace(with policy: PolicyEngine) { current.withLock { $0 = policy } }

    /// As the settings say.
    ///
    /// - Throws: `BoatyardError` `policy_unusable`, with file, line and remedy.
    static func load(_ settings: Settings.Identity) throws -> PolicyEngine {
        if let file = settings.policy { return try .load(file: file, isRequired: true) }
        return settings.isTrial ? .builtIn : try .load(file: PolicyEngine.defaultFile, isRequired: false)
    }
}
