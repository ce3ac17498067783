import Drydock
import HTTPTypes
import OrderedCollections
import Primitives

/// Boot data and signals of boot actions (`docs/reference/drydock.md` §15), under the paths of Drydock's document and
/// of its code.
extension NodeController {
    var bootActionRoutes: [Route] {
        ["/api/v1.0/bootdata/{hostname}/", "/api/v1.0/bootactions/nodes/{hostname}/"].flatMap { prefix in
            [archiveRoute(prefix, .files), archiveRoute(prefix, .units)]
        } + ["/api/v1.0/bootaction/{action_id}", "/api/v1.0/bootactions/{action_id}"].map(signalRoute)
    }

    private func archiveRoute(_ prefix: String, _ kind: BootDataKind) -> Route {
        Route(
            .get, prefix + kind.rawValue, policy: .nodeKey, on: .node,
            about: Operation(
                "The files or units of the boot actions of a node", headers: [DeckhandSchemas.knownTag],
                answers: Answer(.ok, content: [("application/gzip", nil)]), DeckhandSchemas.unchanged,
                errors: [.conflict])
        ) { request in
            let node = request.parameter("hostname")
            let archive = try await service.bootData.archive(
                node: node, kind: kind, key: key(of: request), peer: request.peer)
            return Self.response(Self.response(to: request, archive), of: node)
        }
    }

    private static let keyHeader = HTTPField.Name("X-Bootaction-Key")

    private func key(of request: APIRequest) -> String? { Self.keyHeader.flatMap { request.header($0) } }

    private static func response(to request: APIRequest, _ archive: BootDataArchive) -> APIResponse {
        let tag = "\"\(archive.digest)\""
        if let status = request.unmetCondition(for: tag) { return APIResponse(status, headers: [.eTag: tag]) }
        var response = APIResponse(
            .ok,
            headers: [
                .contentType: "application/gzip", .eTag: tag,
                .contentDisposition: "attachment; filename=\"\(archive.fileName)\"",
            ])
        switch archive.contents {
        case .whole(let bytes): response.body = .bytes(bytes)
        case .pieces(let length, let piece): response.body = .pieces(.init(length: length, piece: piece))
        }
        return response
    }

    /// `baclient` writes a slash at the end, and two before the action's name.
    private func signalRoute(_ path: String) -> Route {
        Route(
            .post, path, policy: .nodeKey, on: .node, bodyLimit: 1 << 20, slashes: .any,
            headCheck: { request in
                try await service.requireKey(
                    action: request.parameter("action_id"), key: key(of: request))
            },
            about: Operation(
                "Takes the signal of a boot action", body: .json(.anyObject), answers: .json(.anyObject),
                errors: [.conflict])
        ) { request in
            let answer = try await service.signal(
                action: request.parameter("action_id"), key: key(of: request), body: request.body,
                peer: request.peer)
            return Self.response(.json(answer), of: answer["node_name"]?.stringValue)
        }
    }
}
