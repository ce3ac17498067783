import Primitives

/// Decides who may do what, by the built-in rules and those of a policy file, which override them.
package struct PolicyEngine: Hashable, Sendable {
    private let checks: [String: PolicyCheck]

    /// The names of the rules that routes and handlers ask for, sorted.
    package static let names: [String] = PolicyDefaults.guarding.map(\.name).sorted()

    /// The built-in rules alone.
    package static let builtIn = PolicyEngine(overriding: [:])

    init(overriding overrides: [String: PolicyCheck]) {
        var checks = Self.defaults
        checks.merge(overrides) { $1 }
        self.checks = checks
    }

    /// Built-in rules are written by us: one that cannot be read denies.
    static let defaults: [String: PolicyCheck] = {
        var checks: [String: PolicyCheck] = [:]
        for (name, rule) in PolicyDefaults.base + PolicyDefaults.guarding {
            checks[name] = (try? PolicyParser.parse(rule)) ?? .never
        }
        return checks
    }()

    /// Whether `subject` satisfies `rule`. Nobody satisfies an unknown rule.
    ///
    /// - Parameter target: the values of `%(name)s` in the rule.
    package func permits(_ rule: String, _ subject: PolicySubject, target: [String: String] = [:]) -> Bool {
        guard let check = checks[rule] else { return false }
        return evaluate(check, subject, target)
    }

    /// Rules refer to each other in no circle, or the file would have been refused.
    private func evaluate(_ check: PolicyCheck, _ subject: PolicySubject, _ target: [String: String]) -> Bool {
        switch check {
        case .always: true
        case .never: false
        case .role(let text): text.filled(target).map(subject.has(role:)) ?? false
        case .rule(let name): permits(name, subject, target: target)
        case .attribute(let name, let text):
            subject.attribute(name).map { $0 == text.filled(target) } ?? false
        case .literal(let value, let text): value == text.filled(target)
        case .not(let check): !evaluate(check, subject, target)
        case .and(let checks): checks.allSatisfy { evaluate($0, subject, target) }
        case .or(let checks): checks.contains { evaluate($0, subject, target) }
        }
    }
}
