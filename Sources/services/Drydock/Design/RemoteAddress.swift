/// The parts of an `http` address.
struct RemoteAddress: Sendable, Hashable {
    struct User: Sendable, Hashable {
        var name: String
        var password: String
    }

    var scheme: String
    var user: User?
    /// Without port.
    var host: String
    /// With port, if one is written.
    var authority: String
    /// Path and query, from `/` on.
    var target: String

    init?(_ text: String) {
        let clean = text.utf8.allSatisfy { $0 > 32 && $0 != 127 }
        guard clean, let mark = text.firstIndex(of: ":"), text[mark...].hasPrefix("://") else { return nil }
        scheme = text[..<mark].lowercased()
        guard scheme == "http" || scheme == "https" else { return nil }
        let rest = text[text.index(mark, offsetBy: 3)...]
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        var authority = rest[..<end]
        let tail = rest[end...]
        target = tail.hasPrefix("/") ? String(tail) : "/" + tail
        if let at = authority.lastIndex(of: "@") {
            let parts = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            user = User(name: String(parts[0]), password: parts.count > 1 ? String(parts[1]) : "")
            authority = authority[authority.index(after: at)...]
        }
        self.authority = String(authority)
        let colon = authority.lastIndex(of: ":") ?? authority.endIndex
        let isBracketed = authority.hasPrefix("[")
        host = isBracketed ? String(authority) : String(authority[..<colon])
        guard !host.isEmpty else { return nil }
    }

    /// The address without a user's name and password, for messages.
    var withoutUser: String { "\(scheme)://\(authority)\(target)" }

    static func withoutUser(_ url: String) -> String { RemoteAddress(url)?.withoutUser ?? "the address" }
}
