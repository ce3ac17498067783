import HTTPTypes
import Identity
import Primitives
import Shipyard

/// Why a request of the page is refused before anything else is looked at.
struct PageError: TypedError, Hashable {
    let kind: ErrorKind
    let code: String
    let message: String

    /// - Parameter what: a sentence without its end.
    static func malformed(_ what: String) -> PageError {
        body("\(what): {\"user\": …, \"password\": …}, with \"domain\" and \"project\" where they are needed.")
    }

    /// - Parameter message: what is wrong with the body, and what to do.
    static func body(_ message: String) -> PageError {
        PageError(kind: .invalid, code: "page.body", message: message)
    }

    static let noTLS = PageError(
        kind: .forbidden, code: "page.tls",
        message: "The page is not served over plain HTTP to other hosts. Set listeners.api.tls, or forward a port: "
            + "ssh -L 9000:127.0.0.1:9000 HOST, and open http://127.0.0.1:9000/ui/.")
    static let otherOrigin = PageError(
        kind: .forbidden, code: "page.origin",
        message:
            "The request comes from a page of another origin (Sec-Fetch-Site or Origin). Open the page at the address that "
            + "this request went to.")
    static let noToken = PageError(
        kind: .forbidden, code: "page.csrf",
        message:
            "The header X-CSRF-Token is missing, or is not that of this session: it is \"csrf\" in GET /ui/session.")
}

/// How the page's own routes, and what stands before all that is below `/ui/`, answer errors: in Shipyard's form.
enum PageFailure {
    static func response(to error: any Error, for request: APIRequest) -> APIResponse {
        switch error {
        case let error as PageError:
            let exception = ShipyardException(error.kind)
            return ShipyardFailure(exception, .string(exception.status.reasonPhrase), error.message)
                .response(for: request)
        case let error as IdentityError where error.kind == .unauthenticated:
            return ShipyardFailure(
                ShipyardException(error.kind), "Unauthenticated",
                "The user or the password is wrong, or the user has no role on the project."
            ).response(for: request)
        case let error as IdentityError where error.kind == .tooMany:
            var response = ShipyardFailure(.tooMany, "Too many failed logins", error.message).response(for: request)
            response.headers[.retryAfter] = error.retryAfter.map { "\($0)" }
            return response
        default: return ShipyardFailure(error).response(for: request)
        }
    }

    /// What it answers to such a request: a text that a browser shows, where a browser wants a file.
    static func response(refusing request: APIRequest, _ error: PageError) -> APIResponse {
        let isFile = request.path != PageController.sessionPath && !request.path.hasPrefix("/ui/api/")
        var response = isFile && error == .noTLS ? noTLS() : response(to: error, for: request)
        response.set("X-Shipyard-Req", request.requestID.description)
        PageHeaders.set(&response)
        return response
    }

    private static func noTLS() -> APIResponse {
        .text(
            """
            <!doctype html>
            <html lang="en">
            <head><meta charset="utf-8"><title>Boatyard: TLS is needed</title></head>
            <body>
            <h1>This page is not served over plain HTTP to other hosts</h1>
            <p>Everybody on the way could read your password. Do one of these:</p>
            <ul>
            <li>Give the listener a certificate: set <code>listeners.api.tls</code> with <code>certificate</code> and
            <code>key</code> in <code>/etc/boatyard/boatyard.yaml</code>, and restart the daemon.</li>
            <li>Forward a port from your computer, <code>ssh -L 9000:127.0.0.1:9000 seed</code>, where <code>seed</code> is this
            host, and open <code>http://127.0.0.1:9000/ui/</code>.</li>
            </ul>
            </body>
            </html>

            """, status: PageError.noTLS.status, contentType: "text/html; charset=utf-8")
    }
}

extension PageError {
    var status: HTTPResponse.Status { ShipyardException(kind).status }
}
