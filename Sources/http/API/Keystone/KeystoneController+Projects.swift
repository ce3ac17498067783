import HTTPTypes
import Identity
import Primitives

extension KeystoneController {
    var projectRoutes: [Route] {
        [
            route(
                .get, "/auth/projects", "get_auth_projects",
                about: Operation(
                    "The projects that the caller has a role on",
                    answers: .json(KeystoneSchemas.list("projects", KeystoneSchemas.project)))
            ) { request in
                // An administrator of the host has no user, and may be whoever.
                let projects = try await service.projects(of: request.caller?.userID)
                return list("projects", projects.map { value($0, request) }, request)
            },
            route(
                .get, "/projects", "list_projects",
                about: Operation(
                    "The projects", query: [KeystoneQuery.name, KeystoneQuery.domain],
                    answers: .json(KeystoneSchemas.list("projects", KeystoneSchemas.project)))
            ) { request in
                let projects =
                    try Self.isOfDomain(request)
                    ? try await service.projects(name: request.query[KeystoneQuery.name]) : []
                return list("projects", projects.map { value($0, request) }, request)
            },
            route(
                .post, "/projects", "create_project", bodyLimit: Self.bodyLimit,
                about: Operation(
                    "Makes a project", body: .json(KeystoneSchemas.newProject),
                    answers: .json(KeystoneSchemas.one("project", KeystoneSchemas.project), .created),
                    errors: [.notFound, .conflict])
            ) { request in
                let body = try Self.object("project", of: request)
                try Self.requireDomain(of: body)
                let project = try await service.createProject(
                    name: try Self.required("name", of: body),
                    description: try Self.text("description", of: body) ?? "",
                    isEnabled: try Self.flag("enabled", of: body) ?? true)
                return .json(["project": value(project, request)], status: .created)
            },
            route(
                .get, "/projects/{project_id}", "get_project",
                about: Operation("One project", answers: .json(KeystoneSchemas.one("project", KeystoneSchemas.project)))
            ) { request in
                .json(["project": value(try await service.project(.id(request.parameter("project_id"))), request)])
            },
            route(
                .patch, "/projects/{project_id}", "update_project", bodyLimit: Self.bodyLimit,
                about: Operation(
                    "Changes a project", body: .json(KeystoneSchemas.changedProject),
                    answers: .json(KeystoneSchemas.one("project", KeystoneSchemas.project)), errors: [.conflict])
            ) { request in
                let body = try Self.object("project", of: request)
                try Self.requireDomain(of: body)
                let project = try await service.updateProject(
                    request.parameter("project_id"), name: try Self.text("name", of: body),
                    description: try Self.text("description", of: body), isEnabled: try Self.flag("enabled", of: body))
                return .json(["project": value(project, request)])
            },
            route(
                .delete, "/projects/{project_id}", "delete_project",
                about: Operation("Removes a project", answers: .nothing)
            ) { request in
                try await service.deleteProject(request.parameter("project_id"))
                return APIResponse(.noContent)
            },
        ]
    }
}
