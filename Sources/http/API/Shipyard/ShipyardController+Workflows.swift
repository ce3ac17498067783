import HTTPTypes
import Primitives
import Shipyard

extension ShipyardController {
    var workflowRoutes: [Route] {
        let service = service
        return [
            Route(.get, "/api/v1.0/workflows", policy: Self.rule("list_workflows"), on: .clients) { request in
                .json(
                    try await service.workflows(
                        since: request.query["since"],
                        limit: try request.query.limit() ?? ShipyardService.defaultPage,
                        verbosity: try Verbosity(request).level))
            },
            Route(.get, "/api/v1.0/workflows/{id}", policy: Self.rule("get_workflow"), on: .clients) { request in
                .json(
                    try await service.workflow(
                        request.parameter("id"), verbosity: try Verbosity(request).level,
                        readsTasks: Self.readsTasks(request)))
            },
            Route(.get, "/api/v1.0/notedetails/{note}", policy: Self.rule("get_notedetails"), on: .clients) { request in
                let note = try await service.linkedNote(request.parameter("note"))
                switch note.subject {
                case .action: try request.require(Self.ruleName("get_action"))
                case .step: try request.require(Self.ruleName("get_action_step"))
                case .other: break
                }
                // Labelled as the original labels its plain text.
                return .text(try await service.details(of: note), contentType: "application/json")
            },
            Route(.get, "/api/v1.0/site_statuses", policy: Self.rule("get_site_statuses"), on: .clients) { request in
                // The reference's client asks for a verbosity with every request, the documented examples never do.
                .json(
                    try await service.siteStatuses(
                        filters: request.query["filters"],
                        spelling: request.query.contains("verbosity") ? .client : .documented))
            },
        ]
    }
}
