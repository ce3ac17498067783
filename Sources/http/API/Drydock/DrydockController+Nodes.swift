import Drydock
import HTTPTypes
import OrderedCollections
import Primitives

extension DrydockController {
    var nodeRoutes: [Route] {
        [
            Route(
                .get, "/api/v1.0/nodes", policy: Self.rule("read_data"), on: .clients,
                about: Operation(
                    "The machines that are known, with what is known of them",
                    query: [DrydockQuery.unknown, DrydockQuery.designed],
                    answers: .json(
                        .either([
                            .list(DrydockSchemas.machine), .list(DrydockSchemas.node),
                            .list(DrydockSchemas.unknownMachine),
                        ])))
            ) { request in
                if try request.query[DrydockQuery.unknown] ?? false {
                    return .json(
                        .array(
                            try await service.unknownMachines(committed: committedRevision()).map { .object($0.value) })
                    )
                }
                guard try request.query[DrydockQuery.designed] ?? false else {
                    return .json(
                        .array(try await service.nodes(committed: committedRevision()).map { .object($0.value) }))
                }
                let nodes = try await service.nodeOverview(committed: committedRevision())
                return .json(.array(nodes.map { .object($0.value) }))
            },
            Route(
                .get, "/api/v1.0/nodes/{hostname}", policy: Self.rule("read_data"), on: .clients,
                about: Operation(
                    "One node, with its problem, what it waits for, revisions and drift",
                    answers: .json(DrydockSchemas.node))
            ) { request in
                let name = request.parameter("hostname")
                let nodes = try await service.nodeOverview(committed: committedRevision())
                guard let node = nodes.first(where: { $0.status.hostname == name }) else {
                    throw DrydockError(.missing, "There is no node '\(name)': boatyard get nodes lists them.")
                }
                return .json(.object(node.value))
            },
            Route(
                .delete, "/api/v1.0/nodes/{hostname}", policy: .rule("boatyard:remove_unknown_machines"), on: .clients,
                about: Operation(
                    "Removes the record of a node that no document names any more",
                    answers: .json(.object(["node": .string, "removed": .integer, "message": .string])),
                    errors: [.conflict])
            ) { request in
                let name = request.parameter("hostname")
                let message = try await service.removeNode(name, committed: committedRevision())
                return .json(["node": .string(name), "removed": 1, "message": .string(message)])
            },
            Route(
                .post, "/api/v1.0/nodes/{hostname}/claim", policy: .rule("boatyard:claim_node"), on: .clients,
                bodyLimit: 4 << 10,
                about: Operation(
                    "Settles which machine the node is",
                    body: .json(DrydockSchemas.claimRequest),
                    answers: .json(.object(["node": .string, "mac": .string, "former": .string.orNull])),
                    errors: [.conflict, .unsupportedMediaType]), handler: claim),
            Route(
                .post, "/api/v1.0/nodes/{hostname}/rescue", policy: .rule("boatyard:rescue_node"), on: .clients,
                about: Operation(
                    "Marks the machine for rescue and boots it from the network", query: [DrydockQuery.power],
                    answers: .json(DrydockSchemas.rescue), errors: [.conflict])
            ) { request in
                let power = try request.query[DrydockQuery.power] ?? true
                return .json(
                    try await service.beginRescue(
                        node: request.parameter("hostname"), power: power, committed: committedRevision()
                    ).value)
            },
            Route(
                .delete, "/api/v1.0/nodes/{hostname}/rescue", policy: .rule("boatyard:rescue_node"), on: .clients,
                about: Operation(
                    "Ends the rescue and boots the machine from its disk", query: [DrydockQuery.power],
                    answers: .json(DrydockSchemas.rescue), errors: [.conflict])
            ) { request in
                let power = try request.query[DrydockQuery.power] ?? true
                return .json(
                    try await service.endRescue(
                        node: request.parameter("hostname"), power: power, committed: committedRevision()
                    ).value)
            },
            Route(
                .post, "/api/v1.0/nodes/{hostname}/test", policy: .rule("boatyard:test_node"), on: .clients,
                about: Operation(
                    "Marks the machine for a test of its hardware and boots it from the network",
                    query: [DrydockQuery.power, DrydockQuery.full], answers: .json(DrydockSchemas.testOrder),
                    errors: [.conflict])
            ) { request in
                let power = try request.query[DrydockQuery.power] ?? true
                let isFull = try request.query[DrydockQuery.full] ?? false
                return .json(
                    try await service.beginTest(
                        node: request.parameter("hostname"), isFull: isFull, power: power,
                        committed: committedRevision()
                    ).value)
            },
            Route(
                .delete, "/api/v1.0/nodes/{hostname}/test", policy: .rule("boatyard:test_node"), on: .clients,
                about: Operation(
                    "Ends a test, and boots the machine as before", query: [DrydockQuery.power],
                    answers: .json(DrydockSchemas.testOrder), errors: [.conflict])
            ) { request in
                let power = try request.query[DrydockQuery.power] ?? true
                return .json(
                    try await service.endTest(
                        node: request.parameter("hostname"), power: power, committed: committedRevision()
                    ).value)
            },
            Route(
                .get, "/api/v1.0/nodes/{hostname}/test", policy: Self.rule("read_build_data"), on: .clients,
                about: Operation(
                    "The newest test with its findings", query: [ShipyardQuery.wait],
                    answers: .json(DrydockSchemas.test)),
                handler: readTest),
            Route(
                .post, "/api/v1.0/nodes/{hostname}/ack", policy: .rule("boatyard:acknowledge_node"), on: .clients,
                about: Operation(
                    "An operator has done by hand what a node waits for",
                    answers: .json(.object(["node": .string, "done": .string])), errors: [.conflict])
            ) { request in
                let name = request.parameter("hostname")
                let done = try await service.acknowledge(node: name, committed: committedRevision())
                return .json(["node": .string(name), "done": .string(done)])
            },
            Route(
                .delete, "/api/v1.0/unknown-machines", policy: .rule("boatyard:remove_unknown_machines"), on: .clients,
                about: Operation("Forgets the machines that no document names", answers: .json(DrydockSchemas.removed))
            ) { _ in
                .json(["removed": .int(try await service.removeUnknownMachines(committed: committedRevision()))])
            },
            Route(
                .delete, "/api/v1.0/unknown-machines/{id}", policy: .rule("boatyard:remove_unknown_machines"),
                on: .clients,
                about: Operation("Forgets a machine that no document names", answers: .json(DrydockSchemas.removed))
            ) { request in
                guard let id = ULID(request.parameter("id").uppercased()),
                    try await service.removeUnknownMachines(id, committed: committedRevision()) > 0
                else {
                    throw DrydockError(
                        .missing,
                        "There is no unknown machine of this id: boatyard get nodes lists them, with their MAC addresses."
                    )
                }
                return .json(["removed": 1])
            },
            Route(
                .get, "/api/v1.0/nodes/{hostname}/builddata", policy: Self.rule("read_build_data"), on: .clients,
                about: Operation(
                    "Build data of a node", query: [DrydockQuery.latest],
                    answers: .json(.list(DrydockSchemas.buildData)))
            ) { request in
                let records = try await service.buildData(
                    node: request.parameter("hostname"),
                    latest: try request.query[DrydockQuery.latest]?.lowercased() == "true")
                guard !records.isEmpty else {
                    throw DrydockError(.missing, "No build data found")
                }
                return .json(.array(records))
            },
            Route(
                .post, "/api/v1.0/nodefilter", policy: Self.rule("read_data"), on: .clients, bodyLimit: 4 << 20,
                about: Operation(
                    "Names of the nodes that a filter picks from a design", body: .json(DrydockSchemas.filterRequest),
                    answers: .json(.list(.string)), errors: [.notFound, .conflict]),
                handler: filterNodes),
        ]
    }

