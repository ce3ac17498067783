/// An error that a person can act upon.
///
/// `code` is stable and documented, for metrics and the journal; `message` says what failed, where, and what to do
/// about it; `cause` keeps the error underneath. Errors are thrown, and logged once, at the edge.
package struct BoatyardError: Error, Sendable, CustomStringConvertible {
    /// Stable and documented: `oob.power`.
    package var code: String
    package var message: String
    /// The error underneath; nil where there is none.
    package var cause: (any Error)?

    package init(_ code: String, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String {
        guard let cause else { return message }
        return "\(message) (\(cause))"
    }
}
