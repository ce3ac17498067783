import HTTPTypes
import Identity
import OrderedCollections
import Primitives

extension KeystoneController {
    /// What `openstack role assignment list` asks for. There are no groups, no inheritance and no system here, so nobody
    /// has a role by way of those.
    @Sendable func listAssignments(_ request: APIRequest) async throws -> APIResponse {
        let query = request.query
        let (project, domain) = try (query[KeystoneQuery.onProject], query[KeystoneQuery.onDomain])
        let (user, group) = try (query[KeystoneQuery.user], query[KeystoneQuery.group])
        guard project == nil || domain == nil else {
            throw IdentityError.invalid("Specify a domain or project, not both.")
        }
        guard user == nil || group == nil else {
            throw IdentityError.invalid("Specify a user or group, not both.")
        }
        let isElsewhere =
            try [group, query[KeystoneQuery.onSystem], query[KeystoneQuery.inherited]].contains { $0 != nil }
            || !Domain.matches(id: domain, name: nil)
        let found =
            isElsewhere
            ? []
            : try await service.assignments(
                user: user, role: query[KeystoneQuery.role], project: project, onDomain: domain != nil)
        let hasNames = try query[KeystoneQuery.includeNames] ?? false
        return list("role_assignments", found.map { value($0, hasNames: hasNames, request) }, request)
    }

    private func value(_ assignment: Assignment, hasNames: Bool, _ request: APIRequest) -> Value {
        func named(_ id: String, _ name: String, isInDomain: Bool = true) -> Value {
            guard hasNames else { return ["id": .string(id)] }
            var members: Value.Object = ["id": .string(id), "name": .string(name)]
            if isInDomain { members["domain"] = Self.domain }
            return .object(members)
        }
        let (place, scope): (String, Value) =
            if let project = assignment.project {
                ("projects/\(project.id)", ["project": named(project.id, project.name)])
            } else {
                ("domains/\(Domain.id)", ["domain": named(Domain.id, Domain.name, isInDomain: false)])
            }
        let link = "/v3/\(place)/users/\(assignment.user.id)/roles/\(assignment.role.id)"
        return [
            "links": ["assignment": .string(catalog.base(request) + link)], "scope": scope,
            "user": named(assignment.user.id, assignment.user.name),
            "role": named(assignment.role.id, assignment.role.name, isInDomain: false),
        ]
    }
}
