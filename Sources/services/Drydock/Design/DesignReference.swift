import Primitives

/// Where a design, or an asset of a boot action, comes from (`docs/reference/drydock.md` §4).
enum DesignReference: Sendable, Hashable {
    /// The rendered documents of a revision of this daemon's Deckhand.
    case revision(Int)
    /// An address to fetch.
    case remote(String)
    /// An address of Promenade to fetch as a user of Keystone, with the prefix up to `+` dropped.
    case promenade(String)
    case file(path: String)

    /// Parses a reference.
    ///
    /// - Throws: `DrydockError` `.invalid` for a scheme that is not supported. The message has no credentials.
    init(_ text: String) throws(DrydockError) {
        guard let colon = text.firstIndex(of: ":") else { throw Self.unreadable(text) }
        let scheme = text[..<colon].lowercased()
        let rest = text[text.index(after: colon)...]
        switch scheme {
        case "deckhand+http", "deckhand+https":
            guard let revision = Self.revision(in: rest) else { throw Self.unreadable(text) }
            self = .revision(revision)
        case "http", "https": self = .remote("\(scheme):\(rest)")
        // Upstream knows no other, but nothing is gained by refusing what is plainly meant.
        case "promenade+https": self = .promenade("https:\(rest)")
        case "promenade+http": self = .promenade("http:\(rest)")
        case "file":
            guard rest.hasPrefix("///") else { throw Self.unreadable(text) }
            self = .file(path: String(rest.dropFirst(2)))
        default: throw Self.unreadable(text)
        }
    }

    /// The number in `//HOST/api/v1.0/revisions/N/rendered-documents`.
    private static func revision(in rest: Substring) -> Int? {
        let path = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)[0]
        let parts = path.split(separator: "/")
        guard parts.count == 6, parts[1] == "api", parts[2] == "v1.0", parts[3] == "revisions",
            parts[5] == "rendered-documents", let number = Int(parts[4]), number >= 0
        else { return nil }
        return number
    }

    private static func unreadable(_ text: String) -> DrydockError {
        DrydockError(
            .invalid,
            "Invalid reference scheme: '\(AddressCredentials.removed(from: text).prefix(200))' is not one of deckhand+http://HOST/api/v1.0/revisions/N/"
                + "rendered-documents, http, https and promenade+http.")
    }
}
