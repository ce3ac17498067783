import Deckhand
import Documents
import JSONSchema
import OrderedCollections
import Primitives
import SiteDesign

/// What was found in the documents of a revision, while it is not known yet where they are written.
struct SiteFindings: Sendable {
    private struct Item: Sendable {
        let query: PlaceQuery?
        /// The message as it goes out.
        let body: @Sendable (SourcePlace?) -> Value
    }

    private var items: [Item] = []

    /// What is to be asked of Deckhand, one for each message that wants a place.
    var queries: [PlaceQuery] { items.compactMap(\.query) }

    /// The messages in their order.
    ///
    /// - Parameter places: of the queries.
    func messages(at places: [SourcePlace?]) -> [Value] {
        var rest = places[...]
        return items.map { item in item.body(item.query == nil ? nil : rest.popFirst() ?? nil) }
    }

    mutating func add(_ messages: [Value]) { items += messages.map { message in Item(query: nil) { _ in message } } }

    /// Why the documents cannot be rendered.
    mutating func add(_ error: any Error) {
        guard let error = error as? DocumentError else { return add(DeckhandErrorText.messages(error)) }
        guard !error.messages.isEmpty else {
            let query = error.document.map { PlaceQuery(.raw($0), error.path) }
            items.append(Item(query: query) { place in error.findings(own: place).first ?? .null })
            return
        }
        for message in error.messages {
            let query = message.documents.first.map { subject in
                PlaceQuery(
                    .rendered(RenderedIdentity(schema: subject.schema, name: subject.name)), message.path,
                    concernsKey: message.concernsKey)
            }
            items.append(Item(query: query) { message.finding(at: $0) })
        }
    }

    /// What Drydock found in the design.
    ///
    /// - Parameter documents: those of the design, rendered.
    mutating func add(_ messages: [DesignValidationMessage], of documents: [RenderedDocument]) {
        let places = DesignPlaces(
            documents.filter { $0.schema.hasPrefix("drydock/") }.map {
                DesignDocument(schema: $0.schema, name: $0.name, data: $0.data)
            })
        for message in messages {
            guard message.level != .info, let place = places.place(of: message) else {
                items.append(Item(query: nil) { _ in ComponentMessages.drydock(message) })
                continue
            }
            let identity = RenderedIdentity(schema: place.document.schema, name: place.document.name)
            let query = PlaceQuery(
                .rendered(identity), place.path.isEmpty ? [] : [.key("data")] + place.path,
                concernsKey: message.concernsKey)
            items.append(
                Item(query: query) { ComponentMessages.drydock(message, document: place.document, place: $0) })
        }
    }
}
