import Drydock
import HTTPTypes
import OrderedCollections
import Primitives

/// Firmware and installer.
extension NodeController {
    var bootRoutes: [Route] {
        [
            Route(.get, "/ipxe/{mac}", policy: .open, on: .node) { request in
                guard let mac = MACAddress(request.parameter("mac")) else {
                    throw DrydockError(
                        .invalid, "A boot script is asked for by MAC address: /ipxe/52-54-00-00-00-11.")
                }
                return .text(
                    try await service.bootScript(mac: mac, peer: request.peer), contentType: "text/plain")
            },
            Route(.get, "/netboot/{file}", policy: .open, on: .node) { request in
                guard let path = service.installerFile(request.parameter("file")) else { throw RequestError.notFound }
                return .file(path, contentType: "application/octet-stream")
            },
        ]
    }

    var agentRoutes: [Route] {
        [
            Route(
                .post, "/agent/v1/inventory", policy: .nodeKey, on: .node, bodyLimit: 2 << 20, headCheck: requireToken
            ) {
                request in
                try await withToken(request) { token in
                    .json(try await service.inventory(token: token, Self.body(request)))
                }
            },
            Route(.get, "/agent/v1/plan", policy: .nodeKey, on: .node) { request in
                let wait = try request.query.int("wait", in: 0...60) ?? 0
                return try await withToken(request) { token in
                    var answer = try await request.hold(in: held, for: token) {
                        try await service.installPlan(token: token, wait: .seconds(wait))
                    }
                    if answer == nil { answer = try await service.installPlan(token: token, wait: .zero) }
                    switch answer {
                    case .plan(let plan): return .json(plan)
                    case .nothingYet, nil: return APIResponse(.noContent)
                    case .alreadyStarted:
                        throw DrydockError(.conflict, "The work of this plan has begun already.")
                    }
                }
            },
            Route(.post, "/agent/v1/events", policy: .nodeKey, on: .node, bodyLimit: 64 << 10, headCheck: requireToken)
            {
                request in
                try await withToken(request) { token in
                    .json(try await service.installEvent(token: token, Self.body(request)))
                }
            },
        ]
    }

    /// Nobody without a token that is good now makes us read a body.
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

    private static func body(_ request: APIRequest) throws -> Value {
        do {
            return try Value(json: request.body)
        } catch {
            throw DrydockError(.invalid, "The body is no JSON: \(error).")
        }
    }
}
