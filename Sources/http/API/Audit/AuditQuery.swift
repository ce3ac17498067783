import OrderedCollections
import Primitives

/// The parameters of the query of the audit, and what it lists.
enum AuditQuery {
    private static let moment = Schema.text(
        "^((19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])(T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z)?|[0-9]{1,8}[smhd])$"
    )

    static let since = time("since", "Only what was then or later")
    static let until = time("until", "Only what was then or earlier")
    static let user = QueryParameter<String?>.text("user", "Only what this user did")
    static let after = QueryParameter<Int?>.number("after", 0...Int.max, "The number of an entry: those behind it")
    static let limit = QueryParameter<Int?>("limit", .integer(1...10_000), "How many entries; 1000 by default") {
        try $0.limit()
    }

    /// A moment, once it is known what time it is.
    private static func time(_ name: String, _ about: String) -> QueryParameter<
        (@Sendable (Timestamp) throws -> Timestamp?)?
    > {
        QueryParameter(name, moment, about + ": a time, or how long ago (30m, 2h, 7d)") { query in
            { now in try query.moment(name, now: now) }
        }
    }

    static let entry = Schema.named(
        "AuditEntry",
        .object([
            "number": .integer, "time": .time, "user": .string, "user_id": .string.orNull, "peer": .string,
            "listener": .string, "method": .string, "path": .string, "subject": .string.orNull,
            "outcome": .choice(["done", "refused", "failed"]), "status": .integer, "message": .string.orNull,
            "request": .string, "context_marker": .string.orNull,
        ]))
}
