import Synchronization

/// Gives the memory of large work back to the system once the work has been over for a moment.
final class MemoryReturn: Sendable {
    private struct State {
        /// Counts the pieces of large work.
        var count = 0
        var isWaiting = false
    }

    private let state = Mutex(State())
    private let pause: Duration

    /// Work on fewer bytes leaves nothing worth the effort.
    static let largeWork = 256 << 10

    init(pause: Duration = .seconds(1)) { self.pause = pause }

    /// - Parameter size: of what was worked on, in bytes.
    func noteWork(size: Int) {
        guard size >= Self.largeWork else { return }
        let mustWait = state.withLock { state in
            state.count += 1
            defer { state.isWaiting = true }
            return !state.isWaiting
        }
        guard mustWait else { return }
        Task.detached(priority: .background) { [self] in
            var isQuiet = false
            while !isQuiet {
                let seen = state.withLock(\.count)
                try? await Task.sleep(for: pause)
                isQuiet = state.withLock { state in
                    if state.count == seen { state.isWaiting = false }
                    return state.count == seen
                }
            }
            Memory.returnFreed()
            // What an answer on its way to a slow client still held, and the database's connections when they fell idle.
            try? await Task.sleep(for: pause)
            Memory.returnFreed()
        }
    }
}
