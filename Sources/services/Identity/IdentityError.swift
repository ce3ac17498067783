/// Why identity refuses something.
package struct IdentityError: Error, Hashable, Sendable {
    /// Why.
    package enum Kind: Hashable, Sendable {
        /// The name, the password, the token or the scope is not one; which of them nobody is told.
        case unauthorized
        case missing
        case conflict
        case invalid
        /// Too many failed logins: how many seconds to wait.
        case tooManyAttempts(Int)
        /// More logins at once than are worth the memory.
        case busy
    }

    /// Why.
    package var kind: Kind
    /// In the words of Keystone where it has any.
    package var message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// The same for an unknown user, a wrong password and a void token.
    package static let unauthorized = IdentityError(
        .unauthorized, "The request you have made requires authentication.")

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
