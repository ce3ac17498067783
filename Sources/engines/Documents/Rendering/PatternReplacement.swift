import OrderedCollections
import Primitives
import PythonRegex

/// Puts a value, as text, wherever a pattern occurs (`docs/reference/deckhand.md` §7.7e, f).
struct PatternReplacement {
    let text: String
    /// Of the text that is put in, if the rendering is traced.
    let origin: Origin?
    /// Whether that text came from an encrypted document.
    let isSecret: Bool
    private let expression: PythonRegex

    private var pattern: String { expression.pattern }

    private static let sizeLimit = 16 << 20

    init(_ expression: PythonRegex, text: String, origin: Origin? = nil, isSecret: Bool = false) {
        self.expression = expression
        self.text = text
        self.origin = origin
        self.isSecret = isSecret
    }

    func apply(to subject: String, _ budget: inout RenderBudget) throws(RenderingProblem) -> String {
        do {
            if (subject.utf8.count + 1).multipliedReportingOverflow(by: text.utf8.count).partialValue > Self.sizeLimit {
                // Counted first, since the result may be far larger than both.
                let mark = "x"
                let marked = try expression.replaceAll(in: subject, with: mark).utf8.count
                let matches = marked - (try expression.replaceAll(in: subject, with: "").utf8.count)
                try budget.spend(bytes: matches.multipliedReportingOverflow(by: text.utf8.count).partialValue)
            }
            return try expression.replaceAll(in: subject, with: text)
        } catch let error as PythonRegexError {
            throw .text(error.message)
        } catch let error as RenderLimitError {
            throw .limit(error)
        } catch {
            throw .text("\(error)")
        }
    }

    /// Replaces in the strings below `node` in which the pattern occurs literally, down to `depth` levels of mappings
    /// and lists, -1 for all.
    func applyRecursively(
        to node: RenderNode, depth: Int, _ budget: inout RenderBudget
    ) throws(RenderingProblem) {
        guard depth != 0, occurs(in: node) else { return }
        do throws(RenderLimitError) {
            try budget.descend()
            try budget.spend(nodes: 1)
        } catch {
            throw .limit(error)
        }
        defer { budget.ascend() }
        for (key, member) in node.isMapping ? node.members ?? [:] : [:] {
            if let replaced = try replaced(member, &budget) {
                node.set(key, replaced)
            } else {
                try applyRecursively(to: member, depth: depth - 1, &budget)
            }
        }
        for (index, element) in (node.isList ? node.elements ?? [] : []).enumerated() {
            if let replaced = try replaced(element, &budget) {
                node.set(index, replaced)
            } else {
                try applyRecursively(to: element, depth: depth - 1, &budget)
            }
        }
    }

    private func replaced(
        _ node: RenderNode, _ budget: inout RenderBudget
    ) throws(RenderingProblem) -> RenderNode? {
        guard let subject = node.plainValue?.stringValue, subject.containsUTF8(pattern) else { return nil }
        return RenderNode(
            .string(try apply(to: subject, &budget)), origin: origin(in: node), isSecret: isSecret || node.isSecret)
    }

    /// False where it surely does not occur below `node`, so that plain values need not become nodes.
    private func occurs(in node: RenderNode) -> Bool {
        switch node.plainValue {
        case .some(let value): Self.occurs(pattern, in: value)
        case nil: true
        }
    }

    private static func occurs(_ pattern: String, in value: Value) -> Bool {
        switch value {
        case .string(let text): text.containsUTF8(pattern)
        case .array(let elements): elements.contains { occurs(pattern, in: $0) }
        case .object(let members): members.values.contains { occurs(pattern, in: $0) }
        default: false
        }
    }
}

/// What is wrong with one substitution, before it is known which.
enum RenderingProblem: Error, CustomStringConvertible {
    case text(String)
    case limit(RenderLimitError)

    var description: String {
        switch self {
        case .text(let text): text
        case .limit(let error): error.description
        }
    }
}

extension String {
    /// Whether the bytes of `part` occur in the string.
    func containsUTF8(_ part: String) -> Bool {
        var haystack = self
        var needle = part
        return haystack.withUTF8 { haystack in
            needle.withUTF8 { needle in
                guard let first = needle.first else { return true }
                guard haystack.count >= needle.count else { return false }
                var start = 0
                while start <= haystack.count - needle.count {
                    if haystack[start] == first,
                        haystack[start..<(start + needle.count)].elementsEqual(needle)
                    {
                        return true
                    }
                    start += 1
                }
                return false
            }
        }
    }
}
