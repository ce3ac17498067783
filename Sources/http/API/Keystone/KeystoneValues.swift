import Identity
import OrderedCollections
import Primitives

/// How Keystone writes things down.
extension KeystoneController {
    static let domain: Value = ["id": .string(Domain.id), "name": .string(Domain.name)]

    /// The body of every answer about a token (`docs/reference/keystone.md` §2).
    func value(_ token: Token, for request: APIRequest) -> Value {
        var body: Value.Object = [
            "methods": Value(token.methods),
            "user": [
                "domain": Self.domain, "id": .string(token.user.id), "name": .string(token.user.name),
                "password_expires_at": nil,
            ],
            "audit_ids": Value(token.auditIDs), "expires_at": .string(token.expires.formatted(.iso)),
        ]
        switch token.scope {
        case .unscoped: break
        case .domain: body["domain"] = Self.domain
        case .project(let project):
            body["project"] = ["domain": Self.domain, "id": .string(project.id), "name": .string(project.name)]
            body["is_domain"] = false
        }
        if token.scope != .unscoped {
            body["roles"] = .array(token.roles.map { ["id": .string($0.id), "name": .string($0.name)] })
            if (try? request.query[KeystoneQuery.noCatalog]) != true { body["catalog"] = catalog.value(request) }
        }
        body["issued_at"] = .string(token.issued.formatted(.iso))
        return ["token": .object(body)]
    }

    func value(_ user: User, _ request: APIRequest) -> Value {
        var body: Value.Object = [
            "id": .string(user.id), "name": .string(user.name), "domain_id": .string(Domain.id),
            "enabled": .bool(user.isEnabled), "password_expires_at": nil, "options": [:],
            "links": links(request, "/users/\(user.id)"),
        ]
        if let project = user.defaultProject { body["default_project_id"] = .string(project) }
        return .object(body)
    }

    func value(_ project: Project, _ request: APIRequest) -> Value {
        [
            "id": .string(project.id), "name": .string(project.name), "domain_id": .string(Domain.id),
            "description": .string(project.description), "enabled": .bool(project.isEnabled), "parent_id": "default",
            "is_domain": false, "tags": [], "options": [:], "links": links(request, "/projects/\(project.id)"),
        ]
    }

    func value(_ role: Role, _ request: APIRequest) -> Value {
        [
            "id": .string(role.id), "name": .string(role.name), "domain_id": nil, "description": nil, "options": [:],
            "links": links(request, "/roles/\(role.id)"),
        ]
    }

    func domainValue(_ request: APIRequest) -> Value {
        [
            "id": .string(Domain.id), "name": .string(Domain.name), "description": "The default domain",
            "enabled": true, "tags": [], "options": [:], "links": links(request, "/domains/\(Domain.id)"),
        ]
    }

    private func links(_ request: APIRequest, _ path: String) -> Value {
        ["self": .string(catalog.identityURL(request) + path)]
    }

    /// A list under its name.
    func list(_ name: String, _ items: [Value], _ request: APIRequest) -> APIResponse {
        let path = request.path.hasPrefix("/v3") ? String(request.path.dropFirst(3)) : request.path
        return .json([
            name: .array(items),
            "links": ["next": nil, "self": .string(catalog.identityURL(request) + path), "previous": nil],
        ])
    }

    /// The object `name` in the body of a request.
    ///
    /// - Parameter inner: a member of the object that is refused beside it, where it would have no effect.
    /// - Throws: `IdentityError.invalid`.
    static func object(_ name: String, of request: APIRequest, with inner: String? = nil) throws -> Value {
        let body = try? Value(json: request.body)
        guard let object = body?[name], object.objectValue != nil else {
            throw IdentityError.invalid("Expecting to find \(name) in request body.")
        }
        if let inner, body?[inner] != nil {
            throw IdentityError.invalid("Invalid input: '\(inner)' belongs into '\(name)'.")
        }
        return object
    }

    /// - Throws: `IdentityError.missing` where the object is meant for a domain that is not here.
    static func requireDomain(of object: Value) throws {
        guard Domain.matches(id: try text("domain_id", of: object), name: nil) else {
            throw IdentityError.missing("domain: there is no other than \(Domain.id)")
        }
    }

    /// Whether a list of what is in the domain is asked of the domain that there is, by `domain_id`, or of all.
    static func isOfDomain(_ request: APIRequest) throws -> Bool {
        try Domain.matches(id: request.query[KeystoneQuery.domain], name: nil)
    }

    /// A text, or nil where it is not there or null.
    static func text(_ key: String, of object: Value) throws -> String? {
        switch object[key] {
        case nil, .null: return nil
        case .string(let text):
            if key == "name", let character = ControlCharacter.first(of: text) {
                throw IdentityError.invalid(
                    "Invalid input for field 'name': names may not have control characters, and it has \(character).")
            }
            return text
        default: throw IdentityError.invalid("Invalid input for field '\(key)': it is not of type string.")
        }
    }

    static func flag(_ key: String, of object: Value) throws -> Bool? {
        switch object[key] {
        case nil, .null: return nil
        case .bool(let flag): return flag
        default: throw IdentityError.invalid("Invalid input for field '\(key)': it is not of type boolean.")
        }
    }

    /// - Throws: `IdentityError.invalid` where it is missing.
    static func required(_ key: String, of object: Value) throws -> String {
        guard let text = try text(key, of: object) else {
            throw IdentityError.invalid("Invalid input: '\(key)' is a required property.")
        }
        return text
    }
}
