import Primitives

/// A URI reference in its parts (RFC 3986 §3), as `id` and `$ref` hold it.
struct SchemaURI {
    private var scheme: Substring?
    private var authority: Substring?
    private var path: Substring
    private var query: Substring?
    private var fragmentText: Substring?

    init(_ text: String) {
        var rest = text[...]
        if let mark = rest.firstIndex(of: "#") {
            fragmentText = rest[rest.index(after: mark)...]
            rest = rest[..<mark]
        }
        if let mark = rest.firstIndex(of: "?") {
            query = rest[rest.index(after: mark)...]
            rest = rest[..<mark]
        }
        if let colon = rest.firstIndex(of: ":"), let first = rest.first, first.isASCII, first.isLetter,
            rest[..<colon].allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) })
        {
            scheme = rest[..<colon]
            rest = rest[rest.index(after: colon)...]
        }
        if rest.hasPrefix("//") {
            rest = rest.dropFirst(2)
            let end = rest.firstIndex(of: "/") ?? rest.endIndex
            authority = rest[..<end]
            rest = rest[end...]
        }
        path = rest
    }

    /// What stands behind `#`, percent-encoding undone; empty where there is none.
    var fragment: String {
        fragmentText.map { PercentCoding.decode($0) } ?? ""
    }

    /// Everything before `#`.
    var withoutFragment: String {
        var text = ""
        if let scheme { text += scheme + ":" }
        if let authority { text += "//" + authority }
        text += path
        if let query { text += "?" + query }
        return text
    }

    /// The reference, resolved against the absolute or empty `base` (RFC 3986 §5.2.2).
    func resolved(against base: String) -> SchemaURI {
        guard scheme == nil else { return self }
        let base = SchemaURI(base)
        var result = self
        result.scheme = base.scheme
        guard authority == nil else { return result }
        result.authority = base.authority
        if path.isEmpty {
            result.path = base.path
            result.query = query ?? base.query
        } else if !path.hasPrefix("/") {
            if base.authority != nil, base.path.isEmpty {
                result.path = Self.withoutDots("/" + path)
            } else {
                let folder = base.path.lastIndex(of: "/").map { base.path[...$0] } ?? ""
                result.path = Self.withoutDots(String(folder) + path)
            }
        } else {
            result.path = Self.withoutDots(String(path))
        }
        return result
    }

    private static func withoutDots(_ path: String) -> Substring {
        guard path.contains("/.") || path.hasPrefix(".") else { return path[...] }
        var kept: [Substring] = []
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        for (index, segment) in segments.enumerated() {
            let isLast = index == segments.count - 1
            switch segment {
            case ".": if isLast { kept.append("") }
            case "..":
                if kept.count > 1 || (kept.count == 1 && kept[0] != "") { kept.removeLast() }
                if isLast { kept.append("") }
            default: kept.append(segment)
            }
        }
        return kept.joined(separator: "/")[...]
    }
}
