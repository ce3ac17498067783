import Primitives
import Store

extension Connection {
    /// The token of a digest with its user and roles as they are now; nil where it is unknown, over, or its user,
    /// project or every role is gone.
    func identityToken(_ digest: [UInt8], now: Timestamp) throws -> Token? {
        let row = try query(
            """
            SELECT \(User.columns), t.scope, t.project, t.methods, t.audit_ids, t.issued, t.expires
            FROM identity_tokens t JOIN identity_users u ON u.id = t.user WHERE t.digest = ?
            """, [.blob(digest)]
        ).first
        guard let row else { return nil }
        let user = try User(row)
        let expires = Timestamp(microseconds: try row.int64("expires"))
        guard user.isEnabled, expires > now else { return nil }
        let scope: TokenScope
        var roles: [Role] = []
        switch try row.text("scope") {
        case "project":
            guard let id = try row.optionalText("project"), let project = try identityProject(.id(id)),
                project.isEnabled
            else { return nil }
            scope = .project(project)
            roles = try identityRoles(of: user.id, on: id)
        case "domain":
            scope = .domain
            roles = try identityRoles(of: user.id, on: nil)
        default: scope = .unscoped
        }
        guard scope == .unscoped || !roles.isEmpty else { return nil }
        return Token(
            user: user, methods: try row.text("methods").split(separator: " ").map(String.init),
            auditIDs: try row.text("audit_ids").split(separator: " ").map(String.init),
            issued: Timestamp(microseconds: try row.int64("issued")), expires: expires, scope: scope, roles: roles)
    }

    /// - Parameter origin: the digest of the token that it was made of.
    func keepIdentityToken(_ token: Token, digest: [UInt8], origin: [UInt8]?) throws {
        let scope: String
        var project: String?
        switch token.scope {
        case .unscoped: scope = "unscoped"
        case .domain: scope = "domain"
        case .project(let target):
            scope = "project"
            project = target.id
        }
        try execute(
            """
            INSERT INTO identity_tokens (digest, user, scope, project, methods, audit_ids, issued, expires, origin)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .blob(digest), .text(token.user.id), .text(scope), SQLValue(project),
                .text(token.methods.joined(separator: " ")), .text(token.auditIDs.joined(separator: " ")),
                .int(token.issued.microseconds), .int(token.expires.microseconds), origin.map { .blob($0) } ?? .null,
            ])
    }

    /// Forgets tokens that are over, and of each user the oldest beyond `limit`.
    func pruneIdentityTokens(now: Timestamp, limit: Int) throws {
        try execute("DELETE FROM identity_tokens WHERE expires <= ?", [.int(now.microseconds)])
        let crowded = try query(
            "SELECT user FROM identity_tokens GROUP BY user HAVING count(*) > ?", [.int(Int64(limit))])
        for row in crowded {
            try execute(
                """
                DELETE FROM identity_tokens WHERE digest IN (
                    SELECT digest FROM identity_tokens WHERE user = ? ORDER BY issued DESC LIMIT -1 OFFSET ?)
                """, [.text(try row.text(0)), .int(Int64(limit))])
        }
    }
}
