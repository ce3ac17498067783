import JSONSchema
import Primitives
import YAML

/// A finding of the validation of documents, in the form that all Airship components have.
package struct DocumentValidationMessage: Sendable, Hashable {
    /// The code of a finding.
    package enum Name: String, Sendable {
        /// The document is not of the shape that every document must have.
        case shape = "D001"
        /// The document's data breaks the data schema of its kind.
        case dataSchema = "D002"
        // Ours.

        /// The document has a key that means nothing.
        case unknownKey = "BY1010"
        /// A key is written twice in one mapping.
        case repeatedKey = "BY1011"
        /// YAML 1.1 makes something else of what is meant as text.
        case misreadText = "BY1012"
        /// A secret stands in clear.
        case clearSecret = "BY1013"
        /// A substitution does not do what it seems to.
        case substitution = "BY1014"
        /// A `parentSelector` finds no parent.
        case orphan = "BY1015"
        /// A file holds no document.
        case emptyFile = "BY1016"
    }

    /// A document that a finding is about.
    package struct Subject: Sendable, Hashable {
        /// The schema of the document; empty where it has none.
        package let schema: String
        /// The layer of the document; empty where it has none.
        package let layer: String
        /// The name of the document; empty where it has none.
        package let name: String

        package init(schema: String?, layer: String?, name: String?) {
            self.schema = schema ?? ""
            self.layer = layer ?? ""
            self.name = name ?? ""
        }
    }

    package let message: String
    /// The code of the finding.
    package let name: Name
    /// Only errors make a revision invalid.
    package var level: Severity
    /// The documents that it is about.
    package let documents: [Subject]
    /// What to look at: a text, or an object of the failed schema.
    package let diagnostic: Value
    /// Where in the first of the documents, from its top downwards: `data`, `cidr`. Empty for the whole.
    package var path: [PathElement] = []
    /// Whether it is the key at `path` that is wrong, and not its value.
    package var concernsKey = false
    /// What stands at `path`, where that is wrong.
    package var offending: Value?
    /// What to do about it; nil where the diagnostic says so.
    package var remedy: String?
    /// Where it is written, where that is known.
    package var place: String?

    package init(
        message: String, name: Name, level: Severity = .error, documents: [Subject], diagnostic: Value
    ) {
        self.message = message
        self.name = name
        self.level = level
        self.documents = documents
        self.diagnostic = diagnostic
    }

    /// With what a violation of a schema tells of its place and cure.
    ///
    /// - Parameter section: where the validated value stands in the document.
    func located(_ violation: SchemaViolation, in section: [PathElement]) -> DocumentValidationMessage {
        var message = self
        message.path = section + violation.instancePath + violation.unknownKeys.prefix(1).map(PathElement.key)
        message.concernsKey = !violation.unknownKeys.isEmpty
        if violation.keyword == "type" { message.offending = violation.instance }
        message.remedy = violation.remedy
        return message
    }

    /// The message as clients get it.
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

extension SchemaViolation {
    /// What to do about it, where that can be told.
    package var remedy: String? {
        if let key = unknownKeys.first {
            let known = Suggestion.sentence(for: key, among: knownKeys)
            return "Correct or remove the key \(key.pythonRepr).\(known)"
        }
        guard wantsText, let explanation = SourceNotes.explanation(of: nil, readAs: instance)
        else { return nil }
        return explanation + "."
    }
}
