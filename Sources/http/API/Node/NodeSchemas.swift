import OrderedCollections
import Primitives

/// What the routes of machines take and answer (`docs/reference/node-protocol.md`).
enum NodeSchemas {
    static let mac = Schema.text("^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$")
    static let bytes = [(mediaType: "application/octet-stream", schema: Schema?.none)]
    static let retryAfter = Operation.Header(name: "Retry-After", about: "In seconds", isRequired: true)
}

/// The parameters of the query of the routes of machines.
enum NodeQuery {
    static let mac = QueryParameter<String?>.text(
        "mac", NodeSchemas.mac, "The MAC address of an interface", isRequired: true)
    static let wait = QueryParameter<Int?>.number("wait", 0...60, "How long to wait for a plan, in seconds")
}
