import Drydock
import HTTPTypes
import OrderedCollections
import Primitives

/// Firmware's script, and the installer's requests.
extension NodeController {
    var bootRoutes: [Route] {
        [
            Route(
                .get, "/ipxe/{mac}", policy: .open, on: .node,
                about: Operation(
                    "What firmware runs: a script for iPXE", path: ["mac": NodeSchemas.mac],
                    answers: Answer(.ok, content: [("text/plain", nil)]))
            ) { request in
                let mac = try Self.mac(
                    request.parameter("mac"),
                    "A boot script is asked for by the MAC address of an interface: /ipxe/52-54-00-00-00-11.")
                return .text(
                    try await service.bootScript(mac: mac, peer: request.peer), contentType: "text/plain")
            },
            Route(
                .get, "/agent/v1/boot", policy: .open, on: .node,
                about: Operation("What a machine boots", query: [NodeQuery.mac], answers: .json(.anyObject))
            ) { request in
                let mac = try Self.mac(
                    try request.query[NodeQuery.mac] ?? "",
                    "What a machine boots is asked for by the MAC address of an interface: "
                        + "/agent/v1/boot?mac=52-54-00-00-00-11.")
                return .json(try await service.boot(mac: mac, peer: request.peer).json)
            },
        ]
    }

    var agentRoutes: [Route] {
        [
            Route(
                .post, "/agent/v1/inventory", policy: .nodeKey, on: .node, bodyLimit: 2 << 20, headCheck: requireToken,
                about: Operation(
                    "Tells what the machine consists of, and learns who it is", body: .json(.anyObject),
                    answers: .json(.anyObject), errors: [.conflict])
            ) {
                request in
                try await withToken(request) { token in
                    let answer = try await service.inventory(
                        token: token, Self.body(request), peer: request.peer)
                    return Self.response(.json(answer), of: answer["node"]?.stringValue)
                }
            },
            Route(
                .post, "/agent/v1/operations", policy: .nodeKey, on: .node, bodyLimit: 64 << 10,
                headCheck: requireToken,
                about: Operation(
                    "Tells which operation of a plan has begun or ended", body: .json(.anyObject), answers: .nothing,
                    errors: [.conflict])
            ) {
                request in
                try await withToken(request) { token in
                    let node = try await service.role(token: token).node
                    try await service.installOperation(token: token, Self.body(request), peer: request.peer)
                    return Self.response(APIResponse(.noContent), of: node)
                }
            },
            Route(
                .post, "/agent/v1/test", policy: .nodeKey, on: .node, bodyLimit: 2 << 20, headCheck: requireToken,
                about: Operation(
                    "Tells what a test of the hardware has found", body: .json(.anyObject), answers: .json(.anyObject),
                    errors: [.conflict])
            ) {
                request in
                try await withToken(request) { token in
                    let node = try await service.role(token: token).node
                    return Self.response(
                        .json(try await service.hardwareReport(token: token, Self.body(request), peer: request.peer)),
                        of: node)
                }
            },
            Route(
                .get, "/agent/v1/plan", policy: .nodeKey, on: .node,
                about: Operation(
                    "The plan, once there is one", query: [NodeQuery.wait], answers: .json(.anyObject),
                    Answer(.noContent, "None yet", headers: [NodeSchemas.retryAfter]), errors: [.conflict])
            ) { request in
                let wait = try request.query[NodeQuery.wait] ?? 0
                return try await withToken(request) { try await plan(for: $0, wait: wait, request) }
            },
            Route(
                .post, "/agent/v1/events", policy: .nodeKey, on: .node, bodyLimit: 64 << 10,
                headCheck: requireReporter,
                about: Operation(
                    "Tells how the installation goes, and learns what to do next", body: .json(.anyObject),
                    answers: .json(.anyObject), errors: [.conflict])
            ) {
                request in
                try await withToken(request) { token in
                    // Before the report, which may void the token.
                    let node = try await service.role(token: token).node
                    return Self.response(
                        .json(try await service.installEvent(token: token, Self.body(request), peer: request.peer)),
                        of: node)
                }
            },
        ]
    }

    /// Holds the request of a recorded machine until there is a plan, as far as there are places, and says when to ask
    /// again.
    private func plan(for token: String, wait: Int, _ request: APIRequest) async throws -> APIResponse {
        let role = try await service.role(token: token)
        let held =
            wait == 0 || role == .unrecorded
            ? nil
            : try await request.hold(in: role.node == nil ? heldOthers : heldNodes, for: token) {
                try await service.installPlan(token: token, wait: .seconds(wait), peer: request.peer)
            }
        let answer =
            if let held { held } else {
                try await service.installPlan(token: token, wait: .zero, peer: request.peer)
            }
        switch answer {
        case .plan(let plan): return Self.response(.json(plan), of: role.node)
        case .nothingYet:
            let pause =
                switch (role, held != nil) {
                case (.node, true): Pause.heldNode
                case (.node, false), (.unknown, true): Pause.node
                case (.unknown, false), (.unrecorded, _): Pause.other
                }
            return Self.response(APIResponse(.noContent, headers: [.retryAfter: "\(pause)"]), of: role.node)
        case .alreadyStarted: throw DrydockError(.conflict, "The work of this plan has begun already.")
        }
    }

    /// A response to a machine whose secret was verified.
    ///
    /// - Parameter node: which node it is; nil for an unknown machine, which anybody can be.
    static func response(_ response: APIResponse, of node: String?) -> APIResponse {
        var response = response
        response.principal = node.map { .node($0) }
        return response
    }

    /// In seconds: when to ask for a plan again.
    private enum Pause {
        /// A node that has waited its time.
        static let heldNode = 1
        /// A node that could not wait, or an unknown machine that has waited.
        static let node = 5
        /// An unknown machine that could not wait, and one that is not recorded any more.
        static let other = 30
    }

    /// As `requireToken`. Whoever reports with a token that is over may be a system that an earlier installation has left.
    private var requireReporter: Route.HeadCheck {
        { request in
            _ = try await withToken(request) { token in
                try await service.requireReporter(token, peer: request.peer)
                return APIResponse(.ok)
            }
        }
    }

    /// Refuses a request without a valid boot token before its body is read.
    private var requireToken: Route.HeadCheck {
        { request in
            _ = try await withToken(request) { token in
                try await service.requireToken(token)
                return APIResponse(.ok)
            }
        }
    }

    /// Answers 401 for a token that is missing, unknown or void: the machine boots by PXE again.
    private func withToken(
        _ request: APIRequest, _ answer: (String) async throws -> APIResponse
    ) async throws -> APIResponse {
        let scheme = "bearer "
        guard let header = request.header("Authorization"), header.lowercased().hasPrefix(scheme) else {
            throw DrydockError(.unauthenticated, "A boot token is needed: Authorization: Bearer TOKEN.")
        }
        do {
            return try await answer(String(header.dropFirst(scheme.count)))
        } catch let error as DrydockError where error.kind == .forbidden {
            throw DrydockError(.unauthenticated, error.message)
        }
    }

    /// - Throws: `DrydockError` `.invalid` with `message`.
    private static func mac(_ text: String, _ message: String) throws -> MACAddress {
        guard let mac = MACAddress(text), mac.isOfInterface else { throw DrydockError(.invalid, message) }
        return mac
    }

    private static func body(_ request: APIRequest) throws -> Value {
        do {
            return try Value(uniqueJSON: request.body)
        } catch {
            throw DrydockError(.invalid, error.repetition ?? "The body is no JSON: \(error).")
        }
    }
}
