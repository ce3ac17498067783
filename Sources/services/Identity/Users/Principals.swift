import Primitives

/// A user with a password.
package struct User: Hashable, Sendable {
    /// 32 hexadecimal digits, as in Keystone.
    package var id: String
    /// Is unique among users.
    package var name: String
    /// Whether the user may log in. The tokens of a disabled user are revoked.
    package var isEnabled: Bool
    /// The id of the project that a login without a scope gets; nil for none.
    package var defaultProject: String?
}

/// A project, on which users have roles.
package struct Project: Hashable, Sendable {
    /// 32 hexadecimal digits, as in Keystone.
    package var id: String
    /// Is unique among projects.
    package var name: String
    package var description: String
    /// Whether tokens for the project are valid.
    package var isEnabled: Bool
}

/// A role, which policy rules ask for.
package struct Role: Hashable, Sendable {
    /// 32 hexadecimal digits, as in Keystone.
    package var id: String
    /// Is unique among roles.
    package var name: String
}

/// The only domain. Its name is read in any case (`docs/reference/keystone.md` §1).
package enum Domain {
    /// The id of the domain.
    package static let id = "default"
    /// The name of the domain.
    package static let name = "Default"

    /// Whether id and name, as far as they are given, are those of the only domain.
    package static func matches(id: String?, name: String?) -> Bool {
        id.map { $0 == Self.id } ?? true && name.map { $0.lowercased() == Self.name.lowercased() } ?? true
    }
}

/// The id or the name by which a request refers to a user, project or role.
package enum Named: Hashable, Sendable {
    case id(String)
    case name(String)
}

/// A role assignment for a user who is being made.
package struct Grant: Hashable, Sendable {
    /// The name of the role, which is made where it does not exist.
    package var role: String
    /// The name of the project, which is made where it does not exist; nil for the domain.
    package var project: String?

    package init(role: String, project: String?) {
        self.role = role
        self.project = project
    }
}

/// A role assignment.
package struct Assignment: Hashable, Sendable {
    /// The user who has the role.
    package var user: User
    /// The role.
    package var role: Role
    /// The project on which the user has the role; nil for the domain.
    package var project: Project?
}

/// Changes of a user. Nil leaves a member as it is.
package struct UserChange: Sendable {
    /// The new name.
    package var name: String?
    /// Whether the user may log in.
    package var isEnabled: Bool?
    /// The id of the new default project.
    package var defaultProject: String?
    /// The new password.
    package var password: Secret<String>?

    package init(
        name: String? = nil, isEnabled: Bool? = nil, defaultProject: String? = nil, password: Secret<String>? = nil
    ) {
        self.password = password
        self.name = name
        self.isEnabled = isEnabled
        self.defaultProject = defaultProject
    }
}
