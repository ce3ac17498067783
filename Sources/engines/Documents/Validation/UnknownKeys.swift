import JSONSchema
import OrderedCollections
import Primitives

/// Keys at the top of a document that mean nothing, such as a `dta` in the place of `data`: Deckhand passes over them
/// (`docs/reference/deckhand.md` §5), and so does a PUT here. Where people look for messages they are told.
package enum UnknownKeys {
    /// `id` and `status` stand in what is read, so that it can be put again as it is.
    private static let known: Set<String> = ["schema", "metadata", "data", "id", "status"]

    /// Whether a document has any.
    static func isAny(in document: Value) -> Bool {
        document.objectValue?.keys.contains { !known.contains($0) } ?? false
    }

    /// A warning for each unknown key.
    ///
    /// - Parameter place: the place of a key of the document with this index, in words; nil where it is not known.
    package static func warnings(
        _ documents: [Value], place: (_ key: String, _ index: Int) -> String?
    ) -> [DocumentValidationMessage] {
        documents.enumerated().flatMap { index, document in
            (document.objectValue?.keys ?? []).filter { !known.contains($0) }.prefix(shown).map { key in
                let place = place(key, index).map { ", \($0)," } ?? ""
                var message = DocumentValidationMessage(
                    message: "The key \(String(key.prefix(80)).pythonRepr)\(place) is passed over", name: .unknownKey,
                    level: .warning,
                    documents: [
                        DocumentValidationMessage.Subject(
                            schema: document["schema"]?.stringValue,
                            layer: document["metadata"]?["layeringDefinition"]?["layer"]?.stringValue,
                            name: document["metadata"]?["name"]?.stringValue)
                    ],
                    diagnostic: .string(
                        "A document has the keys schema, metadata and data. Correct the key, or remove it."
                            + (Suggestion.closest(to: key, among: ["schema", "metadata", "data"])
                                .map { " Did you mean '\($0)'?" } ?? "")))
                message.path = [.key(key)]
                return message
            }
        }
    }

    private static let shown = 8
}
