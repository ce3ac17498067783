import Primitives

/// An error of the rendering of a boot action.
package struct BootActionError: TypedError, Hashable {
    /// What went wrong.
    package enum Reason: Sendable, Hashable {
        /// The design lacks a network or a member.
        case design
        /// A segment of a pipeline got an input that it cannot take.
        case pipeline
        /// The template is malformed, or refers to what does not exist.
        case template
        /// The contents of a location could not be fetched.
        case location
        /// A fetched or decoded asset is not of its form.
        case content
        /// A path that is relative, or leads upwards.
        case unsafePath
        /// The assets of a node are larger than the limit.
        case tooLarge
    }

    /// What went wrong.
    package var reason: Reason
    package var message: String

    init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    /// `unreachable` for a location, else `invalid`.
    package var kind: ErrorKind { reason == .location ? .unreachable : .invalid }

    /// Always `design.boot-action`.
    package var code: String { "design.boot-action" }
}
