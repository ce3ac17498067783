import Primitives

/// Why a boot action cannot be rendered.
package struct BootActionError: TypedError, Hashable {
    package enum Reason: Sendable, Hashable {
        /// The design is wrong: a network or a member that is missing.
        case design
        /// A segment of a pipeline got what it cannot take.
        case pipeline
        /// The template is wrong, or asks for what is not there.
        case template
        /// What stands at a location could not be had.
        case location
        /// A fetched or decoded asset is not what it should be.
        case content
        /// A path that could lead elsewhere.
        case unsafePath
        /// More bytes than a machine is given.
        case tooLarge
    }

    package var reason: Reason
    package var message: String

    init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    package var kind: ErrorKind { reason == .location ? .unreachable : .invalid }

    package var code: String { "design.boot-action" }
}
