/// A path with parameters, compared segment by segment.
struct PathTemplate: Sendable {
    enum Segment: Hashable, Sendable {
        case literal(String)
        case parameter(String)
        /// All that follows, slashes included.
        case tail(String)

        /// Literals are tried before parameters, parameters before tails.
        fileprivate var rank: Int {
            switch self {
            case .literal: 0
            case .parameter: 1
            case .tail: 2
            }
        }

        /// The segment without the name of its parameter.
        fileprivate var shape: Segment {
            switch self {
            case .literal: self
            case .parameter: .parameter("")
            case .tail: .tail("")
            }
        }
    }

    let segments: [Segment]

    init(_ text: String) {
        let segments: [Segment] = PathTemplate.split(text).map { part in
            guard part.hasPrefix("{"), part.hasSuffix("}") else { return .literal(part) }
            let name = part.dropFirst().dropLast()
            return name.hasSuffix("...") ? .tail(String(name.dropLast(3))) : .parameter(String(name))
        }
        self.segments = segments
        shape = segments.map(\.shape)
    }

    /// The names of its parameters.
    var parameters: [String] {
        segments.compactMap { segment in
            switch segment {
            case .literal: nil
            case .parameter(let name), .tail(let name): name
            }
        }
    }

    /// Equal for templates that match the same paths.
    let shape: [Segment]

    /// Segments of a path: those between slashes, empty ones included, without what precedes the first slash.
    static func split(_ path: String) -> [String] {
        path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst().map {
            String(Substring($0))
        }
    }

    /// The parameters, or nil if the path does not match.
    func match(_ path: [String]) -> [String: String]? {
        var parameters: [String: String] = [:]
        for (index, segment) in segments.enumerated() {
            if case .tail(let name) = segment {
                guard index < path.count else { return nil }
                parameters[name] = path[index...].joined(separator: "/")
                return parameters
            }
            guard index < path.count else { return nil }
            switch segment {
            case .literal(let text):
                // Texts of other scripts take long to compare, and this is done on the threads of connections.
                guard text.utf8.count == path[index].utf8.count, text == path[index] else { return nil }
            case .parameter(let name): parameters[name] = path[index]
            case .tail: return nil
            }
        }
        return segments.count == path.count ? parameters : nil
    }

    /// Whether `self` is tried first.
    func precedes(_ other: PathTemplate) -> Bool {
        for (mine, theirs) in zip(segments, other.segments) where mine.rank != theirs.rank {
            return mine.rank < theirs.rank
        }
        return segments.count > other.segments.count
    }
}

/// A requested path in the spellings that routes accept.
struct RequestedPath {
    private let exact: [String]
    private lazy var trimmed = exact.count > 1 && exact.last == "" ? Array(exact.dropLast()) : exact
    private lazy var collapsed = exact.filter { !$0.isEmpty }

    init(_ path: String) { exact = PathTemplate.split(path) }

    mutating func segments(_ rule: SlashRule) -> [String] {
        switch rule {
        case .exact: exact
        case .trailing: trimmed
        case .any: collapsed
        }
    }
}
