import JSONSchema
import Primitives

/// Compiled data schemas, kept between validations. For any thread.
package struct DataSchemaCache: Sendable {
    let schemas = SchemaCache()

    package init() {}
}

extension DocumentEngine {
    /// Validates rendered documents against the data schemas of their kinds (`docs/reference/deckhand.md` §6.3).
    ///
    /// - Parameters:
    ///   - latestSchemas: the DataSchema documents of the newest revision, which apply to every revision.
    ///   - cache: where compiled schemas are kept between calls.
    /// - Throws: `.invalidFormat` with every problem of every document, named D002.
    package static func validate(
        _ rendered: [RenderedDocument], latestSchemas: [StoredDocument], cache: DataSchemaCache
    ) throws(DocumentError) {
        let schemas = DataSchemas(latest: latestSchemas, rendered: rendered)
        var compiled: [String: CompiledSchema] = [:]
        var messages: [DocumentValidationMessage] = []
        for document in rendered {
            guard let entry = schemas.entry(for: document.schema) else { continue }
            let schema: CompiledSchema
            if let known = compiled[document.schema] {
                schema = known
            } else {
                do {
                    schema = try cache.schemas.compiled(entry.schema)
                } catch {
                    throw unusable(entry, for: document, error)
                }
                compiled[document.schema] = schema
            }
            for violation in schema.validate(document.data) {
                messages.append(ViolationReport(document: document, violation: violation, schema: entry.schema).message)
            }
        }
        if !messages.isEmpty { throw .invalidFormat(messages) }
    }

    private static func unusable(
        _ entry: DataSchemas.Entry, for document: RenderedDocument, _ error: JSONSchemaError
    ) -> DocumentError {
        let identity = entry.document ?? document.source.identity
        let message = "DataSchema \(identity.name) is not a valid JSON schema of draft 4: \(error.description)"
        return .invalidFormat([
            DocumentValidationMessage(
                message: message, name: .dataSchema,
                documents: [.init(schema: identity.schema, layer: identity.layer, name: identity.name)],
                diagnostic: "Correct the data section of the DataSchema document.")
        ])
    }
}
