import Primitives

/// One problem of a document, in the form that every Airship component uses.
package struct DocumentValidationMessage: Sendable, Hashable {
    package enum Name: String, Sendable {
        /// The document is not of the shape that every document must have.
        case shape = "D001"
        /// The document's data breaks the data schema of its kind.
        case dataSchema = "D002"
        /// The document has a key that means nothing; ours.
        case unknownKey = "BY1010"
    }

    package struct Subject: Sendable, Hashable {
        package let schema: String
        package let layer: String
        package let name: String

        package init(schema: String?, layer: String?, name: String?) {
            self.schema = schema ?? ""
            self.layer = layer ?? ""
            self.name = name ?? ""
        }
    }

    package let message: String
    package let name: Name
    /// Only errors make a revision invalid.
    package let level: Severity
    package let documents: [Subject]
    package let diagnostic: Value

    package init(
        message: String, name: Name, level: Severity = .error, documents: [Subject], diagnostic: Value
    ) {
        self.message = message
        self.name = name
        self.level = level
        self.documents = documents
        self.diagnostic = diagnostic
    }

    package var value: Value {
        [
            "diagnostic": diagnostic,
            "documents": .array(
                documents.map {
                    ["layer": .string($0.layer), "name": .string($0.name), "schema": .string($0.schema)]
                }),
            "error": .bool(level == .error), "kind": "ValidationMessage", "level": .string(level.title),
            "message": .string(message), "name": .string(name.rawValue),
        ]
    }
}
