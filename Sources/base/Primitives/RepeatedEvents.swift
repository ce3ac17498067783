import Synchronization

/// Counts what happens again and again, so that a log tells the first of it line by line and the rest as a number.
///
/// Counts are of one period: `take` counts, and `drain` ends the period. Bounded in memory: beyond `kinds` kinds all
/// others count as one.
package final class RepeatedEvents: Sendable {
    /// What was counted and not told.
    package struct Remainder: Sendable, Equatable {
        /// The most frequent kinds, most frequent first.
        package var kinds: [(kind: String, count: Int)]
        /// Of all kinds that are not among them.
        package var others: Int

        package var count: Int { kinds.reduce(others) { $0 + $1.count } }

        package static func == (left: Remainder, right: Remainder) -> Bool {
            left.others == right.others && left.kinds.elementsEqual(right.kinds) { $0 == $1 }
        }

        /// `5995 GET /x 401 from 10.0.0.5, 7 others`
        package var text: String {
            let told = kinds.map { "\($0.count) \($0.kind)" } + (others > 0 ? ["\(others) others"] : [])
            return told.joined(separator: ", ")
        }
    }

    private struct State {
        /// How often each kind happened, and how often that was told.
        var counts: [String: (all: Int, told: Int)] = [:]
        /// Of kinds beyond the bound.
        var others = 0
        var told = 0
    }

    private let each: Int
    private let all: Int
    private let kinds: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - each: how many of one kind are told.
    ///   - all: how many are told of all kinds together.
    ///   - kinds: how many are told apart.
    package init(each: Int, all: Int, kinds: Int = 1024) {
        self.each = each
        self.all = all
        self.kinds = kinds
    }

    /// Counts one more.
    ///
    /// - Returns: whether it is one of the first, which are told.
    package func take(_ kind: String) -> Bool {
        state.withLock { state in
            let isKnown = state.counts[kind] != nil || state.counts.count < kinds
            guard isKnown else {
                state.others += 1
                return false
            }
            var count = state.counts[kind] ?? (0, 0)
            let isTold = count.told < each && state.told < all
            count.all += 1
            if isTold {
                count.told += 1
                state.told += 1
            }
            state.counts[kind] = count
            return isTold
        }
    }

    /// Ends the period; nil where all was told.
    ///
    /// - Parameter limit: of the kinds that are told by name.
    package func drain(limit: Int) -> Remainder? {
        let ended = state.withLock { state in
            defer { state = State() }
            return state
        }
        let untold = ended.counts.map { (kind: $0.key, count: $0.value.all - $0.value.told) }
            .filter { $0.count > 0 }.sorted { ($0.count, $1.kind) > ($1.count, $0.kind) }
        guard !untold.isEmpty || ended.others > 0 else { return nil }
        let named = Array(untold.prefix(limit))
        let rest = untold.dropFirst(limit).reduce(ended.others) { $0 + $1.count }
        return Remainder(kinds: named, others: rest)
    }
}
