/// A value that cannot be printed, interpolated, reflected or encoded by accident.
///
/// `reveal` is the only way out, so that every use can be found by searching for it.
package struct Secret<Wrapped: Sendable>: Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    private let wrapped: Wrapped

    package init(_ wrapped: Wrapped) { self.wrapped = wrapped }

    /// The secret itself. Never log, store or answer it in clear.
    package func reveal() -> Wrapped { wrapped }

    package var description: String { "[secret]" }
    package var debugDescription: String { "[secret]" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
