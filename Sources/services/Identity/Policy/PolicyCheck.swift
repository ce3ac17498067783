/// A rule of oslo.policy's language, read.
indirect enum PolicyCheck: Hashable, Sendable {
    /// `@`, or nothing.
    case always
    /// `!`
    case never
    /// `role:admin`, in any case.
    case role(PolicyText)
    /// `rule:admin_required`
    case rule(String)
    /// `user_id:%(user_id)s`: an attribute of the caller.
    case attribute(String, PolicyText)
    /// `'http':%(scheme)s`: a text against a text.
    case literal(String, PolicyText)
    case not(PolicyCheck)
    case and([PolicyCheck])
    case or([PolicyCheck])

    /// Rules that it refers to.
    var references: [String] {
        switch self {
        case .rule(let name): [name]
        case .not(let check): check.references
        case .and(let checks), .or(let checks): checks.flatMap(\.references)
        case .always, .never, .role, .attribute, .literal: []
        }
    }
}

extension PolicyCheck {
    /// What it takes to decide a check, with all rules that it refers to.
    struct Cost: Hashable, Sendable {
        /// How deeply checks stand inside each other.
        var depth = 1
        var checks = 1

        static let deepest = 500
        static let most = 10_000
    }

    /// - Parameter rules: of the rules that it refers to.
    func cost(_ rules: [String: Cost]) -> Cost {
        let inner: [Cost] =
            switch self {
            case .rule(let name): [rules[name] ?? Cost()]
            case .not(let check): [check.cost(rules)]
            case .and(let checks), .or(let checks): checks.map { $0.cost(rules) }
            case .always, .never, .role, .attribute, .literal: []
            }
        return inner.reduce(Cost()) { sum, part in
            // None is more than `most`, so that no sum overflows.
            Cost(
                depth: max(sum.depth, 1 + part.depth),
                checks: min(sum.checks + part.checks, Cost.most + 1))
        }
    }
}

/// The right side of a check: text with `%(name)s` for what the target says.
struct PolicyText: Hashable, Sendable {
    enum Part: Hashable, Sendable {
        case text(String)
        case target(String)
    }

    let parts: [Part]

    /// Nil where a `%` begins nothing that can be filled in.
    init?(_ text: some StringProtocol) {
        var parts: [Part] = []
        var rest = text[...]
        while let percent = rest.firstIndex(of: "%") {
            if percent > rest.startIndex { parts.append(.text(String(rest[..<percent]))) }
            let after = rest[rest.index(after: percent)...]
            if after.hasPrefix("%") {
                parts.append(.text("%"))
                rest = after.dropFirst()
                continue
            }
            guard after.hasPrefix("("), let close = after.firstIndex(of: ")"),
                after[after.index(after: close)...].hasPrefix("s")
            else { return nil }
            parts.append(.target(String(after[after.index(after.startIndex, offsetBy: 1)..<close])))
            rest = after[after.index(close, offsetBy: 2)...]
        }
        if !rest.isEmpty { parts.append(.text(String(rest))) }
        self.parts = parts
    }

    /// Nil where the target lacks a name: such a check fails (`docs/reference/shipyard.md` §3).
    func filled(_ target: [String: String]) -> String? {
        var text = ""
        for part in parts {
            switch part {
            case .text(let literal): text += literal
            case .target(let name):
                guard let value = target[name] else { return nil }
                text += value
            }
        }
        return text
    }
}
