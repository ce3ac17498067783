import HTTPTypes

/// The cookie that holds the token of a session. Scripts do not get it, and browsers send it to `/ui/` alone, and never from
/// pages of other sites.
enum PageCookie {
    /// Its name, with the port that the browser has asked, unless that is the scheme's own: cookies do not tell ports apart, and
    /// daemons of one host would end each other's sessions.
    static func name(for request: APIRequest) -> String {
        guard let authority = request.authority, let colon = authority.lastIndex(of: ":") else { return base }
        let port = authority[authority.index(after: colon)...]
        guard (1...5).contains(port.utf8.count), port.utf8.allSatisfy(isDigit) else { return base }
        return "\(base)_\(port)"
    }

    private static let base = "boatyard_session"

    /// In bytes: a token of Keystone's has some hundred.
    private static let limit = 8192

    /// The token of a request; nil where there is none, and where there are several: whoever put the others there is not the
    /// daemon.
    static func token(of request: APIRequest) -> String? {
        guard let header = request.headers[.cookie], header.utf8.count <= 2 * limit else { return nil }
        let name = name(for: request)
        var found: Substring?
        for pair in header.split(separator: ";") {
            let pair = pair.drop { $0 == " " || $0 == "\t" }
            guard let equals = pair.firstIndex(of: "="), pair[..<equals] == name else { continue }
            let value = pair[pair.index(after: equals)...]
            if let found, found != value { return nil }
            found = value
        }
        guard let found, (1...limit).contains(found.utf8.count), found.utf8.allSatisfy(isPlain) else { return nil }
        return String(found)
    }

    /// The header that sets it.
    ///
    /// - Parameter token: nil makes browsers forget it.
    static func header(_ token: String?, for request: APIRequest) -> String {
        let value = token ?? ""
        let end = token == nil ? "; Max-Age=0" : ""
        return "\(name(for: request))=\(value)\(end); Path=/ui/; HttpOnly; SameSite=Strict"
            + (request.scheme == "https" ? "; Secure" : "")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// What the value of a cookie may have, quotes aside (RFC 6265 §4.1.1).
    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x21...0x7e).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: ",")
            && byte != UInt8(ascii: ";")
            && byte != UInt8(ascii: "\\")
    }
}