    @Sendable private func readTest(_ request: APIRequest) async throws -> APIResponse {
        let node = request.parameter("hostname")
        _ = try await service.hardwareTest(node: node, within: 0)
        try await request.wait(in: held) { seconds in
            _ = try await service.hardwareTest(node: node, within: seconds)
        }
        return .json(.object(try await service.hardwareTest(node: node, within: 0).value(of: node)))
    }

    @Sendable private func claim(_ request: APIRequest) async throws -> APIResponse {
        let body = try request.ownBody(DrydockSchemas.claimRequest)
        guard let mac = body?["mac"]?.stringValue.flatMap({ MACAddress($0) }),
            mac.isOfInterface, let isForced = (body?["force"] ?? false).boolValue
        else {
            throw DrydockError(
                .invalid, "The body must be {\"mac\": \"52:54:00:00:00:11\"}, with \"force\": true where that is meant."
            )
        }
        let node = request.parameter("hostname")
        let former = try await service.claim(node: node, mac: mac, isForced: isForced)
        return .json([
            "node": .string(node), "mac": .string(mac.description), "former": Value(former?.description),
        ])
    }

    @Sendable private func filterNodes(_ request: APIRequest) async throws -> APIResponse {
        guard case .object(let body)? = try? Value(json: request.body) else {
            throw DrydockError(.invalid, "The body must be a JSON object.")
        }
        let design = try Self.design(of: body)
        let names = try await service.nodeNames(design: design, filter: body["node_filter"] ?? .null)
        return .json(Value(names))
    }
}
