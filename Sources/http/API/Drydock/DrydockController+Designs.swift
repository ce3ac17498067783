import Drydock
import HTTPTypes
import OrderedCollections
import Primitives
import SiteDesign

extension DrydockController {
    var designRoutes: [Route] {
        [
            Route(
                .post, "/api/v1.0/validatedesign", policy: Self.rule("validate_site_design"), on: .clients,
                bodyLimit: 1 << 20,
                about: Operation(
                    "Validates a design", body: .json(.object(["href": DrydockSchemas.reference])),
                    answers: .json(DrydockSchemas.status),
                    .json(DrydockSchemas.status, .badRequest, "The design is not valid"),
                    errors: [.notFound, .conflict]), handler: validateDesign)
        ]
    }

    @Sendable private func validateDesign(_ request: APIRequest) async throws -> APIResponse {
        func refuse(_ message: String) -> DrydockError { DrydockError(.invalid, message) }
        guard !request.body.isEmpty else { throw refuse("Request body must not be empty for validation.") }
        guard request.mediaType == "application/json" else { throw refuse("Requires application/json payload") }
        let body: Value
        do {
            body = try Value(json: request.body)
        } catch {
            throw refuse("\(request.path): Invalid JSON in body: \(error)")
        }
        guard let reference = body["href"]?.stringValue else {
            throw refuse("The \"href\" key must be provided in the request body.")
        }
        let status = try await service.validateDesign(reference)
        return .json(status.body, status: status.httpStatus)
    }

    var healthRoutes: [Route] {
        [
            Route(
                .get, "/api/v1.0/health/extended", policy: Self.rule("health_data"), on: .clients,
                about: Operation(
                    "What is wrong with the service", answers: .json(DrydockSchemas.status),
                    .json(DrydockSchemas.status, .serviceUnavailable))
            ) { _ in
                let problems = await service.healthProblems()
                let messages: [Value] = problems.map {
                    ["message": .string($0), "error": true, "kind": "SimpleMessage"]
                }
                let isHealthy = problems.isEmpty
                return .json(
                    [
                        "kind": "Status", "apiVersion": "v1.0", "metadata": [:],
                        "status": isHealthy ? "Success" : "Failure",
                        "message": isHealthy ? "" : "DryDock failed to respond", "reason": "HealthCheck",
                        "details": ["errorCount": .int(problems.count), "messageList": .array(messages)],
                        "code": isHealthy ? 200 : 503,
                    ], status: isHealthy ? .ok : .serviceUnavailable)
            }
        ]
    }
}
