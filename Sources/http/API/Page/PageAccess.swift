import Cryptography
import HTTPTypes
import Primitives

/// What stands before all that is below `/ui/` (`docs/decisions/026-web-page.md`).
///
/// `/ui/api/…` are the routes of `/api/…` for a browser: the token comes by the cookie, and in no other way; what changes
/// something has to come from the page itself.
package struct PageAccess: Sendable {
    /// For callers without a token, whom the listener knows.
    private let key: Secret<[UInt8]>

    package init() { key = Secret(Random.bytes(32)) }

    private static let prefix = "/ui/"

    /// Whether it stands before a request.
    func guards(_ request: APIRequest) -> Bool {
        request.listener == .api && (request.path.hasPrefix(Self.prefix) || request.path == "/ui")
    }

    /// The way to the page for a browser that asks for `/`; nil for everything else.
    func welcome(_ request: APIRequest) -> APIResponse? {
        guard request.listener == .api, request.path == "/", request.method == .get || request.method == .head,
            let header = request.header(.accept)
        else { return nil }
        let accepted = AcceptedValues(header)
        guard let html = accepted.named("text/html"), html > accepted.quality(of: "application/json") else {
            return nil
        }
        var response = APIResponse(.seeOther)
        response.headers[.location] = Self.prefix
        response.headers[.cacheControl] = "no-store"
        return response
    }

    /// The request as the route table is to see it: with the token of the cookie, and with the path of the API's route.
    ///
    /// - Throws: `PageError`.
    func admit(_ request: APIRequest) throws(PageError) -> APIRequest {
        guard request.isPrivate else { throw .noTLS }
        let token = PageCookie.token(of: request)
        let isChange = ![.get, .head, .options].contains(request.method)
        if isChange {
            guard Self.isOfOwnOrigin(request) else { throw .otherOrigin }
            // Without a session there is nothing that another page could use.
            let isLogin = request.method == .post && request.path == PageController.sessionPath
            if !isLogin, let csrf = csrf(token: token, request.caller) {
                let given = request.header("X-CSRF-Token") ?? ""
                guard constantTimeEqual(given.utf8, csrf.utf8) else { throw .noToken }
            }
        }
        var request = request
        if let name = HTTPField.Name("X-Auth-Token") {
            // Whom the listener knows needs no token.
            request.headers[name] = request.caller == nil ? token : nil
        }
        request.isOfPage = true
        if request.path.hasPrefix("/ui/api/") { request.path = String(request.path.dropFirst(3)) }
        return request
    }

    /// What a change has to have as `X-CSRF-Token`: a page of another origin can make browsers send the cookie, but cannot read
    /// this. Nil without a session.
    func csrf(token: String?, _ caller: Caller?) -> String? {
        if let caller { return HMAC.sha256(key: key.reveal(), message: Array(caller.name.utf8)).hex }
        return token.map { HMAC.sha256(key: Array($0.utf8), message: Array("boatyard page".utf8)).hex }
    }

    /// Whether a change comes from the page of this daemon, as far as the browser tells (Fetch Metadata, RFC 6454).
    private static func isOfOwnOrigin(_ request: APIRequest) -> Bool {
        if let site = request.header("Sec-Fetch-Site"), site != "same-origin", site != "none" { return false }
        guard let origin = request.header(.origin) else { return true }
        let authority = request.authority?.lowercased() ?? ""
        // A proxy in front of the daemon may have taken TLS off.
        return origin == "https://\(authority)" || (origin == "http://\(authority)" && request.scheme == "http")
    }
}

/// The headers of all answers below `/ui/`.
enum PageHeaders {
    private static let fields: [(name: String, value: String)] = [
        (
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
                + "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
        ("X-Frame-Options", "DENY"), ("Referrer-Policy", "no-referrer"), ("X-Content-Type-Options", "nosniff"),
        ("Cross-Origin-Opener-Policy", "same-origin"), ("Cross-Origin-Resource-Policy", "same-origin"),
        (
            "Permissions-Policy",
            "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()"
        ),
    ]

    /// Sets them. What is secret must not stay in the cache of a browser, so that answers are not stored unless they say so.
    static func set(_ response: inout APIResponse) {
        for (name, value) in fields { response.set(name, value) }
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
    }
}
