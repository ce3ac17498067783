/// A setting that cannot be taken: where it stands, what it says, and what was expected.
package struct SettingsError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A file, with its line where known, or an environment variable.
    package var place: String
    package var message: String

    package init(place: String, message: String) {
        self.place = place
        self.message = message
    }

    /// `/etc/boatyard/boatyard.yaml:12: log.level is 'loud', expected one of …`
    package var description: String { "\(place): \(message)" }
}
