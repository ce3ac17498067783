import Documents
import HTTPTypes
import OrderedCollections
import Primitives

/// What Deckhand's routes take and answer (`docs/reference/deckhand.md` §1 to §4).
enum DeckhandSchemas {
    /// A document as a client puts it: the schema by which it is checked.
    static let document = Schema.named("Document", .keywords(modern(BuiltInSchemas.document).objectValue ?? [:]))

    /// A schema of draft 4 in the words of draft 2020-12. Paths get their format.
    private static func modern(_ schema: Value) -> Value {
        switch schema {
        case .object(let members):
            var object: Value.Object = [:]
            for (key, member) in members {
                object[key == "dependencies" ? "dependentSchemas" : key] =
                    key == "path" && member == ["type": "string"] ? path : modern(member)
            }
            return .object(object)
        case .array(let items): return .array(items.map(modern))
        default: return schema
        }
    }

    /// A JSONPath as substitutions have it (`docs/reference/deckhand.md` §8).
    static let path: Value = ["type": "string", "format": "deckhand-path"]

    static let revision = Schema.named(
        "Revision",
        .object([
            "buckets": .list(.string), "createdAt": .string, "id": .integer, "status": .string, "tags": .anyObject,
            "url": .string, "validationPolicies": .list(.anyObject),
        ]))

    static let revisions = list(
        .object(["buckets": .list(.string), "createdAt": .string, "id": .integer, "tags": .list(.string)]))

    static func list(_ item: Schema) -> Schema { .object(["count": .integer, "results": .list(item)]) }

    static let validation = Schema.object(
        ["status": .choice(["success", "failure"]), "validator": .object(["name": .string, "version": .string])],
        optional: ["errors": .list(.anyObject), "createdAt": .string, "expiresAfter": .string])

    static let differences = Schema.map(.choice(["created", "modified", "deleted", "unmodified"]))

    static let number = Schema.text("^[0-9]{1,18}$")
    static let tag = Schema.text("^[A-Za-z0-9_.-]{1,64}$")

    /// Documents: a stream of YAML, which no schema describes, or a list of JSON.
    static let documents = Answer(
        .ok, "A stream of documents, or in JSON a list of them",
        content: [("application/x-yaml", nil), ("application/json", .list(.anyObject))])

    static let knownTag = Operation.Header(name: "If-None-Match", about: "The ETag of what the client has")

    static let unchanged = Answer(.notModified, "What the client has, by `If-None-Match`, is still so")
}

/// The parameters of the query of Deckhand's routes.
enum DeckhandQuery {
    static let schema = QueryParameter<[String]>.texts("schema", "A schema; if given once also the beginning of one")
    static let name = QueryParameter<[String]>.texts("metadata.name", "The name of a document")
    static let layer = QueryParameter<[String]>.texts("metadata.layeringDefinition.layer", "The layer of a document")
    static let abstract = QueryParameter<[String]>.texts(
        "metadata.layeringDefinition.abstract", "true or false: whether a document is abstract")
    static let label = QueryParameter<[String]>.texts("metadata.label", "key=value: a label of a document")
    static let bucket = QueryParameter<[String]>.texts("status.bucket", "The bucket of a document")
    static let tag = QueryParameter<[String]>.texts("tag", "Revisions with any of these tags")
    static let sort = QueryParameter<[String]>(
        "sort", .list(.keywords(DeckhandSchemas.path.objectValue ?? [:])),
        "A path such as metadata.name; repeated for further keys"
    ) { $0.all("sort") }
    static let order = QueryParameter<String?>.text("order", "desc reverses")
    static let limit = QueryParameter<Int?>("limit", .integer, "How many documents") { try DocumentQuery.limit($0) }
    static let cleartext = QueryParameter<Bool?>.flag(
        "cleartext-secrets", "false shows SHA-256 sums instead of secrets; to explain a value, true shows them")
    static let explain = QueryParameter<String?>.text(
        "explain", .keywords(DeckhandSchemas.path.objectValue ?? [:]),
        "A path into the data of one document: tells where the value there came from")

    static let documents: [any DeclaredParameter] = [
        schema, name, layer, label, bucket, sort, order, limit, cleartext,
    ]
}
