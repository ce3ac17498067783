import Documents
import HTTPTypes
import Primitives
import Shipyard

/// The exceptions of the reference's Shipyard, as its clients see them: `details.errorType`, the status, and whether
/// another try may succeed (`docs/reference/shipyard.md` §1.1).
struct ShipyardException: Sendable, Hashable {
    let errorType: String
    let status: HTTPResponse.Status
    let retry: Bool

    private init(_ errorType: String, _ status: HTTPResponse.Status, retry: Bool = false) {
        self.errorType = errorType
        self.status = status
        self.retry = retry
    }

    static let badRequest = api(.badRequest)
    /// An action that a pre-run check stopped.
    static let refusedAction = api(.conflict)
    /// Failed logins.
    static let tooMany = api(.tooManyRequests, retry: true)
    static let unavailable = api(.serviceUnavailable, retry: true)

    /// Of an error that is none of Shipyard's own, by its kind: documents that Drydock cannot use, a node it does not know.
    init(_ kind: ErrorKind) {
        self =
            switch kind {
            case .invalid: Self.api(.badRequest)
            case .missing: Self.api(.notFound)
            case .unauthenticated: Self.api(.unauthorized)
            case .forbidden: Self.api(.forbidden)
            case .conflict: Self.api(.conflict)
            case .tooMany, .busy, .unreachable, .refused, .unavailable, .storage:
                Self.api(.serviceUnavailable, retry: kind.isWorthRetrying)
            case .failed: Self.api(.internalServerError)
            }
    }

    /// - Parameter type: of the Swift error.
    static func unexpected(_ type: String) -> Self { Self(type, .internalServerError, retry: true) }

    init(_ error: ShipyardError) {
        self.init(error.problem)
        // Documents that do not render are not this daemon's failure: Deckhand's own status tells what they are.
        guard error.problem == .renderingFailed, let cause = error.cause as? DocumentError else { return }
        self = Self.api(DeckhandException(cause.problem).status)
    }

    init(_ problem: ShipyardError.Problem) {
        self =
            switch problem {
            case .missingBody, .malformedBody, .invalidActionID, .invalidWorkflowID, .invalidStatusFilter,
                .invalidVersion, .invalidBufferMode, .collectionUnchanged, .deploymentVersionMissing,
                .unsupportedAction, .invalidTargets, .nothingCommitted, .invalidDocuments, .renderingFailed:
                Self.api(.badRequest)
            case .invalidBody, .invalidNoteID: Self("InvalidFormatError", .badRequest)
            case .invalidVersionPair, .documentsRejected: Self("AppError", .badRequest)
            case .unknownAction, .unknownStep, .unknownValidation, .unknownControl, .unknownNote, .noteWithoutDetails,
                .versionMissing:
                Self.api(.notFound)
            case .comparedVersionMissing, .collectionMissing: Self("AppError", .notFound)
            case .documentsLocked, .bufferOccupied, .intermediateCommit, .wrongState, .actionsExclude:
                Self.api(.conflict)
            case .nothingToCommit: Self.api(.conflict, retry: true)
            case .documentsConflict: Self("AppError", .conflict)
            case .stopping: Self.unavailable
            case .noteDetailsFailed: Self.api(.internalServerError)
            case .deckhandFailed, .drydockFailed: Self("AppError", .internalServerError)
            }
    }

    init(_ requestError: RequestError) {
        self =
            switch requestError {
            case .notFound: Self("HTTPRouteNotFound", requestError.status)
            case .methodNotAllowed: Self("HTTPMethodNotAllowed", requestError.status)
            case .invalidParameter: Self("HTTPInvalidParam", requestError.status)
            case .identityUnavailable: Self.unavailable
            case .overloaded: Self.api(requestError.status, retry: true)
            case .unauthenticated, .forbidden, .bodyTooLarge, .bodyIncomplete, .unsupportedMediaType:
                Self.api(requestError.status)
            }
    }

    private static func api(_ status: HTTPResponse.Status, retry: Bool = false) -> Self {
        Self("ApiError", status, retry: retry)
    }
}
