import Primitives

/// The parts of an `http` or `https` address, or of a path on a Unix socket.
package struct RemoteAddress: Sendable, Hashable {
    /// User and password in an address.
    package struct User: Sendable, Hashable {
        /// The user, percent-decoded.
        package var name: String
        /// The password, percent-decoded.
        package var password: String

        package init(name: String, password: String) {
            self.name = name
            self.password = password
        }
    }

    /// `http` or `https`.
    package let scheme: String
    /// User and password of the address; nil where it has none.
    package private(set) var user: User?
    /// The host without port.
    package let host: String
    /// The host, with the port where one is written.
    package let authority: String
    /// Path and query, from `/` on.
    package let target: String

    /// Parses an address.
    ///
    /// - Returns: nil for other schemes, blanks, a host that is neither a name nor an IPv6 address in brackets, and a port
    ///   that is no number from 1 to 65535: the libraries below would trap on some of them. An empty port is none
    ///   (RFC 3986 §3.2.3).
    package init?(_ text: String) {
        let clean = text.utf8.allSatisfy { $0 > 32 && $0 != 127 }
        guard clean, let mark = text.firstIndex(of: ":"), text[mark...].hasPrefix("://") else { return nil }
        scheme = text[..<mark].lowercased()
        guard scheme == "http" || scheme == "https" else { return nil }
        let rest = text[text.index(mark, offsetBy: 3)...].prefix { $0 != "#" }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        var authority = rest[..<end]
        let tail = rest[end...]
        target = tail.hasPrefix("/") ? String(tail) : "/" + tail
        if let at = authority.lastIndex(of: "@") {
            let parts = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            user = User(
                name: PercentCoding.decode(parts[0]), password: parts.count > 1 ? PercentCoding.decode(parts[1]) : "")
            authority = authority[authority.index(after: at)...]
        }
        let hostEnd = Self.hostEnd(authority)
        host = String(authority[..<hostEnd])
        let port = authority[hostEnd...].dropFirst()
        guard Self.isHost(authority[..<hostEnd]), port.isEmpty || Self.isPort(port) else { return nil }
        self.authority = port.isEmpty ? host : String(authority)
    }

    /// The address of a path on a Unix socket.
    ///
    /// - Parameters:
    ///   - socket: the path of the socket.
    ///   - target: path and query, from `/` on.
    package init(socket: String, target: String) {
        scheme = Self.socketScheme
        host = PercentCoding.encode(socket)
        authority = host
        self.target = target
    }

    private static let socketScheme = "http+unix"

    /// The root of the same server.
    package var root: RemoteAddress { redirected(to: "/") ?? self }

    /// Where the host ends: at a colon outside of the brackets of an IPv6 address.
    private static func hostEnd(_ authority: Substring) -> Substring.Index {
        let bracket = authority.hasPrefix("[") ? authority.firstIndex(of: "]") : nil
        return authority[(bracket ?? authority.startIndex)...].firstIndex(of: ":") ?? authority.endIndex
    }

    /// A name or IPv4 address of letters, digits and `-._~`, or an IPv6 address in brackets, with a zone behind `%25`
    /// (RFC 6874) at most. Nothing else is escaped: the libraries below would see what it stands for, such as a bracket.
    private static func isHost(_ text: Substring) -> Bool {
        guard text.hasPrefix("[") else { return !text.isEmpty && text.utf8.allSatisfy(AddressCharacters.isUnreserved) }
        guard text.hasSuffix("]") else { return false }
        let parts = text.dropFirst().dropLast().split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        let address = parts.first ?? ""
        let isAddress =
            address.utf8.contains(UInt8(ascii: ":"))
            && address.utf8.allSatisfy { AddressCharacters.isUnreserved($0) || $0 == UInt8(ascii: ":") }
        guard parts.count == 2 else { return isAddress }
        let zone = parts[1].dropFirst(2)
        return isAddress && parts[1].hasPrefix("25") && !zone.isEmpty
            && zone.utf8.allSatisfy(AddressCharacters.isUnreserved)
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            && UInt16(text).map { $0 > 0 } ?? false
    }

    /// The address of what lies below another one: the path goes before the other's query, its query behind that.
    ///
    /// - Parameters:
    ///   - base: without a slash at the end of its path, `http://armada:8000/api/v1.0?site=a`.
    ///   - path: from `/` on, with or without a query.
    package static func text(_ base: String, below path: String) -> String {
        guard let mark = base.firstIndex(of: "?") else { return base + path }
        let query = base[base.index(after: mark)...]
        let end = path.firstIndex(of: "?")
        let own = end.map { "&" + path[path.index(after: $0)...] } ?? ""
        return base[..<mark] + path[..<(end ?? path.endIndex)] + "?" + query + own
    }

    var isSocket: Bool { scheme == Self.socketScheme }

    /// For the library.
    var url: String { "\(scheme)://\(authority)\(target)" }

    /// The address without its credentials, for messages.
    package var shown: String { AddressCredentials.removed(from: url) }

    /// Whether credentials for the other address may be sent to this one: the same server, by no weaker scheme.
    package func isSameServer(as other: RemoteAddress) -> Bool {
        authority == other.authority && (scheme == other.scheme || (other.scheme == "http" && scheme == "https"))
    }

    /// The address that a `Location` names; nil for one that is not followed: from HTTPS to HTTP, to another scheme, or
    /// what is no address.
    package func redirected(to location: String) -> RemoteAddress? {
        if location.hasPrefix("/"), !location.hasPrefix("//") {
            guard isSocket else { return RemoteAddress("\(scheme)://\(authority)\(location)") }
            return RemoteAddress(socket: PercentCoding.decode(authority), target: location)
        }
        guard let next = RemoteAddress(location), next.scheme == "https" || scheme == "http" else { return nil }
        return next
    }
}
