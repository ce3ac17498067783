import Synchronization

/// What sessions with BMCs were last opened with, so that the next one does not begin with what they refuse. In the
/// memory of the process only: a BMC that has changed is learnt anew, as every other choice follows where the known one
/// fails.
package final class KnownBMCs: SessionMemory {
    private struct Key: Hashable {
        var endpoint: BMCEndpoint
        var user: String
    }

    /// More BMCs than a site has.
    private static let capacity = 8192

    private let parameters = Mutex<[Key: SessionParameters]>([:])

    package init() {}

    package func parameters(of endpoint: BMCEndpoint, user: String) -> SessionParameters? {
        parameters.withLock { $0[Key(endpoint: endpoint, user: user)] }
    }

    package func note(_ observation: SessionObservation, of endpoint: BMCEndpoint, user: String) {
        guard let opened = observation.parameters else { return }
        parameters.withLock { known in
            if known.count >= Self.capacity { known = [:] }
            known[Key(endpoint: endpoint, user: user)] = opened
        }
    }
}
