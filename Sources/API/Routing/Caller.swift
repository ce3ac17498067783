/// Who sends a request, as its listener established it.
package struct Caller: Hashable, Sendable {
    /// The user's name, as notes, audits and `X-End-User` show it.
    package var name: String
    /// Roles in lower case.
    package var roles: Set<String>

    package init(name: String, roles: Set<String>) {
        self.name = name
        self.roles = roles
    }

    /// Whom the admin listener lets in: root, the daemon's own user, members of the administrators' group.
    package static func administrator(_ name: String) -> Caller { Caller(name: name, roles: ["admin"]) }

    package var isAdministrator: Bool { roles.contains("admin") }
}

/// Decides whether a caller satisfies a policy rule.
package typealias Authorizer = @Sendable (_ caller: Caller, _ rule: String) -> Bool

/// Every rule of the three services defaults to the role `admin`.
package let administratorsOnly: Authorizer = { caller, _ in caller.isAdministrator }
