import Primitives

extension DocumentError {
    static func invalidLayer(_ identity: DocumentIdentity, layerOrder: [String], policy: String) -> DocumentError {
        DocumentError(
            .invalidLayer,
            "Invalid layer '\(identity.layer ?? "None")' for document [\(identity.schema)] \(identity.name) was not "
                + "found in layerOrder: \(layerOrder.joined(separator: ", ")) for provided LayeringPolicy: \(policy)")
    }

    static func invalidParent(
        _ parent: DocumentIdentity, of child: DocumentIdentity, reason: String
    ) -> DocumentError {
        DocumentError(
            .invalidParent,
            "The document parent [\(parent.schema)] \(parent.name) is invalid for document [\(child.schema)] "
                + "\(child.name). Reason: \(reason)",
            reason: reason)
    }

    static func indeterminateParent(_ child: DocumentIdentity, found: Int) -> DocumentError {
        DocumentError(
            .indeterminateParent,
            "Too many parent documents found for document \(child). Found: \(found). Expected: 1")
    }

    static func invalidReplacement(_ document: DocumentIdentity, _ reason: ReplacementReason) -> DocumentError {
        DocumentError(
            .invalidReplacement,
            "Replacement document \(document) is invalid. Reason: \(reason.rawValue)", reason: reason.rawValue)
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
                + "the parent \(parent) or child \(child) document")
    }

    static func unsupportedMethod(_ action: LayeringAction, document: DocumentIdentity) -> DocumentError {
        DocumentError(
            .unsupportedMethod,
            "Method in \(action.value.pythonText) is invalid for document \(document)")
    }

    static func badActionPath(
        _ action: LayeringAction, document: DocumentIdentity, problem: String
    ) -> DocumentError {
        DocumentError(
            .keyMissing,
            "The action \(action.value.pythonText) of document \(document) has a path that cannot be followed: "
                + problem)
    }

    static func sourceNotFound(_ source: RenderedIdentity, destination: DocumentIdentity) -> DocumentError {
        DocumentError(
            .sourceMissing,
            "Required substitution source document \(source) was not found, yet is referenced by "
                + "[\(destination.schema)] \(destination.name)")
    }

    static func sourceDataNotFound(
        path: String, source: DocumentIdentity, destination: DocumentIdentity
    ) -> DocumentError {
        DocumentError(
            .sourceDataMissing,
            "Required substitution source secret was not found at path \(path) in source document \(source) which is "
                + "referenced by destination document \(destination) under its `metadata.substitutions`")
    }

    /// - Parameter problem: what is wrong and what to do; never a value from a document, which may be secret.
    static func substitutionFailed(
        _ index: Int, of destination: DocumentIdentity, from source: RenderedIdentity, path: String, problem: String
    ) -> DocumentError {
        DocumentError(
            .substitutionFailed,
            "Substitution \(index) of document \(destination) from \(source) into path \(path) cannot be made: "
                + problem)
    }

    static func missingPattern(
        _ pattern: String, path: String, destination: DocumentIdentity
    ) -> DocumentError {
        DocumentError(
            .patternMissing,
            "Document \(destination) has no text at path \(path) in which to look for the pattern \(pattern) of its "
                + "substitution. Put a text with the pattern there, or remove the pattern")
    }

    static func tooLarge(_ document: DocumentIdentity, _ error: RenderLimitError) -> DocumentError {
        DocumentError(
            .tooLarge,
            "Document \(document) grows \(error.problem) by layering and substitution. Substitute smaller parts, "
                + "or break the chain of substitutions")
    }
}
