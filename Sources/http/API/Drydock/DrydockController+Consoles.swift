import Drydock
import HTTPTypes
import OrderedCollections
import Primitives

extension DrydockController {
    private static let path = "/api/v1.0/nodes/{hostname}/console"
    private static let contentType = "text/plain; charset=utf-8"
    /// A console may be quiet for hours: terminals ignore a NUL.
    private static let heartbeat = StreamedBody.Heartbeat([0], every: .seconds(15))
    /// How long a console stays open that nobody has begun to read.
    private static let unread = Duration.seconds(20)

    var consoleRoutes: [Route] {
        [
            Route(
                .get, Self.path, policy: .rule("boatyard:read_console"), on: .clients,
                about: Operation(
                    "What the machine has written to its serial console, or what it writes for as long as the client reads",
                    path: ["hostname": DrydockSchemas.consoleNode],
                    query: [
                        DrydockQuery.list, DrydockQuery.open, DrydockQuery.follow, DrydockQuery.boot, DrydockQuery.take,
                    ],
                    answers: Answer(
                        .ok,
                        content: [
                            DrydockSchemas.consoleText,
                            ("application/json", .object(["boots": .list(.object(["written": .time]))])),
                        ]), errors: [.conflict]), handler: console),
            Route(
                .post, Self.path, policy: .rule("boatyard:type_console"), on: .clients,
                bodyLimit: DrydockService.longestInput,
                about: Operation(
                    "Types at a machine whose console is open", path: ["hostname": DrydockSchemas.consoleNode],
                    query: [DrydockQuery.sendsBreak],
                    body: Operation.Body(
                        mediaType: "text/plain", schema: .keywords(["type": "string", "maxLength": 1024]),
                        about: "As it is typed", isRequired: false), answers: .nothing, errors: [.conflict])
            ) { request in
                let node = request.parameter("hostname")
                let committed = try await committedRevision()
                if try request.query[DrydockQuery.sendsBreak] ?? false {
                    try await service.sendConsoleBreak(node: node, committed: committed)
                } else {
                    try await service.typeAtConsole(node: node, request.body, committed: committed)
                }
                return APIResponse(.noContent)
            },
        ]
    }

    @Sendable private func console(_ request: APIRequest) async throws -> APIResponse {
        let node = request.parameter("hostname")
        let committed = try await committedRevision()
        if try request.query[DrydockQuery.list] ?? false {
            let written = try await service.consoleBoots(node: node, committed: committed)
            return .json(["boots": .array(written.map { ["written": .string($0.formatted(.iso))] })])
        }
        let opens = try request.query[DrydockQuery.open] ?? false
        guard try request.query[DrydockQuery.follow] ?? false || opens else {
            let boot = try request.query[DrydockQuery.boot] ?? 0
            return .bytes(
                try await service.consoleText(node: node, boot: boot, committed: committed),
                contentType: Self.contentType)
        }
        // Whoever gets no console is to hear that before the stream begins.
        try await service.requireFollowable(node: node, committed: committed)
        if opens {
            guard request.permits("boatyard:type_console") else {
                throw DrydockError(.forbidden, "To open a console takes the rule boatyard:type_console.")
            }
            try await service.openConsole(
                node: node, takesOver: try request.query[DrydockQuery.take] ?? false, committed: committed)
            Task {
                try? await Task.sleep(for: Self.unread)
                await service.closeConsole(node: node)
            }
        }
        let rules = opens ? ["boatyard:type_console"] : []
        let body = StreamedBody(heartbeat: Self.heartbeat) { sink in
            if opens { try await service.openConsole(node: node, takesOver: false, committed: committed) }
            do {
                try await request.whileLetIn(by: rules) {
                    try await service.followConsole(node: node, committed: committed) {
                        if !$0.isEmpty { try await sink($0) }
                    }
                }
            } catch is RequestError {
                // A whole end: the client comes back, and is told then.
            } catch {
                if opens { await service.closeConsole(node: node) }
                throw error
            }
            if opens { await service.closeConsole(node: node) }
        }
        return .stream(body, contentType: Self.contentType)
    }
}
