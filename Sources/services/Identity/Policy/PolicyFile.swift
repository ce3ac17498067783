import Glibc
import Primitives
import YAML

extension PolicyEngine {
    /// The path of the policy file where the settings name none.
    package static let defaultFile = "/etc/boatyard/policy.yaml"

    /// The built-in rules, overridden by those of a file.
    ///
    /// - Parameter isRequired: whether a missing file is an error, and not the same as an empty one.
    /// - Throws: `BoatyardError` `policy_unusable`, with file, line and remedy.
    package static func load(file: String, isRequired: Bool) throws -> PolicyEngine {
        if !isRequired, access(file, F_OK) != 0, errno == ENOENT { return builtIn }
        let bytes: [UInt8]
        do {
            bytes = try FileContents.read(file, limit: 1 << 20)
        } catch {
            throw BoatyardError(
                "policy_unusable", "\(error.message) Make it readable, or remove it.", cause: error.cause)
        }
        return try PolicyEngine(file: file, bytes: bytes)
    }

    /// Reads the rules of a file.
    ///
    /// - Parameter file: the path, for messages.
    /// - Throws: `BoatyardError` `policy_unusable`, with file, line and remedy.
    package init(file: String, bytes: [UInt8]) throws {
        var reader = PolicyFileReader(file: file)
        try reader.read(bytes)
        self.init(overriding: reader.checks)
    }
}

/// Reads `name: rule` pairs, and refuses what cannot be meant.
private struct PolicyFileReader {
    let file: String
    var checks: [String: PolicyCheck] = [:]
    private var lines: [String: Int] = [:]

    init(file: String) { self.file = file }

    mutating func read(_ bytes: [UInt8]) throws {
        let root: MarkedNode?
        do {
            root = try YAML.loadMarked(bytes)
        } catch {
            throw failure(error.line, "this is no YAML (\(error.problem)); write one 'name: \"rule\"' a line")
        }
        guard let root, root.content != .scalar(.null) else { return }
        guard case .mapping(let members) = root.content else {
            throw failure(root.line, "rules were expected, one 'name: \"rule\"' a line")
        }
        guard members.count <= 500 else {
            throw failure(root.line, "there are \(members.count) rules; 500 are the most")
        }
        for member in members { try add(member) }
        for (name, check) in checks { try examine(name, check) }
        for name in checks.keys.sorted() { try findCircle(from: name) }
        var costs: [String: PolicyCheck.Cost] = [:]
        for name in checks.keys.sorted() { try bound(name, &costs) }
    }

    private mutating func add(_ member: MarkedNode.Member) throws {
        guard case .scalar(.string(let name)) = member.key.content else {
            throw failure(member.key.line, "the name of a rule was expected before the colon")
        }
        if let first = lines[name] {
            throw failure(member.key.line, "rule '\(name)' is written twice, first on line \(first); keep one")
        }
        lines[name] = member.key.line ?? 0
        if let service = name.firstIndex(of: ":"), !PolicyEngine.names.contains(name) {
            let known = PolicyEngine.names
            let suggestion = Suggestion.closest(to: name, among: known).map { "; did you mean '\($0)'?" }
            let prefix = name[...service]
            let others = known.filter { $0.hasPrefix(prefix) }
            let list = others.isEmpty ? "" : "; there are \(others.joined(separator: ", "))"
            throw failure(member.key.line, "no route asks for the rule '\(name)'" + (suggestion ?? list))
        }
        guard case .scalar(.string(let text)) = member.value.content else {
            throw failure(
                member.value.line ?? member.key.line,
                "rule '\(name)' is no text; quote it, as in \"\(name)\": \"role:admin\"")
        }
        do {
            checks[name] = try PolicyParser.parse(text)
        } catch {
            throw failure(member.value.line ?? member.key.line, "rule '\(name)': \(error.message)")
        }
    }

    private func examine(_ name: String, _ check: PolicyCheck) throws {
        let known = Set(checks.keys).union(PolicyEngine.defaults.keys)
        for reference in check.references where !known.contains(reference) {
            let suggestion = Suggestion.closest(to: reference, among: known.sorted()).map { "; did you mean '\($0)'?" }
            throw failure(
                lines[name],
                "rule '\(name)' refers to rule '\(reference)', which does not exist" + (suggestion ?? "; define it"))
        }
    }

    /// Follows references until they end; rules of the file may lead through built-in ones.
    private func findCircle(from start: String) throws {
        var waiting = [start]
        var seen: Set<String> = []
        while let name = waiting.popLast() {
            for reference in (checks[name] ?? PolicyEngine.defaults[name])?.references ?? [] {
                if reference == start {
                    throw failure(lines[start], "rule '\(start)' refers to itself, through '\(name)'; break the circle")
                }
                if seen.insert(reference).inserted { waiting.append(reference) }
            }
        }
    }

    /// Rules lead through each other, and are followed on a thread's stack each time that somebody asks.
    private func bound(_ start: String, _ costs: inout [String: PolicyCheck.Cost]) throws {
        // Those that are referred to first; there are no circles any more.
        var waiting = [start]
        while let name = waiting.last {
            let check = checks[name] ?? PolicyEngine.defaults[name] ?? .never
            let missing = check.references.filter { costs[$0] == nil }
            guard missing.isEmpty else {
                waiting += missing
                continue
            }
            waiting.removeLast()
            let cost = check.cost(costs)
            guard cost.depth <= PolicyCheck.Cost.deepest, cost.checks <= PolicyCheck.Cost.most else {
                throw failure(
                    lines[name] ?? lines[start],
                    "rule '\(name)' asks \(cost.checks) checks, \(cost.depth) inside each other, with the rules that it "
                        + "refers to; \(PolicyCheck.Cost.most) and \(PolicyCheck.Cost.deepest) are the most: simplify it"
                )
            }
            costs[name] = cost
        }
    }

    private func failure(_ line: Int?, _ message: String) -> BoatyardError {
        BoatyardError("policy_unusable", "\(file):\(line.map { "\($0):" } ?? "") \(message)")
    }
}
