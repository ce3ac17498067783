import Synchronization

/// How far an event log has been read. It is kept beyond the attempt that read it: where the BMC falls silent, its caller has the
/// entries that were read, also those that the BMC has removed since.
package final class EventLogReading<Entry: Sendable & Hashable>: Sendable {
    private struct State {
        var present: [Entry] = []
        var longest: [Entry] = []
        /// What the BMC was told to remove.
        var given: [Entry] = []
        var mayBeCleared = false
    }

    private let state = Mutex(State())

    package init() {}

    /// Whether the BMC was told to clear its log, and may have done it.
    package var mayBeCleared: Bool { state.withLock { $0.mayBeCleared } }

    /// What the BMC was told to remove: empty where it was not told so, or has refused it.
    package var removed: [Entry] { state.withLock { $0.mayBeCleared ? $0.given : [] } }

    /// What is known to have been in the log: the longest reading, and behind what was removed that which has come since.
    package var entries: [Entry] {
        state.withLock { state in
            guard state.mayBeCleared else {
                return state.present.count > state.longest.count ? state.present : state.longest
            }
            let given = Set(state.given)
            return state.given + state.present.filter { !given.contains($0) }
        }
    }

    /// The log is read from its beginning.
    package func begin() {
        state.withLock { state in
            if state.present.count > state.longest.count { state.longest = state.present }
            state.present = []
        }
    }

    /// What was to be removed is still in the log that was read anew: it was not cleared.
    package func settle(_ present: Set<Entry>) {
        state.withLock { if $0.mayBeCleared, present.isSuperset(of: $0.given) { $0.mayBeCleared = false } }
    }

    package func note(_ entry: Entry) { state.withLock { $0.present.append(entry) } }

    /// Gives the order to clear the log. Where `refuses` says so of an error, the BMC has not done it.
    ///
    /// - Parameter entries: all that were read, those among them that an order before this one has removed.
    package func clearing<Result>(
        _ entries: [Entry], refuses: (any Error) -> Bool, isolation: isolated (any Actor)? = #isolation,
        _ order: () async throws -> Result
    ) async throws -> Result {
        let wasCleared = mayBeCleared
        state.withLock { state in
            state.given = entries
            state.mayBeCleared = true
        }
        do {
            return try await order()
        } catch {
            if !wasCleared, refuses(error) { state.withLock { $0.mayBeCleared = false } }
            throw error
        }
    }
}
