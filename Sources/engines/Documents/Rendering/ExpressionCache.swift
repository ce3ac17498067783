import PythonRegex

/// Paths and patterns, compiled once for a rendering: sites repeat them.
struct ExpressionCache {
    private var paths: [String: JSONPath] = [:]
    private var patterns: [String: PythonRegex] = [:]

    /// Compiled, a pattern of a few letters may be large: a hostile site has thousands.
    private static let patternLimit = 64

    mutating func path(_ text: String) throws(JSONPathError) -> JSONPath {
        if let known = paths[text] { return known }
        let path = try JSONPath(text)
        paths[text] = path
        return path
    }

    mutating func pattern(_ text: String) throws(PythonRegexError) -> PythonRegex {
        if let known = patterns[text] { return known }
        let pattern = try PythonRegex(text)
        if patterns.count >= Self.patternLimit { patterns.removeAll(keepingCapacity: true) }
        patterns[text] = pattern
        return pattern
    }
}
