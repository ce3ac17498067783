import Primitives

extension DocumentError {
    /// What can be wrong with documents and with requests for them; the raw values are the stable codes.
    package enum Problem: String, Sendable, CaseIterable {
        // Requests

        /// A body or a parameter is not of the form that it must have.
        case malformed = "documents.malformed"
        /// A name is too long, or a path or sort key cannot be read.
        case invalidInput = "documents.invalid-input"
        case invalidTag = "documents.invalid-tag"

        // Documents as they are stored

        /// A document, or its data, breaks its schema.
        case invalidFormat = "documents.invalid-format"
        /// Another bucket, or the same body, has the document already.
        case duplicate = "documents.duplicate"
        /// There may be one LayeringPolicy only.
        case singletonConflict = "documents.singleton-conflict"
        /// Revisions that an action uses cannot be deleted.
        case revisionsInUse = "documents.revisions-in-use"

        // What is not there

        case revisionMissing = "documents.revision-missing"
        case tagMissing = "documents.tag-missing"
        case validationMissing = "documents.validation-missing"
        case documentMissing = "documents.document-missing"
        case pathMissing = "documents.path-missing"

        // Layering

        case layeringPolicyMissing = "documents.layering-policy-missing"
        /// The LayeringPolicy does not name the document's layer.
        case invalidLayer = "documents.invalid-layer"
        /// The parent is of another schema.
        case invalidParent = "documents.invalid-parent"
        /// The selector finds more than one parent.
        case indeterminateParent = "documents.indeterminate-parent"
        case invalidReplacement = "documents.invalid-replacement"
        /// An action names a path that parent or child lacks.
        case keyMissing = "documents.key-missing"
        case unsupportedMethod = "documents.unsupported-method"

        // Substitution

        case dependencyCycle = "documents.dependency-cycle"
        case sourceMissing = "documents.source-missing"
        /// The source has nothing at the path.
        case sourceDataMissing = "documents.source-data-missing"
        /// The destination has no text in which to look for the pattern.
        case patternMissing = "documents.pattern-missing"
        case substitutionFailed = "documents.substitution-failed"
        /// A document grows beyond what one may have by layering and substitution.
        case tooLarge = "documents.too-large"

        /// The kind of an error with this problem.
        package var kind: ErrorKind {
            switch self {
            case .malformed, .invalidInput, .invalidTag, .invalidFormat: .invalid
            case .invalidLayer, .invalidParent, .indeterminateParent, .invalidReplacement, .keyMissing: .invalid
            case .unsupportedMethod, .dependencyCycle, .sourceDataMissing, .patternMissing: .invalid
            case .substitutionFailed, .tooLarge: .invalid
            case .duplicate, .singletonConflict, .revisionsInUse, .layeringPolicyMissing, .sourceMissing: .conflict
            case .revisionMissing, .tagMissing, .validationMissing, .documentMissing, .pathMissing: .missing
            }
        }
    }
}
