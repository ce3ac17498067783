import HTTPTypes
import Primitives
import Shipyard

extension ShipyardFace {
    var workflowRoutes: [Route] {
        let service = service
        return [
            Route(.get, "/api/v1.0/workflows", policy: Self.rule("list_workflows"), on: .clients) { request in
                .json(try await service.workflows(since: request.query["since"]))
            },
            Route(.get, "/api/v1.0/workflows/{id}", policy: Self.rule("get_workflow"), on: .clients) { request in
                .json(try await service.workflow(request.parameter("id")))
            },
            Route(.get, "/api/v1.0/site_statuses", policy: Self.rule("get_site_statuses"), on: .clients) { request in
                .json(try await service.siteStatuses(filters: request.query["filters"]))
            },
        ]
    }
}
