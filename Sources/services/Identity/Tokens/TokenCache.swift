import Synchronization

/// Tokens that were looked up, until anything about users, roles or tokens changes.
final class TokenCache: Sendable {
    private struct State {
        var generation = 0
        var tokens: [[UInt8]: Token] = [:]
    }

    private let state = Mutex(State())
    private let capacity: Int

    init(capacity: Int = 1024) { self.capacity = capacity }

    /// What a look-up begins with: the token, or the generation in which it is read from the database.
    func find(_ digest: [UInt8]) -> (token: Token?, generation: Int) {
        state.withLock { ($0.tokens[digest], $0.generation) }
    }

    /// Keeps what was read, unless something changed since `generation`.
    func keep(_ token: Token, _ digest: [UInt8], generation: Int) {
        state.withLock { state in
            guard state.generation == generation else { return }
            if state.tokens.count >= capacity { state.tokens.removeAll(keepingCapacity: true) }
            state.tokens[digest] = token
        }
    }

    /// To be called after a change has been committed.
    func empty() {
        state.withLock { state in
            state.generation += 1
            state.tokens.removeAll(keepingCapacity: true)
        }
    }
}
