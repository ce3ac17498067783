import JSONSchema
import OrderedCollections
import Primitives

/// The shape that every document has (`docs/reference/deckhand.md` §6.1).
enum DocumentShape {
    typealias Compiled = Result<CompiledSchema, JSONSchemaError>

    /// Of a whole document.
    static let base = compile(BuiltInSchemas.base)
    /// Of the `metadata` section, by the schema that it names.
    static let metadata = BuiltInSchemas.metadata.mapValues(compile)

    private static func compile(_ schema: Value) -> Compiled {
        Compiled { () throws(JSONSchemaError) in try CompiledSchema(schema) }
    }

    private static let diagnostic: Value = """
        Ensure that each document has a metadata, schema and data section. Each document must pass the schema defined \
        under: https://airship-deckhand.readthedocs.io/en/latest/validation.html#base-schema
        """

    static func unknownMetadata(_ kind: String) -> String {
        let parts = kind.split(separator: "/", omittingEmptySubsequences: false)
        let name = parts.prefix(2).joined(separator: "/")
        return "Invalid metadata schema \(name) version \(parts.last ?? "") specified."
    }

    /// `.invalidFormat` with the problems of a document, named D001.
    static func error(_ problems: [Problem], of document: Value) -> DocumentError {
        let metadata = document["metadata"]
        let subject = DocumentValidationMessage.Subject(
            schema: document["schema"]?.stringValue,
            layer: metadata?["layeringDefinition"]?["layer"]?.stringValue,
            name: metadata?["name"]?.stringValue)
        return .invalidFormat(
            problems.map { problem in
                let message = DocumentValidationMessage(
                    message: problem.text, name: .shape, documents: [subject], diagnostic: diagnostic)
                return problem.violation.map { mended(message.located($0, in: problem.section), of: document) }
                    ?? message
            })
    }

    /// What is missing is told to be missing: it counts as null, and nobody wrote that.
    private static func mended(
        _ message: DocumentValidationMessage, of document: Value
    ) -> DocumentValidationMessage {
        guard case .key(let key)? = message.path.last, message.offending == .null else { return message }
        var place: Value? = document
        for case .key(let name) in message.path.dropLast() { place = place?[name] }
        guard place?[key] == nil else { return message }
        var message = message
        message.offending = nil
        message.remedy = "The document has no key \(key.pythonRepr): add it."
        return message
    }

    struct Problem {
        let text: String
        var violation: SchemaViolation?
        /// Where in the document the validated value stands.
        var section: [PathElement] = []

        init(_ text: String) { self.text = text }

        init(_ violation: SchemaViolation, in section: [PathElement]) {
            text = violation.message
            self.violation = violation
            self.section = section
        }
    }
}
