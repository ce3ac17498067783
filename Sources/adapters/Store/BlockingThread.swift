import Glibc
import Primitives
import Synchronization

/// A thread of its own for work that blocks, which the cooperative pool must not.
final class BlockingThread: Sendable {
    private struct Ending {
        var hasEnded = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private final class Start {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    private let ending = Mutex(Ending())

    /// - Throws: `store.io` where the system grants no more threads.
    func start(_ body: @escaping @Sendable () -> Void) throws(StoreError) {
        let start = Unmanaged.passRetained(
            Start { [self] in
                body()
                end()
            })
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            }, start.toOpaque())
        guard result == 0 else {
            start.release()
            throw StoreError(problem: .inputOutput, message: "cannot start a thread: \(systemErrorText(result))")
        }
        pthread_detach(thread)
    }

    /// Returns once the body has.
    func join() async {
        await withCheckedContinuation { continuation in
            let hasEnded = ending.withLock { ending in
                if !ending.hasEnded { ending.waiting.append(continuation) }
                return ending.hasEnded
            }
            if hasEnded { continuation.resume() }
        }
    }

    private func end() {
        let waiting = ending.withLock { ending in
            ending.hasEnded = true
            return ending.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
