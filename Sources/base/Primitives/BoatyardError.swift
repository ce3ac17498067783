/// An error of a module that has no error type of its own.
package struct BoatyardError: TypedError {
    /// What the failure means to the caller; `failed` unless it is said.
    package var kind: ErrorKind
    /// Stable and documented: `oob.power`.
    package var code: String
    package var message: String
    /// The error underneath; nil where there is none.
    package var cause: (any Error)?

    package init(_ code: String, _ message: String, kind: ErrorKind = .failed, cause: (any Error)? = nil) {
        self.kind = kind
        self.code = code
        self.message = message
        self.cause = cause
    }
}
