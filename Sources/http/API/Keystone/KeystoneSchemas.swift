import OrderedCollections
import Primitives

/// What Keystone's routes take and answer (`docs/reference/keystone.md` §2).
enum KeystoneSchemas {
    private static let links = Schema.named("Links", .map(.string.orNull))
    private static let domainName = Schema.object(["id": .string, "name": .string])

    static let token = Schema.named(
        "Token",
        .object([
            "token": .object(
                [
                    "methods": .list(.string), "user": .anyObject, "audit_ids": .list(.string), "expires_at": .time,
                    "issued_at": .time,
                ],
                optional: [
                    "domain": domainName, "project": .anyObject, "is_domain": .boolean, "roles": .list(domainName),
                    "catalog": .list(.anyObject),
                ])
        ]))

    static let user = Schema.named(
        "User",
        .object(
            [
                "id": .string, "name": .string, "domain_id": .string, "enabled": .boolean,
                "password_expires_at": .null, "options": .anyObject, "links": links,
            ], optional: ["default_project_id": .string]))

    static let project = Schema.named(
        "Project",
        .object([
            "id": .string, "name": .string, "domain_id": .string, "description": .string, "enabled": .boolean,
            "parent_id": .string, "is_domain": .boolean, "tags": .list(.string), "options": .anyObject, "links": links,
        ]))

    static let role = Schema.named(
        "Role",
        .object([
            "id": .string, "name": .string, "domain_id": .null, "description": .null, "options": .anyObject,
            "links": links,
        ]))

    static let domain = Schema.named(
        "Domain",
        .object([
            "id": .string, "name": .string, "description": .string, "enabled": .boolean, "tags": .list(.string),
            "options": .anyObject, "links": links,
        ]))

    static let service = Schema.named(
        "Service",
        .object(["id": .string, "name": .string, "type": .string, "enabled": .boolean, "links": links]))

    static let endpoint = Schema.named(
        "Endpoint",
        .object([
            "id": .string, "interface": .string, "region_id": .string, "url": .string, "region": .string,
            "service_id": .string, "enabled": .boolean, "links": links,
        ]))

    static let assignment = Schema.named(
        "Assignment", .object(["links": links, "scope": .anyObject, "user": .anyObject, "role": .anyObject]))

    static let version = Schema.named(
        "Version",
        .object([
            "id": .string, "status": .string, "updated": .string, "links": .list(.anyObject),
            "media-types": .list(.anyObject),
        ]))

    /// One of them under its name.
    static func one(_ name: String, _ schema: Schema) -> Schema { .object([Schema.Member(name: name, schema: schema)]) }

    /// A list under its name.
    static func list(_ name: String, _ schema: Schema) -> Schema {
        .object([Schema.Member(name: name, schema: .list(schema)), Schema.Member(name: "links", schema: links)])
    }

    private static let text = Schema.text("^[^\\u0000-\\u001f\\u007f-\\u009f]{1,64}$")
    private static let isHere = Schema.keywords(["enum": ["default", nil]])

    static let newUser = one(
        "user",
        .object(
            ["name": text, "password": text],
            optional: ["enabled": .boolean.orNull, "domain_id": isHere, "default_project_id": .string.orNull]))
    static let changedUser = one(
        "user",
        .object(
            [:],
            optional: [
                "name": text.orNull, "password": text.orNull, "enabled": .boolean.orNull, "domain_id": isHere,
            ]))
    static let password = one("user", .object(["original_password": .string, "password": text]))
    static let newProject = one(
        "project",
        .object(
            ["name": text],
            optional: ["description": .string.orNull, "enabled": .boolean.orNull, "domain_id": isHere]))
    static let changedProject = one(
        "project",
        .object(
            [:],
            optional: [
                "name": text.orNull, "description": .string.orNull, "enabled": .boolean.orNull, "domain_id": isHere,
            ]))
    static let newRole = one("role", .object(["name": text]))

    /// A login by a password, or by a token.
    static let login = one(
        "auth",
        .object([
            "identity": .either([
                .object([
                    "methods": .keywords(["type": "array", "const": ["password"]]),
                    "password": .object([
                        "user": .either([
                            .object(["id": .string, "password": .string]),
                            .object(["name": .string, "password": .string]),
                        ])
                    ]),
                ]),
                .object([
                    "methods": .keywords(["type": "array", "const": ["token"]]), "token": .object(["id": .string]),
                ]),
            ])
        ]))

    /// Without it the answer is 404, as Keystone's.
    static let askedSubject = Operation.Header(
        name: "X-Subject-Token", about: "The token that this is about; 404 without it")

    static let subject = Operation.Header(
        name: "X-Subject-Token", about: "The token that this is about", isRequired: true)
}

/// The parameters of the query of Keystone's routes.
enum KeystoneQuery {
    static let name = QueryParameter<String?>.text("name", "The one of this name")
    static let type = QueryParameter<String?>.text("type", "Those of this type")
    static let domain = QueryParameter<String?>.text("domain_id", "Those of this domain")
    static let noCatalog = QueryParameter<Bool>("nocatalog", .string, "Leaves the catalog out, whatever its value") {
        $0.contains("nocatalog")
    }
    static let user = QueryParameter<String?>.text("user.id", "The roles of this user")
    static let group = QueryParameter<String?>.text("group.id", "There are no groups: nothing")
    static let role = QueryParameter<String?>.text("role.id", "Who has this role")
    static let onProject = QueryParameter<String?>.text("scope.project.id", "Roles on this project")
    static let onDomain = QueryParameter<String?>.text("scope.domain.id", "Roles on this domain")
    static let onSystem = QueryParameter<String?>.text("scope.system", "There are none: nothing")
    static let inherited = QueryParameter<String?>.text("scope.OS-INHERIT:inherited_to", "There are none: nothing")
    static let includeNames = QueryParameter<Bool?>.flag("include_names", "With the names of all")
}
