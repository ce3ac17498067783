import Documents
import HTTPTypes

/// Deckhand's exceptions, by whose names its clients tell errors apart, each with its status
/// (`docs/reference/deckhand.md` §14).
struct DeckhandException: Sendable, Hashable {
    let name: String
    let status: HTTPResponse.Status

    private init(_ name: String, _ status: HTTPResponse.Status) {
        self.name = name
        self.status = status
    }

    static let missingHeader = Self("HTTPMissingHeader", .badRequest)
    static let unsupportedMediaType = Self("HTTPUnsupportedMediaType", .unsupportedMediaType)
    /// An unknown revision, where a route reports it in its own name.
    static let notFound = Self("HTTPNotFound", .notFound)
    /// The daemon's database cannot be written or read now.
    static let unavailable = Self("ServiceUnavailable", .serviceUnavailable)

    /// What has no name in Deckhand.
    ///
    /// - Parameter name: the error's code or type.
    static func unexpected(_ name: String) -> Self { Self(name, .internalServerError) }

    init(_ problem: DocumentError.Problem) {
        self =
            switch problem {
            case .malformed: Self("HTTPBadRequest", .badRequest)
            case .invalidInput: Self("InvalidInputException", .badRequest)
            case .invalidTag: Self("RevisionTagBadFormat", .badRequest)
            case .invalidFormat: Self("InvalidDocumentFormat", .badRequest)
            case .duplicate: Self("DuplicateDocumentExists", .conflict)
            case .singletonConflict: Self("SingletonDocumentConflict", .conflict)
            case .revisionsInUse: Self("RevisionsInUse", .conflict)
            case .revisionMissing: Self("RevisionNotFound", .notFound)
            case .tagMissing: Self("RevisionTagNotFound", .notFound)
            case .validationMissing: Self("ValidationNotFound", .notFound)
            case .documentMissing: Self("DocumentNotFound", .notFound)
            case .pathMissing: Self("PathNotFound", .notFound)
            case .layeringPolicyMissing: Self("LayeringPolicyNotFound", .conflict)
            case .invalidLayer: Self("InvalidDocumentLayer", .badRequest)
            case .invalidParent: Self("InvalidDocumentParent", .badRequest)
            case .indeterminateParent: Self("IndeterminateDocumentParent", .badRequest)
            case .invalidReplacement: Self("InvalidDocumentReplacement", .badRequest)
            case .keyMissing: Self("MissingDocumentKey", .badRequest)
            case .unsupportedMethod: Self("UnsupportedActionMethod", .badRequest)
            case .dependencyCycle: Self("SubstitutionDependencyCycle", .badRequest)
            case .sourceMissing: Self("SubstitutionSourceNotFound", .conflict)
            case .sourceDataMissing: Self("SubstitutionSourceDataNotFound", .badRequest)
            case .patternMissing: Self("MissingDocumentPattern", .badRequest)
            case .substitutionFailed: Self("UnknownSubstitutionError", .badRequest)
            case .tooLarge: Self("RenderedDocumentTooLarge", .badRequest)
            }
    }

    init(_ requestError: RequestError) {
        let name =
            switch requestError {
            case .unauthenticated: "HTTPUnauthorized"
            case .forbidden: "HTTPForbidden"
            case .notFound: "HTTPRouteNotFound"
            case .methodNotAllowed: "HTTPMethodNotAllowed"
            case .bodyTooLarge: "HTTPPayloadTooLarge"
            case .bodyIncomplete: "HTTPBadRequest"
            case .overloaded, .identityUnavailable: "ServiceUnavailable"
            case .invalidParameter: "HTTPInvalidParam"
            case .unsupportedMediaType: "HTTPUnsupportedMediaType"
            }
        self.init(name, requestError.status)
    }
}
