import Primitives

/// What Shipyard needs of Promenade, Armada and other components that run elsewhere and may not be there at all.
package protocol SoftwareComponent: Sendable {
    /// `Armada`, `Promenade`, as messages name it.
    var name: String { get }

    /// Throws only where the component cannot be reached; any HTTP status passes (`docs/reference/shipyard.md` §8.3).
    func checkHealth() async throws

    /// The body that `POST validatedesign` answers.
    ///
    /// - Parameter timeout: in seconds.
    func designStatus(_ reference: String, timeout: Double) async throws -> Value
}

extension SoftwareComponent {
    /// The same, for as long as upstream waits where nobody says otherwise.
    package func designStatus(_ reference: String) async throws -> Value {
        try await designStatus(reference, timeout: 300)
    }
}

/// What Shipyard needs of Armada.
package protocol SoftwareDeployer: SoftwareComponent {
    /// Brings the charts of a manifest up to date.
    ///
    /// - Returns: `message` of the answer: names of charts under `install`, `upgrade` and so on.
    func apply(design: String, manifest: String, timeout: Double) async throws -> Value

    /// The names of the releases, by namespace.
    func releases(timeout: Double) async throws -> [(namespace: String, releases: [String])]

    /// - Returns: whether the release's tests passed.
    func test(release: String) async throws -> Bool
}
