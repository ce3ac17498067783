import Logging
import MessageCatalog
import Primitives
import Store

extension IdentityService {
    /// Projects, sorted by name.
    ///
    /// - Parameters:
    ///   - name: returns only the project with this name; nil returns all.
    ///   - user: returns only projects on which this user, by id, has a role; nil returns all.
    package func projects(name: String? = nil, of user: String? = nil) async throws -> [Project] {
        try await database.read { connection in
            try connection.query(
                """
                SELECT \(Project.columns) FROM identity_projects p WHERE (?1 IS NULL OR p.name = ?1)
                AND (?2 IS NULL OR p.id IN (SELECT project FROM identity_assignments WHERE user = ?2)) ORDER BY p.name
                """, [SQLValue(name), SQLValue(user)]
            ).map { row in try Project(row) }
        }
    }

    /// A project by id or name.
    ///
    /// - Throws: `IdentityError` of kind `missing`.
    package func project(_ named: Named) async throws -> Project {
        guard let project = try await database.read({ try $0.identityProject(named) }) else {
            throw IdentityError.missing("project")
        }
        return project
    }

    /// Makes a project.
    ///
    /// - Throws: `IdentityError` of kind `conflict` where the name is taken, `invalid` where it cannot be a name.
    package func createProject(name: String, description: String, isEnabled: Bool = true) async throws -> Project {
        try PrincipalNames.check(name, "project")
        let project = Project(id: principalID(), name: name, description: description, isEnabled: isEnabled)
        try await change { connection in
            guard try connection.identityProject(.name(name)) == nil else {
                throw IdentityError.duplicate("project", name)
            }
            try connection.insert(project)
        }
        return project
    }

    /// Changes a project. Nil leaves a member as it is. Tokens for a project that is disabled are not valid.
    ///
    /// - Throws: `IdentityError` of kind `missing`, `conflict` or `invalid`.
    package func updateProject(
        _ id: String, name: String?, description: String?, isEnabled: Bool?
    ) async throws -> Project {
        if let name { try PrincipalNames.check(name, "project") }
        return try await change { connection in
            guard var project = try connection.identityProject(.id(id)) else { throw IdentityError.missing("project") }
            if let name, name != project.name {
                guard try connection.identityProject(.name(name)) == nil else {
                    throw IdentityError.duplicate("project", name)
                }
                project.name = name
            }
            project.description = description ?? project.description
            project.isEnabled = isEnabled ?? project.isEnabled
            try connection.execute(
                "UPDATE identity_projects SET name = ?, description = ?, enabled = ? WHERE id = ?",
                [.text(project.name), .text(project.description), SQLValue(project.isEnabled), .text(id)])
            return project
        }
    }

    /// Deletes a project, with its role assignments and tokens.
    ///
    /// - Throws: `IdentityError` of kind `missing`.
    package func deleteProject(_ id: String) async throws {
        try await change { connection in
            try connection.execute("DELETE FROM identity_projects WHERE id = ?", [.text(id)])
            guard connection.changes > 0 else { throw IdentityError.missing("project") }
        }
    }

    /// Roles, sorted by name.
    ///
    /// - Parameter name: returns only the role with this name; nil returns all.
    package func roles(name: String? = nil) async throws -> [Role] {
        try await database.read { connection in
            try connection.query(
                "SELECT id, name FROM identity_roles WHERE ?1 IS NULL OR name = ?1 ORDER BY name", [SQLValue(name)]
            ).map { row in try Role(row) }
        }
    }

    /// A role by id or name.
    ///
    /// - Throws: `IdentityError` of kind `missing`.
    package func role(_ named: Named) async throws -> Role {
        guard let role = try await database.read({ try $0.identityRole(named) }) else {
            throw IdentityError.missing("role")
        }
        return role
    }

    /// Makes a role.
    ///
    /// - Throws: `IdentityError` of kind `conflict` where the name is taken, `invalid` where it cannot be a name.
    package func createRole(name: String) async throws -> Role {
        try PrincipalNames.check(name, "role")
        return try await change { connection in
            guard try connection.identityRole(.name(name)) == nil else { throw IdentityError.duplicate("role", name) }
            return try connection.ensureRole(name)
        }
    }

    /// Deletes a role, with its assignments.
    ///
    /// - Throws: `IdentityError` of kind `missing`.
    package func deleteRole(_ id: String) async throws {
        try await change { connection in
            try connection.execute("DELETE FROM identity_roles WHERE id = ?", [.text(id)])
            guard connection.changes > 0 else { throw IdentityError.missing("role") }
        }
    }

    /// The roles of a user on a project, or on the domain where `project` is nil. Both are ids.
    package func grants(of user: String, on project: String?) async throws -> [Role] {
        try await database.read { connection in
            try connection.requireTarget(user: user, project: project)
            return try connection.identityRoles(of: user, on: project)
        }
    }

    /// Role assignments, sorted by the names of user, project and role.
    ///
    /// - Parameters:
    ///   - user, role, project: return only assignments of these ids; nil returns all.
    ///   - onDomain: returns only assignments on the domain.
    package func assignments(
        user: String? = nil, role: String? = nil, project: String? = nil, onDomain: Bool = false
    ) async throws -> [Assignment] {
        try await database.read { connection in
            try connection.query(
                """
                SELECT \(User.columns), r.id, r.name, \(Project.columns) FROM identity_assignments a
                JOIN identity_users u ON u.id = a.user JOIN identity_roles r ON r.id = a.role
                LEFT JOIN identity_projects p ON p.id = a.project
                WHERE (?1 IS NULL OR u.id = ?1) AND (?2 IS NULL OR r.id = ?2) AND (?3 IS NULL OR p.id = ?3)
                    AND (NOT ?4 OR a.project IS NULL)
                ORDER BY u.name, p.name, r.name
                """, [SQLValue(user), SQLValue(role), SQLValue(project), SQLValue(onDomain)]
            ).map { row in
                Assignment(
                    user: try User(row), role: try Role(row, at: 4),
                    project: try row.optionalText(6) == nil ? nil : Project(row, at: 6))
            }
        }
    }

    /// Assigns a role on a project, or on the domain where `project` is nil. All three are ids.
    ///
    /// - Throws: `IdentityError` of kind `missing`.
    package func grant(_ role: String, to user: String, on project: String?) async throws {
        try await change { connection in
            try connection.requireTarget(user: user, project: project)
            guard try connection.identityRole(.id(role)) != nil else { throw IdentityError.missing("role") }
            try connection.assign(user: user, project: project, role: role)
        }
        logger.notice(.roleGranted, "role granted", metadata: ["user": "\(user)", "role": "\(role)"])
    }

    /// Removes a role assignment.
    ///
    /// - Throws: `IdentityError` of kind `missing` where the role was not assigned.
    package func revoke(_ role: String, from user: String, on project: String?) async throws {
        try await change { connection in
            try connection.requireTarget(user: user, project: project)
            try connection.execute(
                "DELETE FROM identity_assignments WHERE user = ? AND ifnull(project, '') = ? AND role = ?",
                [.text(user), .text(project ?? ""), .text(role)])
            guard connection.changes > 0 else { throw IdentityError.missing("role assignment") }
        }
        logger.notice(.roleRevoked, "role revoked", metadata: ["user": "\(user)", "role": "\(role)"])
    }
}

extension Connection {
    fileprivate func requireTarget(user: String, project: String?) throws {
        guard try identityUser(.id(user)) != nil else { throw IdentityError.missing("user") }
        if let project, try identityProject(.id(project)) == nil { throw IdentityError.missing("project") }
    }
}
