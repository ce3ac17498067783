import Primitives

/// An error of users, roles and tokens.
///
/// `kind` is one of `unauthenticated`, `missing`, `conflict`, `invalid`, `tooMany` (failed logins) and `busy` (more
/// logins at once than memory permits). An `unauthenticated` error does not tell whether name, password, token or scope
/// is wrong.
package struct IdentityError: TypedError, Hashable {
    /// What the failure means to the caller.
    package var kind: ErrorKind
    /// A sentence for the client, in Keystone's words where it has any.
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

    /// The error for an unknown user, a wrong password and a void token alike.
    package static let unauthorized = IdentityError(
        .unauthenticated, "The request you have made requires authentication.")

    /// The error for a malformed request, in Keystone's words.
    package static func invalid(_ what: String) -> IdentityError {
        IdentityError(
            .invalid,
            "\(what) The server could not comply with the request since it is either malformed or otherwise incorrect. "
                + "The client is assumed to be in error.")
    }

    /// The error for an unknown object.
    ///
    /// - Parameter what: `token`, `user`, `project`, `role`.
    package static func missing(_ what: String) -> IdentityError {
        IdentityError(.missing, "Could not find \(what).")
    }

    /// The error for a name that is taken.
    ///
    /// - Parameter what: as in `missing(_:)`.
    package static func duplicate(_ what: String, _ name: String) -> IdentityError {
        IdentityError(
            .conflict,
            "Conflict occurred attempting to store \(what) - Duplicate entry found with name \(name) at domain ID "
                + "default.")
    }
}
