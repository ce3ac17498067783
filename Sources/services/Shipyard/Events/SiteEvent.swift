import Primitives

/// An event that clients can follow (`docs/reference/shipyard.md` §2).
package struct SiteEvent: Sendable, Hashable {
    /// What an event is about. The raw value is the event's name on the wire.
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

    /// What it is about.
    package var kind: Kind
    /// Its data: an object.
    package var data: Value

    package init(_ kind: Kind, _ data: Value) {
        self.kind = kind
        self.data = data
    }
}

/// An event and its number. Numbers rise, also over restarts.
package struct NumberedEvent: Sendable, Hashable {
    /// The number, from 1.
    package var sequence: Int64
    /// The event.
    package var event: SiteEvent
}
