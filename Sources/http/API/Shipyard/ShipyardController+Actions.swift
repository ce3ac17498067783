import HTTPTypes
import Primitives
import Shipyard
import SiteActions

extension ShipyardController {
    /// The parameters of an action are few and short.
    private static let actionLimit = 1 << 20

    var actionRoutes: [Route] { actionRoutesProper + stepRoutes }

    private var actionRoutesProper: [Route] {
        let service = service
        return [
            Route(
                .get, "/api/v1.0/actions", policy: Self.rule("list_actions"), on: .clients,
                about: Operation(
                    "The newest actions with their steps, the oldest of them first",
                    query: [ShipyardQuery.limit, ShipyardQuery.before],
                    answers: .json(.list(ShipyardSchemas.listedAction)))
            ) { request in
                .json(
                    try await service.listActions(
                        verbosity: try request.query[ShipyardQuery.verbosity],
                        limit: try request.query[ShipyardQuery.limit] ?? ShipyardService.defaultPage,
                        before: try request.query[ShipyardQuery.before]))
            },
            Route(
                .post, "/api/v1.0/actions", policy: Self.rule("create_action"), on: .clients,
                bodyLimit: Self.actionLimit,
                about: Operation(
                    "Starts an action", query: [ShipyardQuery.intermediateCommits],
                    body: .json(ShipyardSchemas.actionRequest),
                    answers: .json(ShipyardSchemas.newAction, .created, headers: [Answer.location]),
                    .json(
                        ShipyardFailure.schema, .badRequest,
                        "The request cannot be read, nothing is committed, or the committed design has no such node"),
                    .json(
                        ShipyardSchemas.refusedAction, .conflict,
                        "A check stopped the action, or another one is running"))
            ) { request in
                let action = try ActionRequest(body: request.body, mediaType: request.mediaType)
                try request.require(action.kind.policy)
                let allows = try request.query[ShipyardQuery.intermediateCommits]
                let entity = try await service.createAction(
                    action, allowsIntermediateCommits: allows, caller: Self.caller(of: request))
                var response = APIResponse.json(entity, status: .created)
                response.headers[.location] = request.absolute(
                    "/api/v1.0/actions/\(entity["id"]?.stringValue ?? "")")
                response.subject = "\(action.kind.rawValue) \(entity["id"]?.stringValue ?? "")"
                return response
            },
            Route(
                .get, "/api/v1.0/actions/{id}", policy: Self.rule("get_action"), on: .clients,
                about: Operation(
                    "One action with its steps, notes, validations and commands", path: ["id": .ulid],
                    query: [ShipyardQuery.wait], answers: .json(ShipyardSchemas.action))
            ) { request in
                let id = request.parameter("id")
                try await request.wait(in: held) { try await service.awaitEnd(of: id, seconds: $0) }
                return .json(
                    try await service.action(
                        id, verbosity: try request.query[ShipyardQuery.verbosity], readsTasks: Self.readsTasks(request))
                )
            },
            Route(
                .get, "/api/v1.0/actions/{id}/validations/{validation}", policy: Self.rule("get_action_validation"),
                on: .clients,
                about: Operation(
                    "One validation of an action", path: ["id": .ulid, "validation": .ulid], answers: .json(.anyObject))
            ) { request in
                .json(try await service.validation(request.parameter("validation"), of: request.parameter("id")))
            },
            Route(
                .post, "/api/v1.0/actions/{id}/control/{verb}", policy: Self.rule("invoke_action_control"),
                on: .clients,
                about: Operation(
                    "Pauses, continues, stops or retries an action",
                    path: ["id": .ulid, "verb": .choice(["pause", "unpause", "stop", "retry"])],
                    answers: Answer(.accepted, content: ShipyardSchemas.mislabelled), errors: [.conflict])
            ) { request in
                try await service.control(
                    request.parameter("verb"), of: request.parameter("id"), caller: Self.caller(of: request))
                return .bytes([], status: .accepted, contentType: "application/json")
            },
        ]
    }

    private var stepRoutes: [Route] {
        let service = service
        return [
            Route(
                .get, "/api/v1.0/actions/{id}/steps/{step}", policy: Self.rule("get_action_step"), on: .clients,
                about: Operation(
                    "One step of an action", path: ["id": .ulid], query: [ShipyardQuery.wait],
                    answers: .json(ShipyardSchemas.stepDetails))
            ) { request in
                let (step, id) = (request.parameter("step"), request.parameter("id"))
                try await request.wait(in: held) { try await service.awaitEnd(of: step, action: id, seconds: $0) }
                return .json(
                    try await service.step(
                        step, of: id, verbosity: try request.query[ShipyardQuery.verbosity],
                        readsTasks: Self.readsTasks(request)))
            },
            Route(
                .get, "/api/v1.0/actions/{id}/steps/{step}/logs", policy: Self.rule("get_action_step_logs"),
                on: .clients,
                about: Operation(
                    "The log of a try of a step, as text that is labelled as JSON", path: ["id": .ulid],
                    query: [ShipyardQuery.tryNumber], answers: Answer(.ok, content: ShipyardSchemas.mislabelled))
            ) { request in
                let path = try await service.stepLog(
                    request.parameter("step"), of: request.parameter("id"),
                    tryNumber: try request.query[ShipyardQuery.tryNumber])
                // Labelled as the original labels its plain text.
                return .file(path, contentType: "application/json")
            },
        ]
    }

    /// The id that a list ends before; nil where it is not given.
    static func before(_ query: QueryItems) throws -> String? {
        guard let text = query["before"] else { return nil }
        guard let id = ULID(text.uppercased()) else {
            throw RequestError.invalidParameter(
                "The \"before\" parameter is invalid. The value must be the id of an action.")
        }
        return id.description
    }

    static func caller(of request: APIRequest) -> ShipyardCaller {
        ShipyardCaller(
            name: request.caller?.name ?? "", requestID: request.requestID.description,
            contextMarker: request.contextMarker)
    }

    /// Whether the caller may know of Drydock's tasks.
    static func readsTasks(_ request: APIRequest) -> Bool {
        request.permits(DrydockController.ruleName("read_task"))
    }
}
