import Synchronization

/// Runs a piece of work once for all callers that ask for its result while it runs.
///
/// A caller that is cancelled does not stop the work, since others may wait for it.
final class SingleFlight<Result: Sendable>: Sendable {
    private let running = Mutex<[String: Task<Result, any Error>]>([:])

    func result(of name: String, _ work: @escaping @Sendable () async throws -> Result) async throws -> Result {
        let task = running.withLock { running in
            if let task = running[name] { return task }
            let task = Task { [self] in
                defer { self.running.withLock { $0[name] = nil } }
                return try await work()
            }
            running[name] = task
            return task
        }
        return try await task.value
    }
}
