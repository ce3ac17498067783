import Drydock
import HTTPTypes
import Primitives

/// A revision of Deckhand as a design: its machines, and what it would change for them. Airship has nothing like it.
extension DrydockController {
    var designNodeRoutes: [Route] {
        [
            Route(
                .get, "/api/v1.0/designs/{revision}/nodes", policy: Self.rule("read_data"), on: .clients
            ) { request in
                .json(.array(try await service.designNodes(revision: Self.revision(request.parameter("revision")))))
            },
            Route(
                .get, "/api/v1.0/designs/{revision}/nodes/{name}", policy: Self.rule("read_data"), on: .clients
            ) { request in
                .json(
                    try await service.designNode(
                        revision: Self.revision(request.parameter("revision")), name: request.parameter("name")))
            },
            Route(
                .get, "/api/v1.0/designs/{revision}/plan", policy: Self.rule("read_data"), on: .clients
            ) { request in
                guard let before = request.query["from"], !before.isEmpty else {
                    throw DrydockError(
                        .invalid, "The parameter 'from' must name the revision to compare with.")
                }
                return .json(
                    try await service.designPlan(
                        from: Self.revision(before), to: Self.revision(request.parameter("revision"))))
            },
        ]
    }

    /// - Throws: `.missing` for what is no number of a revision.
    private static func revision(_ text: String) throws -> Int {
        guard let number = RevisionNumber.parse(text) else {
            throw DrydockError(.missing, "Revision \(text.prefix(64)) not found")
        }
        return number
    }
}
