import Synchronization

/// Does a piece of work once for all who want its result meanwhile.
///
/// Those who stop waiting do not stop it: others may wait too.
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
