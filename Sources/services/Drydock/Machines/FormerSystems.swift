import Primitives
import Synchronization

/// From which network addresses systems were heard that an earlier installation has left: what they presented is over or unknown.
///
/// Anybody can say so from any address: it is told, and nothing else follows from it. It is kept in memory, of so many addresses.
final class FormerSystems: Sendable {
    /// How many addresses are remembered; the one that was heard longest ago is forgotten first.
    static let limit = 1024

    private let moments = Mutex<[String: Timestamp]>([:])

    /// - Parameter peer: the network address, without port; nil where it is not known.
    func note(_ peer: String?, at time: Timestamp) {
        guard let peer else { return }
        moments.withLock { moments in
            moments[peer] = time
            guard moments.count > Self.limit, let oldest = moments.min(by: { $0.value < $1.value }) else { return }
            moments[oldest.key] = nil
        }
    }

    /// The first of the addresses at which one was heard since `moment`.
    func heard(at addresses: [String], since moment: Timestamp) -> String? {
        moments.withLock { moments in addresses.first { moments[$0].map { $0 >= moment } ?? false } }
    }
}
