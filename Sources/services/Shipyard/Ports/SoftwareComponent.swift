import Primitives

/// What Shipyard uses of Promenade and Armada, which run elsewhere and need not be configured.
package protocol SoftwareComponent: Sendable {
    /// The name in messages: `Armada`, `Promenade`.
    var name: String { get }

    /// Checks that the component can be reached. Any HTTP status passes (`docs/reference/shipyard.md` §8.3).
    ///
    /// - Throws: where it cannot be reached.
    func checkHealth() async throws

    /// Asks the component to validate a design.
    ///
    /// - Returns: the body of the answer to `POST validatedesign`.
    /// - Throws: where there is no usable answer.
    func designStatus(_ reference: String, timeout: Double) async throws -> Value
}

extension SoftwareComponent {
    /// The same, for as long as upstream waits where nobody says otherwise.
    package func designStatus(_ reference: String) async throws -> Value {
        try await designStatus(reference, timeout: 300)
    }
}

/// What Shipyard uses of Armada beside that.
package protocol SoftwareDeployer: SoftwareComponent {
    /// Applies the charts of a manifest.
    ///
    /// - Parameter timeout: in seconds.
    /// - Returns: the member `message` of the answer: the names of charts under `install`, `upgrade` and so on.
    func apply(design: String, manifest: String, timeout: Double) async throws -> Value

    /// The names of the releases, by namespace.
    ///
    /// - Parameter timeout: in seconds.
    func releases(timeout: Double) async throws -> [(namespace: String, releases: [String])]

    /// Runs the tests of a release.
    ///
    /// - Returns: whether they passed.
    func test(release: String) async throws -> Bool
}
