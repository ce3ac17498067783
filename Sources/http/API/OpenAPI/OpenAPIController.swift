import HTTPTypes
import OrderedCollections
import Primitives

/// The document that describes the routes of all controllers, its own among them.
package struct OpenAPIController: Controller {
    /// Always `openapi`.
    package let name = "openapi"
    private let others: [any Controller]

    /// - Parameter others: all controllers but this one.
    package init(describing others: [any Controller]) { self.others = others }

    /// The one route, to which the document is the answer.
    package var routes: [Route] {
        [
            Route(
                .get, "/api/v1.0/openapi.json", policy: .rule("boatyard:read_openapi"), on: .clients,
                about: Operation(
                    "The OpenAPI document of the routes of a listener", query: [Self.listener],
                    answers: .json(.object(["openapi": .string, "info": .anyObject, "paths": .anyObject])))
            ) { request in
                let listener = try request.query[Self.listener] ?? request.listener
                return .json(OpenAPIDocument(of: others + [self], on: listener).value, style: .compact)
            }
        ]
    }

    private static let listener = QueryParameter<ListenerName?>(
        "listener", .choice(ListenerName.allCases.map(\.rawValue)),
        "Whose routes; by default those of the one that is asked"
    ) { query in
        guard let text = query["listener"] else { return nil }
        guard let listener = ListenerName(rawValue: text) else {
            throw RequestError.invalidParameter(
                "The \"listener\" parameter is invalid. The value must be admin, api or node.")
        }
        return listener
    }

    package func decorate(_ response: inout APIResponse, for request: APIRequest) {}

    /// The error in the form of the routes that no other API has.
    package func response(to error: any Error, for request: APIRequest) -> APIResponse {
        LocalFailure.response(to: error, for: request)
    }

    package func errorForm(of route: Route) -> ErrorForm { LocalFailure.form }
}
