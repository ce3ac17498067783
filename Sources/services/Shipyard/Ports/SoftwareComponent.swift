import Primitives

/// On whose behalf another component is asked, and by which marker its log is found.
package struct RequestOrigin: Sendable, Hashable {
    /// What the user marked the request with, else the request's id: sent as `X-Context-Marker`.
    package let contextMarker: String
    /// The name of the user: sent as `X-End-User`.
    package let user: String

    package init(contextMarker: String, user: String) {
        self.contextMarker = contextMarker
        self.user = user
    }

    /// What can stand in a header; a name with other characters is not sent.
    package var headers: [(name: String, value: String)] {
        [("X-Context-Marker", contextMarker), ("X-End-User", user)].filter { _, value in
            (1...255).contains(value.utf8.count) && value.utf8.allSatisfy { (0x20...0x7e).contains($0) }
        }
    }
}

extension RequestOrigin {
    package init(_ caller: ShipyardCaller) { self.init(contextMarker: caller.contextMarker, user: caller.name) }

    init(_ action: SiteAction) { self.init(contextMarker: action.contextMarker, user: action.user) }
}

/// What Shipyard uses of Promenade and Armada, which run elsewhere and need not be configured.
package protocol SoftwareComponent: Sendable {
    /// The name in messages: `Armada`, `Promenade`.
    var name: String { get }

    /// The component, asked on behalf of `origin` from now on.
    func asked(by origin: RequestOrigin) -> Self

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
