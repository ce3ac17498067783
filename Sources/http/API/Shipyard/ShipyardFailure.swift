import Documents
import HTTPTypes
import OrderedCollections
import Primitives
import Shipyard
import YAML

/// An error in the form that Shipyard's clients read (`docs/reference/shipyard.md` §1.1).
struct ShipyardFailure: Error, CustomStringConvertible {
    let exception: ShipyardException
    /// `message` of the body.
    let title: Value
    let reason: String
    /// Items of `details.messageList`, each with its `error` flag.
    var messages: [Value]
    /// The action that was refused: its keys stand beside those of the error, which win.
    private var entity: Value.Object?

    /// - Parameter messages: items without an `error` flag are errors; where there are none, one repeats the reason.
    init(_ exception: ShipyardException, _ title: Value, _ reason: String, messages: [Value] = []) {
        self.exception = exception
        self.title = title
        self.reason = reason
        self.messages = messages.isEmpty ? [["message": .string(reason)]] : messages
        self.messages = self.messages.map { item in
            guard case .object(var members) = item, members["error"] == nil else { return item }
            members["error"] = true
            return .object(members)
        }
    }

    init(_ error: any Error) {
        switch error {
        case let failure as ShipyardFailure: self = failure
        case let error as ShipyardError:
            // Whatever it was that the state, or a server elsewhere, kept from being done.
            if let cause = error.cause as? any TypedError, cause.kind.passes {
                self.init(cause)
            } else {
                self.init(error, ShipyardException(error))
            }
        case let refused as RefusedAction:
            self.init(refused.error, .refusedAction)
            entity = refused.entity.objectValue ?? [:]
        case let requestError as RequestError: self.init(requestError)
        case let error as any TypedError where error.kind.concernsState:
            self.init(ShipyardException(error.kind), "The state cannot be written or read", error.message)
        case let error as any TypedError where error.kind.passes:
            self.init(.unavailable, "What this needs does not answer now", error.message)
        case let error as any TypedError where error.kind != .failed:
            self.init(ShipyardException(error.kind), .string(error.message), "")
        default:
            self.init(
                .unexpected("\(type(of: error))"), .string("The daemon failed at this request: \(error.inWords)"), "",
                messages: [["message": "An error occurred, but was not specified", "error": true]])
        }
    }

    private init(_ error: ShipyardError, _ exception: ShipyardException) {
        let reason = Self.quotedReason(error) ?? error.reason
        self.init(exception, .string(error.title), reason, messages: error.messages)
    }

    /// `TITLE: REASON`, and the messages that say more.
    var description: String {
        let texts =
            [title.stringValue ?? exception.status.line, reason] + messages.compactMap { $0["message"]?.stringValue }
        var told: [String] = []
        for text in texts where !text.isEmpty && !told.contains(text) { told.append(text) }
        return told.joined(separator: ": ")
    }

    init(_ requestError: RequestError) {
        let exception = ShipyardException(requestError)
        switch requestError {
        case .unauthenticated, .forbidden:
            let title = requestError == .unauthenticated ? "Unauthenticated" : "Forbidden"
            self.init(exception, .string(title), requestError.message)
        case .notFound, .methodNotAllowed:
            self.init(exception, .null, exception.status.line, messages: [["message": .null]])
        case .identityUnavailable, .overloaded, .bodyTooLarge, .bodyIncomplete, .unsupportedMediaType:
            self.init(exception, .string(exception.status.reasonPhrase), requestError.message)
        case .invalidParameter(let text):
            // The reason is the reference's; clients print the messages.
            self.init(exception, .string(text), "Invalid parameter", messages: [["message": .string(text)]])
        }
    }

    /// Deckhand's whole answer, as the reference passes it on; nil where the error is not one of Deckhand's.
    private static func quotedReason(_ error: ShipyardError) -> String? {
        switch error.problem {
        case .documentsRejected, .documentsConflict: break
        default: return nil
        }
        guard let cause = error.cause as? DocumentError else { return nil }
        let status: HTTPResponse.Status = cause.kind == .conflict ? .conflict : .badRequest
        return YAML.dump(
            .object(DeckhandFailure(cause, showsPlaces: true).body(status: status, apiVersion: "v1.0", retry: false)))
    }

    func response(for request: APIRequest) -> APIResponse {
        guard let entity else { return .json(.object(body(request)), status: exception.status) }
        var response = APIResponse.json(.object(entity.merging(body(request)) { $1 }), status: exception.status)
        response.headers[.location] = request.absolute("/api/v1.0/actions/\(entity["id"]?.stringValue ?? "")")
        return response
    }

    private func body(_ request: APIRequest) -> Value.Object {
        let errors = messages.filter { $0["error"] == true }
        let remarks = messages.filter { $0["error"] != true }
        return [
            "kind": "status", "apiVersion": .string(request.apiVersion), "metadata": [:],
            "status": "Failure", "message": title, "reason": .string(reason),
            "details": [
                "errorType": .string(exception.errorType), "errorCount": .int(errors.count),
                "messageList": .array(errors + remarks),
                // What the documentation calls it.
                "errorList": .array(errors),
            ],
            "code": .string(exception.status.line), "retry": .bool(exception.retry),
        ]
    }
}
