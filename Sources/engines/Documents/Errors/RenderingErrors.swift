import JSONSchema
import Primitives

extension DocumentError {
    static func invalidLayer(_ identity: DocumentIdentity, layerOrder: [String], policy: String) -> DocumentError {
        DocumentError(
            .invalidLayer,
            "Invalid layer '\(identity.layer ?? "None")' for document [\(identity.schema)] \(identity.name) was not "
                + "found in layerOrder: \(layerOrder.joined(separator: ", ")) for provided LayeringPolicy: \(policy)"
        ).about(
            identity, .key("metadata"), .key("layeringDefinition"), .key("layer"),
            remedy: "Correct the layer, or add it to the LayeringPolicy."
                + Suggestion.sentence(for: identity.layer ?? "", among: layerOrder))
    }

    static func invalidParent(
        _ parent: DocumentIdentity, of child: DocumentIdentity, reason: String
    ) -> DocumentError {
        DocumentError(
            .invalidParent,
            "The document parent [\(parent.schema)] \(parent.name) is invalid for document [\(child.schema)] "
                + "\(child.name). Reason: \(reason)",
            reason: reason
        ).about(child, .key("metadata"), .key("layeringDefinition"), .key("parentSelector"))
    }

    static func indeterminateParent(_ child: DocumentIdentity, found: Int) -> DocumentError {
        DocumentError(
            .indeterminateParent,
            "Too many parent documents found for document \(child). Found: \(found). Expected: 1"
        ).about(
            child, .key("metadata"), .key("layeringDefinition"), .key("parentSelector"),
            remedy: "Select by labels that only one document of the next higher layer has.")
    }

    static func invalidReplacement(_ document: DocumentIdentity, _ reason: ReplacementReason) -> DocumentError {
        DocumentError(
            .invalidReplacement,
            "Replacement document \(document) is invalid. Reason: \(reason.rawValue)", reason: reason.rawValue
        ).about(document, .key("metadata"), .key("name"))
    }

    enum ReplacementReason: String {
        case noParent = "Document replacement requires that the document with `replacement: true` have a parent."
        case otherDocument =
            "Document replacement requires that both documents have the same `schema` and `metadata.name`."
        case sameAsParent =
            """
            Non-replacement documents cannot have the same `schema` and `metadata.name` as their parent. Either add \
            `replacement: true` to the document or give the document a different name.
            """
        case notUnique =
            """
            More than one document with the same name and schema was found, but none has `replacement: true`. Ensure \
            that only 2 documents exist for each replacement and that one has `replacement: true` and the other \
            `replacement: false`.
            """
        case replacedItself = "A replacement document cannot itself be replaced by another document."
    }

    static func dependencyCycle(_ documents: [DocumentIdentity]) -> DocumentError {
        DocumentError(
            .dependencyCycle,
            "Cannot determine substitution order as a dependency cycle exists for the following documents: "
                + documents.map(\.description).joined(separator: ", "))
    }

    static func missingKey(
        _ action: LayeringAction, parent: DocumentIdentity, child: DocumentIdentity
    ) -> DocumentError {
        DocumentError(
            .keyMissing,
            "Missing action path in \(action.value.pythonText) needed for layering from either the data section of "
                + "the parent \(parent) or child \(child) document"
        ).about(child, .key("metadata"), .key("layeringDefinition"), .key("actions"))
    }

    static func unsupportedMethod(_ action: LayeringAction, document: DocumentIdentity) -> DocumentError {
        DocumentError(
            .unsupportedMethod,
            "Method in \(action.value.pythonText) is invalid for document \(document)"
        ).about(document, .key("metadata"), .key("layeringDefinition"), .key("actions"))
    }

    static func badActionPath(
        _ action: LayeringAction, document: DocumentIdentity, problem: String
    ) -> DocumentError {
        DocumentError(
            .keyMissing,
            "The action \(action.value.pythonText) of document \(document) has a path that cannot be followed: "
                + problem
        ).about(document, .key("metadata"), .key("layeringDefinition"), .key("actions"))
    }

    /// - Parameters:
    ///   - index: of the substitution.
    ///   - known: what can be a source.
    static func sourceNotFound(
        _ source: RenderedIdentity, destination: DocumentIdentity, index: Int, known: some Sequence<RenderedIdentity>
    ) -> DocumentError {
        let known = Array(known)
        let sameSchema = known.filter { $0.schema == source.schema }.map(\.name).sorted()
        let near =
            sameSchema.isEmpty
            ? Suggestion.sentence(for: source.schema, among: Set(known.map(\.schema)).sorted())
            : Suggestion.sentence(for: source.name, among: sameSchema)
        return DocumentError(
            .sourceMissing,
            "Required substitution source document \(source) was not found, yet is referenced by "
                + "[\(destination.schema)] \(destination.name)"
        ).about(
            destination, .key("metadata"), .key("substitutions"), .index(index), .key("src"),
            .key(sameSchema.isEmpty ? "schema" : "name"), remedy: "Correct the source, or add the document." + near)
    }

    /// - Parameter index: of the substitution.
    static func sourceDataNotFound(
        path: String, source: DocumentIdentity, destination: DocumentIdentity, index: Int
    ) -> DocumentError {
        DocumentError(
            .sourceDataMissing,
            "Required substitution source secret was not found at path \(path) in source document \(source) which is "
                + "referenced by destination document \(destination) under its `metadata.substitutions`"
        ).about(
            destination, .key("metadata"), .key("substitutions"), .index(index), .key("src"), .key("path"),
            remedy: "Correct src.path: \(source) has nothing there.")
    }

    /// - Parameter problem: what is wrong and what to do; never a value from a document, which may be secret.
    static func substitutionFailed(
        _ index: Int, of destination: DocumentIdentity, from source: RenderedIdentity, path: String, problem: String
    ) -> DocumentError {
        DocumentError(
            .substitutionFailed,
            "Substitution \(index) of document \(destination) from \(source) into path \(path) cannot be made: "
                + problem
        ).about(destination, .key("metadata"), .key("substitutions"), .index(index))
    }

    static func missingPattern(
        _ pattern: String, path: String, destination: DocumentIdentity
    ) -> DocumentError {
        DocumentError(
            .patternMissing,
            "Document \(destination) has no text at path \(path) in which to look for the pattern \(pattern) of its "
                + "substitution. Put a text with the pattern there, or remove the pattern"
        ).about(destination, .key("metadata"), .key("substitutions"))
    }

    static func tooLarge(_ document: DocumentIdentity, _ error: RenderLimitError) -> DocumentError {
        DocumentError(
            .tooLarge,
            "Document \(document) grows \(error.problem) by layering and substitution. Substitute smaller parts, "
                + "or break the chain of substitutions")
    }
}
