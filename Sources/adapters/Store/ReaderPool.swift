/// Threads that read beside the writer, each on a connection of its own.
final class ReaderPool: Sendable {
    private struct Job: Sendable {
        /// Returns whether the connection may be kept.
        let run: @Sendable (Connection) -> Bool
        let refuse: @Sendable (StoreError) -> Void
    }

    private let path: String
    private let queue = JobQueue<Job>()
    private let threads: [BlockingThread]

    init(path: String, count: Int) throws(StoreError) {
        self.path = path
        threads = (0..<max(1, count)).map { _ in BlockingThread() }
        for thread in threads {
            try thread.start { [path, queue] in Self.run(path: path, queue: queue) }
        }
    }

    func read<T: Sendable>(_ body: @escaping @Sendable (Connection) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let job = Job(
                run: { connection in
                    let outcome = Result { try connection.inSnapshot(body) }
                    continuation.resume(with: outcome)
                    guard case .failure(let error) = outcome, let failure = error as? StoreError else { return true }
                    return failure.problem == .misuse
                },
                refuse: { continuation.resume(throwing: $0) })
            if !queue.put(job) { job.refuse(.closed(path)) }
        }
    }

    /// Stops taking jobs; those queued are still done.
    func stop() { queue.close() }

    func join() async {
        for thread in threads { await thread.join() }
    }

    private static func run(path: String, queue: JobQueue<Job>) {
        var connection: Connection?
        var hasRead = false
        while let jobs = queue.take(atMost: 1, patience: hasRead ? 1 : nil) {
            if jobs.isEmpty { connection?.releaseMemory() }
            hasRead = !jobs.isEmpty
            for job in jobs {
                do throws(StoreError) {
                    let opened: Connection
                    if let connection {
                        opened = connection
                    } else {
                        opened = try Connection(path: path, role: .reader)
                    }
                    connection = job.run(opened) ? opened : nil
                } catch {
                    job.refuse(error)
                }
            }
        }
    }
}

extension Connection {
    /// Runs `body` in one deferred transaction: all that it reads is of one moment.
    func inSnapshot<T>(_ body: (Connection) throws -> T) throws -> T {
        try execute("BEGIN DEFERRED")
        defer { rollBack() }
        return try body(self)
    }
}
