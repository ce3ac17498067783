import Primitives

/// Why identity does not do what it was asked.
///
/// `kind` is one of `unauthenticated` (the name, the password, the token or the scope is not valid; which of them
/// nobody is told), `missing`, `conflict`, `invalid`, `tooMany` (failed logins) and `busy` (more logins at once than
/// are worth the memory).
package struct IdentityError: TypedError, Hashable {
    /// What the failure means to the caller.
    package var kind: ErrorKind
    /// In the words of Keystone where it has any.
    package var message: String
    /// Seconds after which another try is taken; nil where the error does not depend on time.
    package var retryAfter: Int?

    package init(_ kind: ErrorKind, _ message: String, retryAfter: Int? = nil) {
        self.kind = kind
        self.message = message
        self.retryAfter = retryAfter
    }

    /// `identity.conflict`
    package var code: String { "identity.\(kind.rawValue)" }

    /// The same for an unknown user, a wrong password and a void token.
    package static let unauthorized = IdentityError(
        .unauthenticated, "The request you have made requires authentication.")

    /// Keystone's words for what a client wrote wrongly.
    package static func invalid(_ what: String) -> IdentityError {
        IdentityError(
            .invalid,
            "\(what) The server could not comply with the request since it is either malformed or otherwise incorrect. "
                + "The client is assumed to be in error.")
    }

    /// - Parameter what: `token`, `user`, `project`, `role`.
    package static func missing(_ what: String) -> IdentityError {
        IdentityError(.missing, "Could not find \(what).")
    }

    /// - Parameter what: as in `missing`, with the name that is taken.
    package static func duplicate(_ what: String, _ name: String) -> IdentityError {
        IdentityError(
            .conflict,
            "Conflict occurred attempting to store \(what) - Duplicate entry found with name \(name) at domain ID "
                + "default.")
    }
}
