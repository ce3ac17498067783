import HTTPTypes
import Identity
import Primitives

extension KeystoneController {
    var userRoutes: [Route] {
        [
            route(
                .get, "/users", "list_users",
                about: Operation(
                    "The users", query: [KeystoneQuery.name, KeystoneQuery.domain],
                    answers: .json(KeystoneSchemas.list("users", KeystoneSchemas.user)))
            ) { request in
                let users =
                    try Self.isOfDomain(request) ? try await service.users(name: request.query[KeystoneQuery.name]) : []
                return list("users", users.map { value($0, request) }, request)
            },
            route(
                .post, "/users", "create_user", bodyLimit: Self.bodyLimit,
                about: Operation(
                    "Makes a user", body: .json(KeystoneSchemas.newUser),
                    answers: .json(KeystoneSchemas.one("user", KeystoneSchemas.user), .created),
                    errors: [.notFound, .conflict])
            ) { request in
                let body = try Self.object("user", of: request, with: "grants")
                try Self.requireDomain(of: body)
                let grants = try Self.grants(body["grants"])
                if !grants.isEmpty { try request.require(Self.ruleName("create_grant")) }
                let user = try await service.createUser(
                    name: try Self.required("name", of: body),
                    password: Secret(try Self.required("password", of: body)),
                    isEnabled: try Self.flag("enabled", of: body) ?? true,
                    defaultProject: try Self.text("default_project_id", of: body), grants: grants)
                return .json(["user": value(user, request)], status: .created)
            },
            route(
                .get, "/users/{user_id}", "get_user",
                about: Operation("One user", answers: .json(KeystoneSchemas.one("user", KeystoneSchemas.user)))
            ) { request in
                .json(["user": value(try await service.user(.id(request.parameter("user_id"))), request)])
            },
            route(
                .patch, "/users/{user_id}", "update_user", bodyLimit: Self.bodyLimit,
                about: Operation(
                    "Changes a user", body: .json(KeystoneSchemas.changedUser),
                    answers: .json(KeystoneSchemas.one("user", KeystoneSchemas.user)), errors: [.conflict])
            ) { request in
                let body = try Self.object("user", of: request)
                try Self.requireDomain(of: body)
                let id = request.parameter("user_id")
                let user = try await service.updateUser(
                    id,
                    UserChange(
                        name: try Self.text("name", of: body), isEnabled: try Self.flag("enabled", of: body),
                        defaultProject: try Self.text("default_project_id", of: body),
                        password: try Self.text("password", of: body).map { Secret($0) }))
                return .json(["user": value(user, request)])
            },
            route(.delete, "/users/{user_id}", "delete_user", about: Operation("Removes a user", answers: .nothing)) {
                request in
                try await service.deleteUser(request.parameter("user_id"))
                return APIResponse(.noContent)
            },
            route(
                .post, "/users/{user_id}/password", "change_password", bodyLimit: Self.bodyLimit,
                about: Operation(
                    "Changes the password of a user who knows the present one", body: .json(KeystoneSchemas.password),
                    answers: .nothing, errors: [.tooManyRequests])
            ) { request in
                let body = try Self.object("user", of: request)
                try await service.changePassword(
                    of: request.parameter("user_id"),
                    from: Secret(try Self.required("original_password", of: body)),
                    to: Secret(try Self.required("password", of: body)), source: LoginSource.of(request))
                return APIResponse(.noContent)
            },
            route(
                .get, "/users/{user_id}/projects", "list_user_projects",
                about: Operation(
                    "The projects that a user has a role on",
                    answers: .json(KeystoneSchemas.list("projects", KeystoneSchemas.project)))
            ) { request in
                let user = try await service.user(.id(request.parameter("user_id")))
                let projects = try await service.projects(of: user.id)
                return list("projects", projects.map { value($0, request) }, request)
            },
        ]
    }

    /// Ours: roles that the user gets with its creation, `[{"role": "admin", "project": "service"}]` by name; without a
    /// project on the domain.
    private static func grants(_ value: Value?) throws -> [Grant] {
        guard let value, !value.isNull else { return [] }
        guard let items = value.arrayValue, items.count <= 100 else {
            throw IdentityError.invalid("Invalid input for field 'grants': it is no list of at most 100 objects.")
        }
        return try items.map {
            Grant(role: try required("role", of: $0), project: try text("project", of: $0))
        }
    }
}
