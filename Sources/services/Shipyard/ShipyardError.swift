import OrderedCollections
import Primitives

/// Why Shipyard refuses something, with all that its error body says (`spec/shipyard.md` §1.1).
package struct ShipyardError: Error, Sendable, CustomStringConvertible {
    /// The HTTP status.
    package var status: Int
    /// `message` of the body.
    package var title: String
    /// `reason` of the body.
    package var reason: String
    /// `details.errorType`: the name of the reference's exception.
    package var errorType: String
    /// Items of `details.messageList`; where empty, the controller puts one that repeats the reason.
    package var messages: [Value]
    package var retry: Bool
    package var cause: (any Error)?

    package init(
        _ status: Int, _ title: String, _ reason: String, errorType: String = "ApiError", messages: [Value] = [],
        retry: Bool = false, cause: (any Error)? = nil
    ) {
        self.status = status
        self.title = title
        self.reason = reason
        self.errorType = errorType
        self.messages = messages
        self.retry = retry
        self.cause = cause
    }

    package var description: String {
        guard let cause else { return "\(title): \(reason)" }
        return "\(title): \(reason) (\(cause))"
    }

    /// `details.messageList` as it goes out: every item with its `error` flag.
    package var messageList: [Value] {
        guard !messages.isEmpty else { return [["message": .string(reason), "error": true]] }
        return messages.map { item in
            guard case .object(var members) = item, members["error"] == nil else { return item }
            members["error"] = true
            return .object(members)
        }
    }
}

extension ShipyardError {
    static func appError(
        _ status: Int, _ title: String, _ reason: String, messages: [Value] = [], cause: (any Error)? = nil
    ) -> ShipyardError {
        ShipyardError(status, title, reason, errorType: "AppError", messages: messages, cause: cause)
    }

    static func unknownAction(_ id: String) -> ShipyardError {
        ShipyardError(404, "Action not found", "Unknown action \(id)")
    }
}
