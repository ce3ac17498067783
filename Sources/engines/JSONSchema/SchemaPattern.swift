import PythonRegex
import Synchronization

/// A regular expression of a schema, and what it said of the texts it saw last.
///
/// Thousands of documents hold the same few kinds, layers and keys: their texts are looked up rather than matched again.
final class SchemaPattern: Sendable {
    private let regex: PythonRegex
    private let known = Mutex<[String: Bool]>([:])

    /// Bounds what a schema keeps of the values it has seen.
    private static let knownLimit = 32
    private static let lengthLimit = 64

    /// The pattern as the schema has it.
    var text: String { regex.pattern }

    /// - Throws: `PythonRegexError`, `syntax` or `tooLarge`.
    init(_ pattern: String) throws(PythonRegexError) { regex = try PythonRegex(pattern) }

    /// Whether the pattern matches anywhere in `text`.
    ///
    /// - Throws: `PythonRegexError`, `tooManySteps`.
    func occurs(in text: String) throws(PythonRegexError) -> Bool {
        guard text.utf8.count <= Self.lengthLimit else { return try regex.occurs(in: text) }
        if let answer = known.withLock({ $0[text] }) { return answer }
        let answer = try regex.occurs(in: text)
        known.withLock { known in
            if known.count >= Self.knownLimit { known.removeAll(keepingCapacity: true) }
            known[text] = answer
        }
        return answer
    }
}
