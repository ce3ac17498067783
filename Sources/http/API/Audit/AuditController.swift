import Audit
import HTTPTypes
import OrderedCollections
import Primitives
import YAML

/// What clients have changed (`docs/api.md`).
package struct AuditController: Controller {
    /// Always `audit`.
    package let name = "audit"
    private let trail: AuditTrail

    package init(_ trail: AuditTrail) { self.trail = trail }

    package var routes: [Route] {
        [
            Route(
                .get, "/api/v1.0/audit", policy: .rule("boatyard:read_audit"), on: .clients,
                about: Operation(
                    "What clients have changed, the oldest first",
                    query: [AuditQuery.since, AuditQuery.until, AuditQuery.user, AuditQuery.after, AuditQuery.limit],
                    answers: .json(.list(AuditQuery.entry)))
            ) { [trail] request in
                var query = AuditTrail.Query(limit: try request.query[AuditQuery.limit] ?? 1000)
                query.since = try request.query[AuditQuery.since]?(trail.time)
                query.until = try request.query[AuditQuery.until]?(trail.time)
                query.user = try request.query[AuditQuery.user]
                query.after = try request.query[AuditQuery.after].map { Int64($0) }
                return .json(.array(try await trail.entries(query).map { .object($0.value) }))
            }
        ]
    }

    package func errorForm(of route: Route) -> ErrorForm { LocalFailure.form }

    package func decorate(_ response: inout APIResponse, for request: APIRequest) {}

    package func response(to error: any Error, for request: APIRequest) -> APIResponse {
        LocalFailure.response(to: error, for: request)
    }

    /// Writes what a request has changed, or should have changed, where it is one that changes something.
    ///
    /// Machines change much, too, by `node`: their timelines have it. Who cannot be told by name has changed nothing.
    package static func record(_ trail: AuditTrail) -> RequestObserver {
        { request, response in
            guard request.listener != .node, ![.get, .head, .options].contains(request.method),
                let caller = request.caller
            else { return }
            let query = request.query.items.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
            await trail.record(
                AuditEntry(
                    time: trail.time, request: "\(request.requestID)", listener: request.listener.rawValue,
                    peer: request.peer, user: caller.name, userID: caller.userID, method: request.method.rawValue,
                    path: query.isEmpty ? request.path : "\(request.path)?\(query)", subject: response.subject,
                    status: response.status.code, message: message(of: response),
                    marker: request.contextMarker))
        }
    }
}

extension AuditController {
    /// In bytes.
    private static let messageLimit = 64 << 10

    /// Why a request was refused or failed, in the words of the answer: an error of the daemon may have more in it than its client
    /// may know. Nil for one that could not be read: the answer may quote it, and it may hold secrets.
    private static func message(of response: APIResponse) -> String? {
        guard response.status.code >= 401, case .bytes(let bytes) = response.body, bytes.count <= messageLimit,
            let body = (try? Value(json: bytes)) ?? (try? YAML.load(bytes))?.first
        else { return nil }
        let texts = [body["message"], body["error"]?["message"], body["description"], body["title"]]
        let message = texts.lazy.compactMap { $0?.stringValue }.first
        let reason = body["reason"]?.stringValue.flatMap { $0.isEmpty || $0 == "Unspecified" ? nil : $0 }
        let parts = [message, reason].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: ": ")
    }
}

extension NumberedAuditEntry {
    /// As the API lists it.
    fileprivate var value: Value.Object {
        [
            "number": .int(Int(clamping: number)), "time": .string(entry.time.formatted(.iso)),
            "user": .string(entry.user), "user_id": Value(entry.userID), "peer": .string(entry.peer),
            "listener": .string(entry.listener), "method": .string(entry.method), "path": .string(entry.path),
            "subject": Value(entry.subject), "outcome": .string(entry.outcome), "status": .int(entry.status),
            "message": Value(entry.message), "request": .string(entry.request), "context_marker": Value(entry.marker),
        ]
    }
}
