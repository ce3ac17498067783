import Primitives

/// Somebody with a password.
package struct User: Hashable, Sendable {
    /// 32 hexadecimal digits, as Keystone's.
    package var id: String
    package var name: String
    package var isEnabled: Bool
    /// The project that a login without scope gets.
    package var defaultProject: String?
}

/// What roles are given on.
package struct Project: Hashable, Sendable {
    package var id: String
    package var name: String
    package var description: String
    package var isEnabled: Bool
}

/// A role, by which policies decide.
package struct Role: Hashable, Sendable {
    package var id: String
    package var name: String
}

/// The only domain there is; its name is read in any case (`docs/reference/keystone.md` §1).
package enum Domain {
    /// The only domain.
    package static let id = "default"
    /// The only domain's name.
    package static let name = "Default"

    /// - Returns: false for what names another domain; nothing means this one.
    package static func matches(id: String?, name: String?) -> Bool {
        id.map { $0 == Self.id } ?? true && name.map { $0.lowercased() == Self.name.lowercased() } ?? true
    }
}

/// By what a request names a user, project or role.
package enum Named: Hashable, Sendable {
    case id(String)
    case name(String)
}

/// A role for a user who is made: on a project, or on the domain.
package struct Grant: Hashable, Sendable {
    package var role: String
    package var project: String?

    package init(role: String, project: String?) {
        self.role = role
        self.project = project
    }
}

/// Which role a user has where.
package struct Assignment: Hashable, Sendable {
    package var user: User
    package var role: Role
    /// Nil for the domain.
    package var project: Project?
}

/// What to change of a user; nil leaves things as they are.
package struct UserChange: Sendable {
    package var name: String?
    package var isEnabled: Bool?
    package var defaultProject: String?
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
