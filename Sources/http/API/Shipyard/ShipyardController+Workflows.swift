import HTTPTypes
import Primitives
import Shipyard

extension ShipyardController {
    var workflowRoutes: [Route] {
        let service = service
        return [
            Route(
                .get, "/api/v1.0/workflows", policy: Self.rule("list_workflows"), on: .clients,
                about: Operation(
                    "Runs of the last thirty days", query: [ShipyardQuery.since, ShipyardQuery.limit],
                    answers: .json(.list(ShipyardSchemas.workflow)))
            ) { request in
                .json(
                    try await service.workflows(
                        since: try request.query[ShipyardQuery.since],
                        limit: try request.query[ShipyardQuery.limit] ?? ShipyardService.defaultPage,
                        verbosity: try request.query[ShipyardQuery.verbosity]))
            },
            Route(
                .get, "/api/v1.0/workflows/{id}", policy: Self.rule("get_workflow"), on: .clients,
                about: Operation(
                    "One run, or one group of its steps", path: ["id": ShipyardSchemas.workflowID],
                    answers: .json(ShipyardSchemas.workflowDetails))
            ) { request in
                .json(
                    try await service.workflow(
                        request.parameter("id"), verbosity: try request.query[ShipyardQuery.verbosity],
                        readsTasks: Self.readsTasks(request)))
            },
            Route(
                .get, "/api/v1.0/notedetails/{note}", policy: Self.rule("get_notedetails"), on: .clients,
                about: Operation(
                    "What a note leads to, as text that is labelled as JSON", path: ["note": .ulid],
                    answers: Answer(.ok, content: ShipyardSchemas.mislabelled))
            ) { request in
                let note = try await service.linkedNote(request.parameter("note"))
                switch note.subject {
                case .action: try request.require(Self.ruleName("get_action"))
                case .step: try request.require(Self.ruleName("get_action_step"))
                case .other: break
                }
                // Labelled as the original labels its plain text.
                return .text(try await service.details(of: note), contentType: "application/json")
            },
            Route(
                .get, "/api/v1.0/site_statuses", policy: Self.rule("get_site_statuses"), on: .clients,
                about: Operation(
                    "Provisioning status and power of all nodes of the site", query: [ShipyardQuery.filters],
                    answers: .json(ShipyardSchemas.siteStatuses))
            ) { request in
                // The reference's client asks for a verbosity with every request, the documented examples never do.
                .json(
                    try await service.siteStatuses(
                        filters: try request.query[ShipyardQuery.filters],
                        spelling: request.query.contains("verbosity") ? .client : .documented))
            },
        ]
    }
}
