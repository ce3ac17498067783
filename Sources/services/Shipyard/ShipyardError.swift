import Primitives

/// An error of Shipyard (`docs/reference/shipyard.md` §1.1).
package struct ShipyardError: TypedError {
    /// What went wrong.
    package var problem: Problem
    /// What failed, in one line. Clients get it as `message`.
    package var title: String
    /// Why it failed, and what to do. Clients get it as `reason`.
    package var reason: String
    /// Further messages: objects with `message`, and `error` false where they are no errors.
    package var messages: [Value]
    /// The error that led to this one, for the journal; nil where there is none.
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

    /// The kind of the problem.
    package var kind: ErrorKind {
        if problem == .renderingFailed, let cause = cause as? any TypedError { return cause.kind }
        return problem.kind
    }

    /// The code of the problem, such as `shipyard.wrong-state`.
    package var code: String { problem.rawValue }

    package var message: String { "\(title): \(reason)" }

    /// Documents were sent without a length, or with a length of 0.
    package static let lengthMissing = ShipyardError(
        .missingBody, "Content-Length is a required header", "Content Length is 0 or not specified",
        messages: [
            [
                "message": .string(
                    "The body is empty or its length was not announced. To empty the collection, give the parameter "
                        + "empty-collection=true; otherwise send documents with a matching Content-Length")
            ]
        ])

    static func unknownAction(_ id: String) -> ShipyardError {
        ShipyardError(.unknownAction, "Action not found", "Unknown action \(id)")
    }
}
