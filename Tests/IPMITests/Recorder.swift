import Synchronization

/// What was told, in order, and a wait for it.
final class Recorder<Element: Sendable>: Sendable {
    private struct State {
        var elements: [Element] = []
        var waiters: [(isEnough: @Sendable ([Element]) -> Bool, resume: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    var all: [Element] { state.withLock { $0.elements } }

    func add(_ element: Element) {
        state.withLock { state in
            state.elements.append(element)
            let all = state.elements
            for waiter in state.waiters where waiter.isEnough(all) { waiter.resume.resume() }
            state.waiters.removeAll { $0.isEnough(all) }
        }
    }

    func wait(until isEnough: @escaping @Sendable ([Element]) -> Bool) async {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                if isEnough(state.elements) { return continuation.resume() }
                state.waiters.append((isEnough, continuation))
            }
        }
    }
}
