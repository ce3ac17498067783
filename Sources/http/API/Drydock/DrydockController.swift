import Drydock
import HTTPTypes
import OrderedCollections
import Primitives

/// The routes of Drydock's API (`docs/reference/drydock.md` §1 to §3).
///
/// `/versions` and `/api/v1.0/health` are routes of `ShipyardController`.
package struct DrydockController: Controller {
    /// Always `drydock`.
    package let name = "drydock"
    let service: DrydockService
    /// The revision that is committed; nil where none is.
    let committedRevision: @Sendable () async throws -> Int?
    let held = HeldRequests.forClients()

    /// - Parameter committedRevision: the revision that nodes should have been installed with; nil where none is committed.
    package init(
        service: DrydockService, committedRevision: @escaping @Sendable () async throws -> Int? = { nil }
    ) {
        self.service = service
        self.committedRevision = committedRevision
    }

    /// The routes of tasks, nodes, timelines, consoles, designs, installers, images and health.
    package var routes: [Route] {
        taskRoutes + nodeRoutes + bmcRoutes + consoleRoutes + timelineRoutes + designRoutes + designNodeRoutes
            + netbootRoutes + healthRoutes
    }

    static func rule(_ name: String) -> Policy { .rule(ruleName(name)) }

    static func ruleName(_ name: String) -> String { "physical_provisioner:\(name)" }

    package func decorate(_ response: inout APIResponse, for request: APIRequest) {
        response.set("x-drydock-req", request.requestID.description)
    }

    package func errorForm(of route: Route) -> ErrorForm { DrydockFailure.form }

    package var answerHeaders: [String] { ["x-drydock-req"] }

    /// The error in Drydock's form (`docs/reference/drydock.md` §1).
    package func response(to error: any Error, for request: APIRequest) -> APIResponse {
        DrydockFailure.response(to: error)
    }
}

extension APIRequest {
    /// The body of a request that is Boatyard's own: of what the protocols of others say, the last of two members counts, as
    /// there, and members that nobody knows are passed over.
    ///
    /// - Parameter schema: the object that it has to be, with the members that it may have.
    /// - Returns: nil where it is no JSON.
    /// - Throws: `RequestError` `.unsupportedMediaType` for another type than JSON; `DrydockError` `.invalid` where a member is given
    ///   twice, or is not known, which it names.
    func ownBody(_ schema: Schema) throws -> Value? {
        guard [nil, "application/json"].contains(mediaType) else {
            throw RequestError.unsupportedMediaType(wanted: "application/json")
        }
        let value: Value
        do {
            value = try Value(uniqueJSON: body)
        } catch {
            guard let repetition = error.repetition else { return nil }
            throw DrydockError(.invalid, repetition)
        }
        let members = schema.memberNames
        let unknown = (value.objectValue?.keys.filter { !members.contains($0) } ?? []).map(Self.quoted)
        guard unknown.isEmpty else {
            let more = unknown.count > 5 ? " and \(unknown.count - 5) more" : ""
            throw DrydockError(
                .invalid,
                "The body has \(unknown.prefix(5).joined(separator: ", "))\(more), which this path does not know: it takes "
                    + "\(members.map(Self.quoted).joined(separator: ", ")).")
        }
        return value
    }

    private static func quoted(_ name: String) -> String { Value.string(String(name.prefix(100))).json(.compact) }
}
