import HTTPTypes
import Primitives

/// The routes for administrators of the host, on the Unix socket alone.
package struct LocalController: Controller {
    /// Always `local`.
    package let name = "local"
    private let rotateMasterKey: @Sendable () async throws -> Int

    /// Makes the controller.
    ///
    /// - Parameter rotateMasterKey: replaces the master key, and returns the number of secrets that were sealed again.
    package init(rotateMasterKey: @escaping @Sendable () async throws -> Int) {
        self.rotateMasterKey = rotateMasterKey
    }

    /// The route that rotates the master key.
    package var routes: [Route] {
        [
            Route(
                .post, "/api/v1.0/master-key/rotate", policy: .rule("boatyard:rotate_master_key"), on: .admin
            ) { [rotateMasterKey] _ in
                .json(["secrets": .int(try await rotateMasterKey())])
            }
        ]
    }

    package func decorate(_ response: inout APIResponse, for request: APIRequest) {}

    /// The error as `{"message": "…"}`.
    package func response(to error: any Error, for request: APIRequest) -> APIResponse {
        switch error {
        case let requestError as RequestError: ShipyardFailure(requestError).response(for: request)
        case let error as any TypedError where error.kind.concernsState:
            Self.failure(.serviceUnavailable, "\(error)")
        case let error as BoatyardError: Self.failure(.internalServerError, error.message)
        default: Self.failure(.internalServerError, "The daemon's log says why.")
        }
    }

    private static func failure(_ status: HTTPResponse.Status, _ message: String) -> APIResponse {
        .json(["message": .string(message)], status: status)
    }
}
