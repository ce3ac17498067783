import Primitives

/// Reads the language of oslo.policy: `role:a and (rule:b or not user_id:%(user_id)s)`.
///
/// `not` binds stronger than `and`, `and` stronger than `or`.
struct PolicyParser {
    /// What is wrong, without the place.
    struct Failure: Error, Hashable, CustomStringConvertible {
        var message: String
        var description: String { message }
    }

    private var tokens: ArraySlice<String>
    private static let depthLimit = 100

    static func parse(_ text: String) throws(Failure) -> PolicyCheck {
        var parser = PolicyParser(tokens: try tokenize(text)[...])
        if parser.tokens.isEmpty { return .always }
        let check = try parser.alternative(depth: 0)
        if let next = parser.tokens.first {
            throw Failure(message: "'\(next)' follows a whole rule; join them with 'and' or 'or'")
        }
        return check
    }

    private static func tokenize(_ text: String) throws(Failure) -> [String] {
        var tokens: [String] = []
        for word in text.split(whereSeparator: \.isWhitespace) {
            var rest = word
            while rest.hasPrefix("(") {
                tokens.append("(")
                rest = rest.dropFirst()
            }
            // A parenthesis that belongs to %(name)s is followed by an s.
            var closing = 0
            while rest.hasSuffix(")") {
                closing += 1
                rest = rest.dropLast()
            }
            if !rest.isEmpty { tokens.append(String(rest)) }
            tokens += Array(repeating: ")", count: closing)
            guard tokens.count <= 10_000 else { throw Failure(message: "the rule has more than 10000 words") }
        }
        return tokens
    }

    private mutating func alternative(depth: Int) throws(Failure) -> PolicyCheck {
        var checks = [try conjunction(depth: depth)]
        while tokens.first?.lowercased() == "or" {
            tokens.removeFirst()
            checks.append(try conjunction(depth: depth))
        }
        return checks.count == 1 ? checks[0] : .or(checks)
    }

    private mutating func conjunction(depth: Int) throws(Failure) -> PolicyCheck {
        var checks = [try negation(depth: depth)]
        while tokens.first?.lowercased() == "and" {
            tokens.removeFirst()
            checks.append(try negation(depth: depth))
        }
        return checks.count == 1 ? checks[0] : .and(checks)
    }

    private mutating func negation(depth: Int) throws(Failure) -> PolicyCheck {
        guard depth < Self.depthLimit else {
            throw Failure(message: "the rule is nested more than \(Self.depthLimit) deep")
        }
        guard tokens.first?.lowercased() == "not" else { return try primary(depth: depth) }
        tokens.removeFirst()
        return .not(try negation(depth: depth + 1))
    }

    private mutating func primary(depth: Int) throws(Failure) -> PolicyCheck {
        guard let token = tokens.popFirst() else {
            throw Failure(message: "the rule ends where a check was expected, such as role:admin")
        }
        switch token {
        case "(":
            let check = try alternative(depth: depth + 1)
            guard tokens.popFirst() == ")" else { throw Failure(message: "a '(' is not closed") }
            return check
        case ")": throw Failure(message: "a ')' stands where a check was expected, such as role:admin")
        case "@": return .always
        case "!": return .never
        default: return try Self.check(token)
        }
    }

    private static func check(_ token: String) throws(Failure) -> PolicyCheck {
        guard let colon = separator(of: token) else {
            throw Failure(message: "'\(token)' is no check; write it like role:admin or rule:admin_required")
        }
        let kind = String(token[..<colon])
        let match = token[token.index(after: colon)...]
        guard !kind.isEmpty, !match.isEmpty else {
            throw Failure(message: "'\(token)' lacks what is before or after its colon, as in role:admin")
        }
        if kind == "rule" { return .rule(String(match)) }
        guard let text = PolicyText(match) else {
            throw Failure(message: "'\(match)' has a '%' that begins no %(name)s; write %% for the sign itself")
        }
        switch kind {
        case "role": return .role(text)
        case "http", "https":
            throw Failure(message: "'\(token)' asks another server, which is not supported; use roles and attributes")
        default: break
        }
        if let quoted = unquoted(kind) { return .literal(quoted, text) }
        if ["True", "False", "None"].contains(kind) || Int(kind) != nil { return .literal(kind, text) }
        guard PolicySubject.attributes.contains(kind) else {
            throw Failure(
                message: "'\(kind)' is no attribute of a caller; there are role, rule, "
                    + PolicySubject.attributes.joined(separator: ", ")
                    + (Suggestion.closest(to: kind, among: ["role", "rule"] + PolicySubject.attributes).map {
                        "; did you mean '\($0)'?"
                    } ?? ""))
        }
        return .attribute(kind, text)
    }

    /// The first colon outside of quotes.
    private static func separator(of token: String) -> String.Index? {
        if let quote = token.first, quote == "'" || quote == "\"" {
            guard let end = token.dropFirst().firstIndex(of: quote) else { return nil }
            let after = token.index(after: end)
            return after < token.endIndex && token[after] == ":" ? after : nil
        }
        return token.firstIndex(of: ":")
    }

    private static func unquoted(_ text: String) -> String? {
        guard text.count >= 2, let quote = text.first, quote == "'" || quote == "\"", text.last == quote else {
            return nil
        }
        return String(text.dropFirst().dropLast())
    }
}
