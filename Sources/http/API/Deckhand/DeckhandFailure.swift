import Documents
import HTTPTypes
import OrderedCollections
import Primitives

/// An error in the form that Deckhand's clients read (`docs/reference/deckhand.md` §2).
struct DeckhandFailure: Error, CustomStringConvertible {
    let exception: DeckhandException
    let message: Value
    var reason = "Unspecified"
    /// Items of `details.messageList`.
    var messages: [Value]

    init(_ exception: DeckhandException, _ message: Value) {
        self.exception = exception
        self.message = message
        messages = [["error": true, "message": message]]
    }

    init(_ error: any Error) {
        switch error {
        case let failure as DeckhandFailure:
            self = failure
        case let error as DocumentError:
            self.init(error, showsPlaces: false)
        case let requestError as RequestError:
            self.init(DeckhandException(requestError), Self.message(requestError))
        case let error as any TypedError where error.kind == .unavailable:
            self.init(.unavailable, .string("The documents cannot be stored now. \(error.message)"))
        case let error as any TypedError where error.kind == .unreachable || error.kind == .busy:
            self.init(.unavailable, .string("\(error)"))
        case let error as BoatyardError:
            self.init(.unexpected(error.code), .string("The daemon failed at this request: \(error.message)"))
        default:
            self.init(
                .unexpected(String(describing: type(of: error))),
                .string("The daemon failed at this request: \(error.inWords)"))
        }
    }

    /// - Parameter showsPlaces: adds places and remedies to the messages, as Shipyard's clients get them.
    init(_ error: DocumentError, showsPlaces: Bool) {
        self.init(DeckhandException(error.problem), .string(error.message))
        if let reason = error.reason { self.reason = reason }
        if showsPlaces {
            messages = error.findings()
        } else if !error.messages.isEmpty {
            messages = error.messages.map(\.value)
        }
    }

    private static func message(_ requestError: RequestError) -> Value {
        switch requestError {
        case .notFound, .methodNotAllowed: .null
        case .forbidden(let rule): .string("Policy doesn't allow \(rule) to be performed")
        case .unauthenticated, .bodyTooLarge, .bodyIncomplete, .unsupportedMediaType, .overloaded, .identityUnavailable,
            .invalidParameter:
            .string(requestError.message)
        }
    }

    var description: String { message.stringValue ?? exception.status.line }

    func response(for request: APIRequest) -> APIResponse {
        let status = exception.status
        return request.answer(
            .object(body(status: status, apiVersion: request.apiVersion, retry: status.code == 500)), status: status)
    }

    /// The error body, with a status that is not always that of the exception: Shipyard quotes it with its own.
    func body(status: HTTPResponse.Status, apiVersion: String, retry: Bool) -> Value.Object {
        [
            "apiVersion": .string(apiVersion), "code": .string(status.line),
            "details": [
                "errorCount": .int(messages.count), "errorType": .string(exception.name),
                "messageList": .array(messages),
            ],
            "kind": "Status", "message": message, "metadata": [:], "reason": .string(reason),
            "retry": .bool(retry), "status": "Failure",
        ]
    }
}
