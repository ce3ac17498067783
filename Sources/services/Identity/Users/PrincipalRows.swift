import Cryptography
import Primitives
import Store

extension User {
    static let columns = "u.id, u.name, u.enabled, u.default_project"

    init(_ row: Row, at place: Int = 0) throws(StoreError) {
        id = try row.text(place)
        name = try row.text(place + 1)
        isEnabled = try row.bool(place + 2)
        defaultProject = try row.optionalText(place + 3)
    }
}

extension Project {
    static let columns = "p.id, p.name, p.description, p.enabled"

    init(_ row: Row, at place: Int = 0) throws(StoreError) {
        id = try row.text(place)
        name = try row.text(place + 1)
        description = try row.text(place + 2)
        isEnabled = try row.bool(place + 3)
    }
}

extension Role {
    init(_ row: Row, at place: Int = 0) throws(StoreError) {
        id = try row.text(place)
        name = try row.text(place + 1)
    }
}

/// A new id, as Keystone's are.
func principalID() -> String { Random.bytes(16).hex }

/// Questions about users, projects and roles.
extension Connection {
    func identityUser(_ named: Named) throws -> User? {
        let (column, value) = Self.condition("u", named)
        return try query("SELECT \(User.columns) FROM identity_users u WHERE \(column)", [value])
            .first.map { row in try User(row) }
    }

    func identityPassword(_ user: String) throws -> String? {
        try query("SELECT password FROM identity_users WHERE id = ?", [.text(user)]).first?.text(0)
    }

    func identityProject(_ named: Named) throws -> Project? {
        let (column, value) = Self.condition("p", named)
        return try query("SELECT \(Project.columns) FROM identity_projects p WHERE \(column)", [value])
            .first.map { row in try Project(row) }
    }

    func identityRole(_ named: Named) throws -> Role? {
        let (column, value) = Self.condition("r", named)
        return try query("SELECT r.id, r.name FROM identity_roles r WHERE \(column)", [value])
            .first.map { row in try Role(row) }
    }

    /// The roles of a user on a project, or where it is nil on the domain, by name.
    func identityRoles(of user: String, on project: String?) throws -> [Role] {
        try query(
            """
            SELECT r.id, r.name FROM identity_assignments a JOIN identity_roles r ON r.id = a.role
            WHERE a.user = ? AND ifnull(a.project, '') = ? ORDER BY r.name
            """, [.text(user), .text(project ?? "")]
        ).map { row in try Role(row) }
    }

    private static func condition(_ table: String, _ named: Named) -> (String, SQLValue) {
        switch named {
        case .id(let id): ("\(table).id = ?", .text(id))
        case .name(let name): ("\(table).name = ?", .text(name))
        }
    }
}
