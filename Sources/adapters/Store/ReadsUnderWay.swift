import Synchronization

/// Who reads at present, so that others can wait until nobody sees what was there before.
final class ReadsUnderWay: Sendable {
    private struct Waiter {
        var left: Set<UInt64>
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var next: UInt64 = 0
        var present: Set<UInt64> = []
        var waiters: [Waiter] = []
    }

    private let state = Mutex(State())

    func begin() -> UInt64 {
        state.withLock { state in
            state.next += 1
            state.present.insert(state.next)
            return state.next
        }
    }

    func end(_ read: UInt64) {
        let done = state.withLock { state in
            state.present.remove(read)
            for index in state.waiters.indices { state.waiters[index].left.remove(read) }
            let done = state.waiters.filter(\.left.isEmpty)
            state.waiters.removeAll(where: \.left.isEmpty)
            return done
        }
        for waiter in done { waiter.continuation.resume() }
    }

    /// Returns once all reads that are under way now have ended.
    func settle() async {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                if state.present.isEmpty { return true }
                state.waiters.append(Waiter(left: state.present, continuation: continuation))
                return false
            }
            if isDone { continuation.resume() }
        }
    }
}
