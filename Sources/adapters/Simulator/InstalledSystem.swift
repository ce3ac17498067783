/// What an installation left on the disk.
package struct InstalledSystem: Sendable, Equatable {
    /// The deployment's ULID.
    package var deployment: String
    package var token: String
    /// Where the installer and the installed system report.
    package var eventsURL: String
    package var lastSequence: Int
    package var bootActions: [PlannedBootAction]
    package var key: String?
}

/// A boot action as the install plan lists it.
package struct PlannedBootAction: Sendable, Equatable {
    package var name: String
    package var signaling: Bool
    package var reportURL: String
}
