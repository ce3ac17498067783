import Store

/// The tables of users, projects, roles, assignments and tokens.
package enum IdentityMigration {
    /// The migrations in their order. Their numbers have gaps, which the other services' migrations fill.
    package static let all = [users, origins]

    /// The tables of users, projects, roles, assignments and tokens. Times are microseconds since 1970.
    ///
    /// There is one domain, `default`. An assignment without a project is one on the domain.
    package static let users = Migration(
        number: 5, name: "identity",
        statements: [
            """
            CREATE TABLE identity_projects (
                id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, description TEXT NOT NULL, enabled INTEGER NOT NULL
            ) STRICT
            """,
            "CREATE TABLE identity_roles (id TEXT PRIMARY KEY, name TEXT NOT NULL COLLATE NOCASE UNIQUE) STRICT",
            """
            CREATE TABLE identity_users (
                id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, password TEXT NOT NULL, enabled INTEGER NOT NULL,
                default_project TEXT REFERENCES identity_projects (id) ON DELETE SET NULL
            ) STRICT
            """,
            """
            CREATE TABLE identity_assignments (
                user TEXT NOT NULL REFERENCES identity_users (id) ON DELETE CASCADE,
                project TEXT REFERENCES identity_projects (id) ON DELETE CASCADE,
                role TEXT NOT NULL REFERENCES identity_roles (id) ON DELETE CASCADE
            ) STRICT
            """,
            "CREATE UNIQUE INDEX identity_assignments_by_user "
                + "ON identity_assignments (user, ifnull(project, ''), role)",
            "CREATE INDEX identity_assignments_by_project ON identity_assignments (project)",
            "CREATE INDEX identity_assignments_by_role ON identity_assignments (role)",
            """
            CREATE TABLE identity_tokens (
                digest BLOB PRIMARY KEY, user TEXT NOT NULL REFERENCES identity_users (id) ON DELETE CASCADE,
                scope TEXT NOT NULL CHECK (scope IN ('unscoped', 'domain', 'project')),
                project TEXT REFERENCES identity_projects (id) ON DELETE CASCADE,
                methods TEXT NOT NULL, audit_ids TEXT NOT NULL, issued INTEGER NOT NULL, expires INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID
            """,
            "CREATE INDEX identity_tokens_by_user ON identity_tokens (user, issued)",
            "CREATE INDEX identity_tokens_by_project ON identity_tokens (project)",
            "CREATE INDEX identity_tokens_by_expiry ON identity_tokens (expires)",
        ])

    /// Adds the token that a token was made from, with which it ends.
    package static let origins = Migration(
        number: 7, name: "identity token origins",
        statements: [
            """
            ALTER TABLE identity_tokens ADD COLUMN origin BLOB REFERENCES identity_tokens (digest) ON DELETE CASCADE
            """,
            "CREATE INDEX identity_tokens_by_origin ON identity_tokens (origin) WHERE origin IS NOT NULL",
        ])
}
