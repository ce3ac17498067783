import API
import HTTPTypes
import Synchronization

/// How many requests were answered, and how long that took.
package final class RequestCounts: Sendable {
    /// What is told apart. Nothing of it is a client's own word: there are as many as there are routes and statuses.
    package struct Kind: Hashable, Comparable, Sendable {
        package let listener: String
        /// The method of the route; `other` where no route has the path and the method.
        package let method: String
        /// The template of the path; `other` where no route has it.
        package let route: String
        package let status: Int

        package static func < (left: Kind, right: Kind) -> Bool {
            (left.listener, left.route, left.method, left.status)
                < (right.listener, right.route, right.method, right.status)
        }
    }

    /// How long a listener's answers took.
    package struct Durations: Sendable {
        /// How many took at most as long as the bound of the same place, and longer than the one before.
        package var counts = [Int](repeating: 0, count: RequestCounts.bounds.count)
        /// In seconds, of all.
        package var sum = 0.0
        /// Of all, those beyond the last bound included.
        package var count = 0
    }

    /// In seconds.
    package static let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    private struct State {
        var answers: [Kind: Int] = [:]
        var durations: [String: Durations] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// - Parameter duration: nil for an answer that lasts as long as its client wants.
    func count(_ listener: ListenerName, _ route: Route?, status: Int, duration: Duration?) {
        let kind = Kind(
            listener: listener.rawValue, method: route?.method.rawValue ?? "other", route: route?.path ?? "other",
            status: status)
        let seconds = duration.map {
            Double($0.components.seconds) + Double($0.components.attoseconds) / 1_000_000_000_000_000_000
        }
        state.withLock { state in
            state.answers[kind, default: 0] += 1
            guard let seconds else { return }
            var durations = state.durations[listener.rawValue] ?? Durations()
            durations.sum += seconds
            durations.count += 1
            if let place = Self.bounds.firstIndex(where: { seconds <= $0 }) { durations.counts[place] += 1 }
            state.durations[listener.rawValue] = durations
        }
    }

    /// The requests of each kind, in the order of the kinds.
    package var answers: [(kind: Kind, count: Int)] {
        state.withLock { $0.answers }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// By the name of the listener, in its order.
    package var durations: [(listener: String, durations: Durations)] {
        state.withLock { $0.durations }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
