/// Paths compiled once for a rendering: sites repeat them.
struct PathCache {
    private var compiled: [String: JSONPath] = [:]

    mutating func path(_ text: String) throws(JSONPathError) -> JSONPath {
        if let known = compiled[text] { return known }
        let path = try JSONPath(text)
        compiled[text] = path
        return path
    }
}
