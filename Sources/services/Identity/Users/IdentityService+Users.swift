import Logging
import MessageCatalog
import Primitives
import Store

extension IdentityService {
    /// Users, sorted by name.
    ///
    /// - Parameter name: returns only the user with this name; nil returns all.
    package func users(name: String? = nil) async throws -> [User] {
        try await database.read { connection in
            try connection.query(
                "SELECT \(User.columns) FROM identity_users u WHERE ?1 IS NULL OR u.name = ?1 ORDER BY u.name",
                [SQLValue(name)]
            ).map { row in try User(row) }
        }
    }

    /// A user by id or name.
    ///
    /// - Throws: `IdentityError` of kind `missing`.
    package func user(_ named: Named) async throws -> User {
        guard let user = try await database.read({ try $0.identityUser(named) }) else {
            throw IdentityError.missing("user")
        }
        return user
    }

    /// Makes a user with role assignments. Projects and roles of `grants` that do not exist are made with it, all in
    /// one transaction.
    ///
    /// - Parameter defaultProject: an id; where it is nil, the project of the first grant.
    /// - Throws: `IdentityError` of kind `conflict` where the name is taken, `invalid` for a name or password that
    ///   cannot be one, `missing` for an unknown default project.
    package func createUser(
        name: String, password: Secret<String>, isEnabled: Bool = true, defaultProject: String? = nil,
        grants: [Grant] = []
    ) async throws -> User {
        try PrincipalNames.check(name, "user")
        for grant in grants {
            try PrincipalNames.check(grant.role, "role")
            if let project = grant.project { try PrincipalNames.check(project, "project") }
        }
        guard try await database.read({ try $0.identityUser(.name(name)) }) == nil else {
            throw IdentityError.duplicate("user", name)
        }
        let stored = try await passwords.hash(password)
        let user = try await change { connection in
            guard try connection.identityUser(.name(name)) == nil else { throw IdentityError.duplicate("user", name) }
            if let defaultProject, try connection.identityProject(.id(defaultProject)) == nil {
                throw IdentityError.missing("project")
            }
            let user = User(id: principalID(), name: name, isEnabled: isEnabled, defaultProject: defaultProject)
            try connection.execute(
                "INSERT INTO identity_users (id, name, password, enabled, default_project) VALUES (?, ?, ?, ?, ?)",
                [.text(user.id), .text(name), .text(stored), SQLValue(isEnabled), SQLValue(defaultProject)])
            var result = user
            for grant in grants {
                let project = try grant.project.map { try connection.ensureProject($0) }
                let role = try connection.ensureRole(grant.role)
                try connection.assign(user: user.id, project: project?.id, role: role.id)
                if result.defaultProject == nil, let project {
                    result.defaultProject = project.id
                    try connection.execute(
                        "UPDATE identity_users SET default_project = ? WHERE id = ?",
                        [.text(project.id), .text(user.id)])
                }
            }
            return result
        }
        logger.notice(.userCreated, "user created", metadata: ["user": "\(name)"])
        return user
    }

    /// Changes a user, and revokes its tokens where it is disabled or gets another password.
    ///
    /// - Throws: `IdentityError` of kind `missing`, `conflict` or `invalid`.
    package func updateUser(_ id: String, _ update: UserChange) async throws -> User {
        try await updateUser(id, update, whosePassword: nil)
    }

    /// Sets the password of a user who gives the present one, and revokes the user's tokens.
    ///
    /// - Throws: `IdentityError.unauthorized` for a wrong password, and every error of a login.
    package func changePassword(
        of id: String, from original: Secret<String>, to password: Secret<String>, source: String?
    ) async throws {
        let user = try await user(.id(id), password: original, source: source, event: "change of a password")
        _ = try await updateUser(id, UserChange(password: password), whosePassword: user.stored)
    }

    /// - Parameter known: what has to be stored of the password still; nil for whatever is.
    func updateUser(_ id: String, _ update: UserChange, whosePassword known: String?) async throws -> User {
        if let name = update.name { try PrincipalNames.check(name, "user") }
        var update = update
        var newPassword: String?
        if let password = update.password {
            let present = try await database.read { try $0.identityPassword(id) }
            // The same one again is no change: whoever configures the user anew logs nobody out.
            if let present, known == nil || known == present, try await passwords.verify(password, against: present) {
                update.password = nil
            } else {
                newPassword = try await passwords.hash(password)
            }
        }
        return try await updateUser(id, update, newPassword: newPassword, whosePassword: known)
    }

    private func updateUser(
        _ id: String, _ update: UserChange, newPassword: String?, whosePassword known: String?
    ) async throws -> User {
        let user = try await change { connection in
            guard var user = try connection.identityUser(.id(id)) else { throw IdentityError.missing("user") }
            // Somebody else has set it meanwhile, and that one counts.
            if let known, try connection.identityPassword(id) != known { throw IdentityError.unauthorized }
            if let name = update.name, name != user.name {
                guard try connection.identityUser(.name(name)) == nil else {
                    throw IdentityError.duplicate("user", name)
                }
                user.name = name
            }
            user.isEnabled = update.isEnabled ?? user.isEnabled
            if let project = update.defaultProject {
                guard try connection.identityProject(.id(project)) != nil else {
                    throw IdentityError.missing("project")
                }
                user.defaultProject = project
            }
            try connection.execute(
                """
                UPDATE identity_users SET name = ?, enabled = ?, default_project = ?, password = ifnull(?, password)
                WHERE id = ?
                """,
                [
                    .text(user.name), SQLValue(user.isEnabled), SQLValue(user.defaultProject), SQLValue(newPassword),
                    .text(id),
                ])
            if !user.isEnabled || newPassword != nil { try connection.revokeTokens(of: id) }
            return user
        }
        logger.notice(
            .userChanged,
            "user changed",
            metadata: [
                "user": "\(user.name)", "enabled": "\(user.isEnabled)", "new_password": "\(newPassword != nil)",
            ])
        return user
    }

    /// Deletes a user, with its role assignments and tokens.
    ///
    /// - Throws: `IdentityError` of kind `missing`.
    package func deleteUser(_ id: String) async throws {
        let user = try await change { connection in
            guard let user = try connection.identityUser(.id(id)) else { throw IdentityError.missing("user") }
            try connection.execute("DELETE FROM identity_users WHERE id = ?", [.text(id)])
            return user
        }
        logger.notice(.userDeleted, "user deleted", metadata: ["user": "\(user.name)"])
    }
}

extension Connection {
    func revokeTokens(of user: String) throws {
        try execute("DELETE FROM identity_tokens WHERE user = ?", [.text(user)])
    }

    func ensureProject(_ name: String) throws -> Project {
        if let project = try identityProject(.name(name)) { return project }
        let project = Project(id: principalID(), name: name, description: "", isEnabled: true)
        try insert(project)
        return project
    }

    func insert(_ project: Project) throws {
        try execute(
            "INSERT INTO identity_projects (id, name, description, enabled) VALUES (?, ?, ?, ?)",
            [.text(project.id), .text(project.name), .text(project.description), SQLValue(project.isEnabled)])
    }

    func ensureRole(_ name: String) throws -> Role {
        if let role = try identityRole(.name(name)) { return role }
        let role = Role(id: principalID(), name: name)
        try execute("INSERT INTO identity_roles (id, name) VALUES (?, ?)", [.text(role.id), .text(name)])
        return role
    }

    func assign(user: String, project: String?, role: String) throws {
        try execute(
            "INSERT OR IGNORE INTO identity_assignments (user, project, role) VALUES (?, ?, ?)",
            [.text(user), SQLValue(project), .text(role)])
    }
}
