/// Why a text is no YAML that can be taken, and where.
package struct YAMLError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The problem without its place: `did not find expected key`.
    package var problem: String
    /// From 1.
    package var line: Int
    /// From 1, in characters.
    package var column: Int
    /// What was being read, with the line on which it begins: `while parsing a block mapping from line 3`; nil where
    /// the problem says enough.
    package var context: String?

    package init(_ problem: String, line: Int, column: Int, context: String? = nil) {
        self.problem = problem
        self.line = line
        self.column = column
        self.context = context
    }

    package var description: String { "\(problem), line \(line), column \(column)" }

    /// With the context, where there is one.
    package var message: String { context.map { "\($0): \(description)" } ?? description }
}

/// A place in a text.
struct Mark: Sendable, Hashable {
    /// From 1.
    var line: Int
    /// From 1.
    var column: Int

    func error(_ problem: String, context: String? = nil) -> YAMLError {
        YAMLError(problem, line: line, column: column, context: context)
    }
}
