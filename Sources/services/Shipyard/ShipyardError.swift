import Primitives

/// Why Shipyard does not do what it was asked (`docs/reference/shipyard.md` §1.1).
package struct ShipyardError: TypedError {
    package var problem: Problem
    /// What failed, in one line.
    package var title: String
    /// Why, and what to do about it.
    package var reason: String
    /// What there is to say beside the reason: objects with `message`, and with `error` where they are no errors.
    package var messages: [Value]
    package var cause: (any Error)?

    package init(
        _ problem: Problem, _ title: String, _ reason: String, messages: [Value] = [], cause: (any Error)? = nil
    ) {
        self.problem = problem
        self.title = title
        self.reason = reason
        self.messages = messages
        self.cause = cause
    }

    package var kind: ErrorKind { problem.kind }

    package var code: String { problem.rawValue }

    package var message: String { "\(title): \(reason)" }

    static func unknownAction(_ id: String) -> ShipyardError {
        ShipyardError(.unknownAction, "Action not found", "Unknown action \(id)")
    }
}
