import Deckhand
import Documents
import HTTPTypes
import Primitives

/// The routes of Deckhand's API below `/api/v1.0` (`docs/reference/deckhand.md` §1–4).
///
/// `/versions` and `/health` are routes of `ShipyardController`.
package struct DeckhandController: Controller {
    let service: DocumentService

    package init(_ service: DocumentService) { self.service = service }

    /// Always `deckhand`.
    package var name: String { "deckhand" }

    /// The routes of buckets, revisions, tags, differences and validations.
    package var routes: [Route] { bucketRoutes + revisionRoutes + tagRoutes + differenceRoutes + validationRoutes }

    /// Refuses a body whose `Content-Type` is not YAML, whatever the route (§1).
    ///
    /// - Throws: `DeckhandFailure`.
    package func admit(_ request: APIRequest) throws {
        guard ![.get, .delete, .head].contains(request.method), request.announcesBody else { return }
        guard let type = request.mediaType else {
            throw DeckhandFailure(.missingHeader, #"The "Content-Type" header is required."#)
        }
        guard type == Self.yamlType else {
            throw DeckhandFailure(
                .unsupportedMediaType,
                .string("Unexpected content type: \(type). Expected content types are: ['\(Self.yamlType)']."))
        }
    }

    package func decorate(_ response: inout APIResponse, for request: APIRequest) {
        response.set("X-Deckhand-Req", "req-\(request.requestID)")
        for name in ["X-Context-Marker", "X-End-User"] {
            if let value = request.header(name) { response.set(name, value) }
        }
    }

    /// The error in Deckhand's form (`docs/reference/deckhand.md` §2).
    package func response(to error: any Error, for request: APIRequest) -> APIResponse {
        DeckhandFailure(error).response(for: request)
    }

    package func errorForm(of route: Route) -> ErrorForm { DeckhandFailure.form }

    package var answerHeaders: [String] { ["X-Deckhand-Req"] }

    package var refusesMediaTypes: Bool { true }

    static let yamlType = "application/x-yaml"

    /// A route below `/api/v1.0` for clients, with or without a slash at the end.
    func route(
        _ method: HTTPRequest.Method, _ path: String, _ rule: String, bodyLimit: Int = 0,
        about operation: Operation, handler: @escaping Route.Handler
    ) -> Route {
        Route(
            method, "/api/v1.0" + path, policy: .rule("deckhand:" + rule), on: .clients, bodyLimit: bodyLimit,
            slashes: .trailing, about: operation, handler: handler)
    }
}

extension APIRequest {
    /// The revision that the path names.
    ///
    /// - Throws: `DocumentError.revisionMissing` for what is no number.
    func revision(_ parameter: String = "revision") throws -> Int {
        let text = self.parameter(parameter)
        guard let number = RevisionNumber.parse(text) else {
            throw DocumentError.revisionMissing(String(text.prefix(64)))
        }
        return number
    }
}
