import HTTPTypes
import Identity
import Primitives

extension KeystoneController {
    var roleRoutes: [Route] {
        [
            route(
                .get, "/roles", "list_roles",
                about: Operation(
                    "The roles", query: [KeystoneQuery.name],
                    answers: .json(KeystoneSchemas.list("roles", KeystoneSchemas.role)))
            ) { request in
                let roles = try await service.roles(name: request.query[KeystoneQuery.name])
                return list("roles", roles.map { value($0, request) }, request)
            },
            route(
                .post, "/roles", "create_role", bodyLimit: Self.bodyLimit,
                about: Operation(
                    "Makes a role", body: .json(KeystoneSchemas.newRole),
                    answers: .json(KeystoneSchemas.one("role", KeystoneSchemas.role), .created), errors: [.conflict])
            ) { request in
                let body = try Self.object("role", of: request)
                guard try Self.text("domain_id", of: body) == nil else {
                    throw IdentityError.invalid("Invalid input: roles belong to no domain here.")
                }
                let role = try await service.createRole(name: try Self.required("name", of: body))
                return .json(["role": value(role, request)], status: .created)
            },
            route(
                .get, "/roles/{role_id}", "get_role",
                about: Operation("One role", answers: .json(KeystoneSchemas.one("role", KeystoneSchemas.role)))
            ) { request in
                .json(["role": value(try await service.role(.id(request.parameter("role_id"))), request)])
            },
            route(.delete, "/roles/{role_id}", "delete_role", about: Operation("Removes a role", answers: .nothing)) {
                request in
                try await service.deleteRole(request.parameter("role_id"))
                return APIResponse(.noContent)
            },
            route(
                .get, "/role_assignments", "list_role_assignments",
                about: Operation(
                    "Who has which role where",
                    query: [
                        KeystoneQuery.user, KeystoneQuery.group, KeystoneQuery.role, KeystoneQuery.onProject,
                        KeystoneQuery.onDomain, KeystoneQuery.onSystem, KeystoneQuery.inherited,
                        KeystoneQuery.includeNames,
                    ], answers: .json(KeystoneSchemas.list("role_assignments", KeystoneSchemas.assignment))),
                handler: listAssignments),
        ] + grantRoutes("/projects/{project_id}") + grantRoutes("/domains/{domain_id}")
    }

    /// Roles of a user on a project or on the domain.
    private func grantRoutes(_ target: String) -> [Route] {
        let roles = target + "/users/{user_id}/roles"
        return [
            route(
                .get, roles, "list_grants",
                about: Operation(
                    "The roles of a user there", answers: .json(KeystoneSchemas.list("roles", KeystoneSchemas.role)))
            ) { request in
                let grants = try await service.grants(of: request.parameter("user_id"), on: try Self.target(request))
                return list("roles", grants.map { value($0, request) }, request)
            },
            route(.put, roles + "/{role_id}", "create_grant", about: Operation("Gives a role", answers: .nothing)) {
                request in
                try await service.grant(
                    request.parameter("role_id"), to: request.parameter("user_id"), on: try Self.target(request))
                return APIResponse(.noContent)
            },
            route(
                .head, roles + "/{role_id}", "check_grant",
                about: Operation("Whether the user has the role", answers: .nothing)
            ) { request in
                let grants = try await service.grants(of: request.parameter("user_id"), on: try Self.target(request))
                guard grants.contains(where: { $0.id == request.parameter("role_id") }) else {
                    throw IdentityError.missing("role assignment")
                }
                return APIResponse(.noContent)
            },
            route(
                .delete, roles + "/{role_id}", "revoke_grant", about: Operation("Takes a role away", answers: .nothing)
            ) { request in
                try await service.revoke(
                    request.parameter("role_id"), from: request.parameter("user_id"), on: try Self.target(request))
                return APIResponse(.noContent)
            },
        ]
    }

    /// The project of the path; nil for the domain.
    private static func target(_ request: APIRequest) throws -> String? {
        if let project = request.parameters["project_id"] { return project }
        guard request.parameter("domain_id") == Domain.id else { throw IdentityError.missing("domain") }
        return nil
    }
}
