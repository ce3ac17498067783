import JSONSchema
import OrderedCollections
import Primitives

/// Checks that a document has the shape of one (`docs/reference/deckhand.md` §6.1).
enum DocumentShape {
    private typealias Compiled = Result<CompiledSchema, JSONSchemaError>

    private static let base = compile(BuiltInSchemas.base)
    private static let metadata = BuiltInSchemas.metadata.mapValues(compile)

    private static func compile(_ schema: Value) -> Compiled {
        Compiled { () throws(JSONSchemaError) in try CompiledSchema(schema) }
    }

    private static let diagnostic: Value = """
        Ensure that each document has a metadata, schema and data section. Each document must pass the schema defined \
        under: https://airship-deckhand.readthedocs.io/en/latest/validation.html#base-schema
        """

    /// - Throws: `.invalidFormat` with every problem found, named D001.
    static func check(_ document: Value) throws(DocumentError) {
        let problems = problems(of: document)
        guard !problems.isEmpty else { return }
        let metadata = document["metadata"]
        let subject = DocumentValidationMessage.Subject(
            schema: document["schema"]?.stringValue,
            layer: metadata?["layeringDefinition"]?["layer"]?.stringValue,
            name: metadata?["name"]?.stringValue)
        throw .invalidFormat(
            problems.map {
                DocumentValidationMessage(message: $0, name: .shape, documents: [subject], diagnostic: diagnostic)
            })
    }

    private static func problems(of document: Value) -> [String] {
        var completed = document.objectValue ?? [:]
        for section in ["schema", "metadata"] where completed[section] == nil { completed[section] = .null }
        if completed["data"] == nil { completed["data"] = [:] }
        let problems = messages(.object(completed), schema: base)
        guard problems.isEmpty, let metadata = completed["metadata"] else { return problems }
        let kind = metadata["schema"]?.stringValue ?? ""
        guard let schema = Self.metadata[kind] else {
            let parts = kind.split(separator: "/", omittingEmptySubsequences: false)
            let name = parts.prefix(2).joined(separator: "/")
            return ["Invalid metadata schema \(name) version \(parts.last ?? "") specified."]
        }
        return messages(metadata, schema: schema)
    }

    private static func messages(_ value: Value, schema: Compiled) -> [String] {
        switch schema {
        case .success(let schema): schema.validate(value).map(\.message)
        case .failure(let error): [error.description]
        }
    }
}
