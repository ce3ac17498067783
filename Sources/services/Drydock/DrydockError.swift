import Primitives

/// An error of Drydock.
///
/// `kind` is one of `invalid`, `missing`, `unauthenticated` (a token or key is missing), `forbidden` (it is wrong or
/// void), `conflict`, `unreachable` (a design, an asset or a machine), `refused` (by a BMC) and `failed`.
package struct DrydockError: TypedError, Hashable {
    /// What the failure means to the caller.
    package var kind: ErrorKind
    package var message: String
    /// Whether another try of the same task would meet it again.
    package var isPermanent: Bool

    package init(_ kind: ErrorKind, _ message: String, isPermanent: Bool = false) {
        self.isPermanent = isPermanent
        self.kind = kind
        self.message = message
    }

    /// `drydock.conflict`
    package var code: String { "drydock.\(kind.rawValue)" }
}
