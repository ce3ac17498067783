import Drydock
import HTTPTypes
import Primitives

/// A revision of Deckhand as a design: its machines, and what it would change for them. Airship has nothing like it.
extension DrydockController {
    var designNodeRoutes: [Route] {
        [
            Route(
                .get, "/api/v1.0/designs/{revision}/nodes", policy: Self.rule("read_data"), on: .clients,
                about: Operation(
                    "The effective nodes of a revision", path: ["revision": DeckhandSchemas.number],
                    answers: .json(.list(.object(["name": .string]))), errors: [.conflict])
            ) { request in
                .json(.array(try await service.designNodes(revision: Self.revision(request.parameter("revision")))))
            },
            Route(
                .get, "/api/v1.0/designs/{revision}/nodes/{name}", policy: Self.rule("read_data"), on: .clients,
                about: Operation(
                    "One effective node of a revision", path: ["revision": DeckhandSchemas.number],
                    answers: .json(.object(["name": .string])), errors: [.conflict])
            ) { request in
                .json(
                    try await service.designNode(
                        revision: Self.revision(request.parameter("revision")), name: request.parameter("name")))
            },
            Route(
                .get, "/api/v1.0/designs/{revision}/plan", policy: Self.rule("read_data"), on: .clients,
                about: Operation(
                    "What a revision means for each machine that is at another one",
                    path: ["revision": DeckhandSchemas.number], query: [DrydockQuery.from],
                    answers: .json(DrydockSchemas.plan), errors: [.conflict])
            ) { request in
                guard let before = try request.query[DrydockQuery.from], !before.isEmpty else {
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
