import Documents
import OrderedCollections
import Primitives

/// What a request for documents asks for beside the revision (`docs/reference/deckhand.md` §10).
struct DocumentQuery: Sendable {
    let filter: DocumentFilter
    let order: RecordOrder
    /// `order=desc` without a sort key.
    let isReversed: Bool
    let limit: Int?
    let isRedacted: Bool

    /// Nothing but the whole revision, as it comes.
    var isWhole: Bool { filter == DocumentFilter() && !order.hasKeys && limit == nil }

    /// - Parameter rendered: for rendered documents, which are all concrete and have no order of their own.
    init(_ query: QueryItems, rendered: Bool) throws {
        var filter = try DocumentFilter(buckets: query[DeckhandQuery.bucket])
        filter.schemas = try query[DeckhandQuery.schema]
        filter.names = try query[DeckhandQuery.name]
        filter.layers = try query[DeckhandQuery.layer]
        filter.labels = try query[DeckhandQuery.label]
        if !rendered { filter.abstract = try query[DeckhandQuery.abstract] }
        self.filter = filter
        order = try RecordOrder(keys: query[DeckhandQuery.sort], order: query[DeckhandQuery.order])
        isReversed = try !rendered && !order.hasKeys && query[DeckhandQuery.order] == "desc"
        limit = try query[DeckhandQuery.limit]
        isRedacted = try query[DeckhandQuery.cleartext] == false
    }

    static func limit(_ query: QueryItems) throws -> Int? {
        guard let text = query["limit"] else { return nil }
        guard RevisionNumber.isDecimal(String(["+", "-"].contains(text.first) ? text.dropFirst() : text[...])) else {
            throw RequestError.invalidParameter(
                "The \"limit\" parameter is invalid. Query parameter limit must be of type <class 'int'>.")
        }
        // Numbers of Python have no bound.
        return Int(text).flatMap { $0 == .min ? nil : abs($0) } ?? .max
    }

    /// The documents to answer. ValidationPolicies are never shown; where nothing else matches, one's status stands for
    /// them.
    func answer(_ documents: [DocumentView]) -> [Value] {
        var matching = documents.filter(filter.admits)
        if order.hasKeys { matching = order.sorted(matching, record: \.record) }
        if isReversed { matching.reverse() }
        var shown = matching.filter { !$0.isValidationPolicy }
        if shown.isEmpty, let policy = matching.first, limit != 0 { return [["status": policy.status]] }
        if let limit { shown = Array(shown.prefix(limit)) }
        return shown.map(\.value)
    }
}
