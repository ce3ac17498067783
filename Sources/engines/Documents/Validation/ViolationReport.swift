import JSONSchema
import Primitives

/// How one violation of a data schema is reported, without showing what may be secret
/// (`docs/reference/deckhand.md` §6.3).
struct ViolationReport {
    let document: RenderedDocument
    let violation: SchemaViolation
    let schema: Value

    private static let sanitized = "Sanitized to avoid exposing secret."
    /// The keywords whose messages name keys of the schema only, nothing of the document.
    private static let keywordsAboutKeys: Set<String> = ["required", "dependencies", "$ref"]
    /// Names keys of the document, which are as secret as what they stand for.
    private static let additionalProperties = "additionalProperties"

    var message: DocumentValidationMessage {
        let identity = document.source.identity
        let message = DocumentValidationMessage(
            message: text, name: .dataSchema,
            documents: [.init(schema: identity.schema, layer: identity.layer, name: identity.name)],
            diagnostic: [
                "error_section": section,
                "schema_path": .string("." + violation.schemaPath.map(\.description).joined(separator: ".")),
                "validation_schema": schema,
            ])
        guard text == violation.message else { return sanitized(message) }
        return message.located(violation, in: [.key("data")])
    }

    /// Without anything of the value, of which only the way to write it is told.
    private func sanitized(_ message: DocumentValidationMessage) -> DocumentValidationMessage {
        var message = message
        message.path = [.key("data")]
        if violation.wantsText {
            message.remedy = "What is written there is no text to YAML 1.1: put it in quotes."
        }
        return message
    }

    private var text: String {
        let mayShowSecret =
            document.holdsSecret && !Self.keywordsAboutKeys.contains(violation.keyword) && !namesPlainKeys
        let isTypeOfSubstituted = violation.keyword == "type" && !destinations.isEmpty
        return mayShowSecret || isTypeOfSubstituted ? Self.sanitized : violation.message
    }

    /// Whether the message names keys of the document that are no part of a secret.
    private var namesPlainKeys: Bool {
        guard violation.keyword == Self.additionalProperties, !isWhollySecret else { return false }
        var place: Value? = sanitizedData
        for element in violation.instancePath {
            switch element {
            case .key(let key): place = place?[key]
            case .index(let index): place = place?[index]
            }
        }
        return place?.objectValue != nil
    }

    /// What holds the failing value; the whole document where that is the data itself.
    private var section: Value {
        let data = sanitizedData
        if violation.instancePath.isEmpty {
            return ["data": data, "metadata": document.metadata, "schema": .string(document.schema)]
        }
        if isWhollySecret { return data }
        var section: Value? = data
        for element in violation.instancePath.dropLast() {
            guard case .key(let key) = element else { return .null }
            section = section?[key]
        }
        return section ?? .null
    }

    /// Whether the secret parts cannot be told from the others.
    private var isWhollySecret: Bool {
        document.source.isEncrypted || (document.holdsSecret && document.secretSubstitutions.isEmpty)
    }

    private var sanitizedData: Value {
        if isWhollySecret { return .string(Self.sanitized) }
        var data = document.data
        for destination in destinations {
            guard let path = try? JSONPath(destination.path) else { continue }
            data = data.replacing(path, with: .string(Self.sanitized))
        }
        return data
    }

    private var destinations: [Substitution.Destination] {
        LayeringMetadata(document.metadata).substitutions.flatMap(\.destinations)
    }
}
