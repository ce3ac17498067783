/// Why the Drydock service refuses something; controllers choose the answer by `kind`.
package struct DrydockError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: String, Sendable, Hashable {
        /// The caller's input cannot be used.
        case invalid = "drydock.invalid"
        /// There is no such thing.
        case missing = "drydock.missing"
        /// A token or key is missing.
        case unauthenticated = "drydock.unauthenticated"
        /// A token or key is wrong or void.
        case forbidden = "drydock.forbidden"
        /// The state of things does not allow it.
        case conflict = "drydock.conflict"
        /// A design, an asset or a machine could not be reached: worth another try.
        case unavailable = "drydock.unavailable"
        /// It went wrong here.
        case failed = "drydock.failed"
    }

    package var kind: Kind
    /// What failed, where, and what to do about it.
    package var message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    package var description: String { message }
}
