import Primitives

/// Something that clients may want to follow.
package struct SiteEvent: Sendable, Hashable {
    package enum Kind: String, Sendable {
        /// A run began, was paused, went on or ended.
        case action
        /// A step changed its state.
        case step
        /// A note was added.
        case note
        /// A task of Drydock was made, or changed its status, its try or its result.
        case task
        /// A collection was staged, or the staged ones were committed.
        case configdocs
        /// Events between the last one that the client saw and the next one are no longer kept.
        case gap
    }

    package var kind: Kind
    /// An object.
    package var data: Value

    package init(_ kind: Kind, _ data: Value) {
        self.kind = kind
        self.data = data
    }
}

/// An event with its place in the sequence, which never goes back, not even over restarts.
package struct NumberedEvent: Sendable, Hashable {
    package var sequence: Int64
    package var event: SiteEvent
}
