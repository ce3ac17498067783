import Primitives

/// An SQLite file with one writer, whose commits are grouped, and several readers. All of them run on threads of their
/// own, outside of Swift's cooperative pool.
package final class Database: Sendable {
    /// The path of the file; `-wal` and `-shm` are beside it.
    package let path: String
    private let writer: Writer
    private let readers: ReaderPool
    private let reads = ReadsUnderWay()

    private init(path: String, readers: Int) throws(StoreError) {
        self.path = path
        writer = try Writer(path: path)
        self.readers = try ReaderPool(path: path, count: readers)
    }

    deinit {
        writer.stop()
        readers.stop()
    }

    /// Opens or creates the file, readable by its owner only, and applies the migrations that it lacks.
    ///
    /// It blocks, and is meant for the start of a program.
    ///
    /// - Parameters:
    ///   - migrations: those of all services, numbered from 1 without gaps, in any order.
    ///   - readers: how many reads run at once.
    /// - Throws: `StoreError` `newer` where the file was written by a newer program, and every other `StoreError`.
    package static func open(
        path: String, migrations: [Migration], readers: Int = 2
    ) throws(StoreError) -> Database {
        do {
            if NewFile.isDue(at: path) {
                try NewFile.make(at: path, migrations: migrations)
            } else {
                NewFile.discardDraft(of: path)
                try Connection(path: path, role: .writer).migrate(migrations)
            }
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(problem: .misuse, message: "\(path): a migration failed: \(error.inWords)")
        }
        return try Database(path: path, readers: readers)
    }

    /// Runs `body` in a transaction, and returns its result once the transaction is on disk.
    ///
    /// Bodies that are queued at the same time share a transaction and its one sync. Each has a savepoint of its own,
    /// so that a body that throws undoes only itself. A body runs on the writer's thread and must use nothing but the
    /// connection.
    ///
    /// - Throws: what `body` throws, or the `StoreError` of the commit, after which nothing of `body` is kept.
    package func write<T: Sendable>(_ body: @escaping @Sendable (Connection) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let job = Writer.Job(
                attempt: { connection in
                    let outcome = Result {
                        let before = connection.news.count
                        try connection.execute("SAVEPOINT body")
                        do {
                            let value = try body(connection)
                            connection.news += connection.outcomes
                            connection.outcomes = []
                            try connection.keepBody()
                            return value
                        } catch {
                            connection.news.removeSubrange(before...)
                            connection.outcomes = []
                            try connection.undoBody()
                            throw error
                        }
                    }
                    var failure: StoreError?
                    if case .failure(let error) = outcome { failure = error as? StoreError }
                    return Writer.Attempt(failure: failure) { failure in
                        if let failure, case .success = outcome {
                            continuation.resume(throwing: failure)
                        } else {
                            continuation.resume(with: outcome)
                        }
                    }
                },
                refuse: { continuation.resume(throwing: $0) })
            if !writer.queue.put(job) { job.refuse(.closed(path)) }
        }
    }

    /// Has `observer` called with what bodies announce, in the order in which they do, before their writes return. It runs on the
    /// writer's thread, and must not wait for the database.
    package func observe(_ observer: @escaping @Sendable (any Sendable) -> Void) { writer.observers.add(observer) }

    /// Runs `body` on one snapshot of the database. Reads and writes do not wait for each other.
    ///
    /// - Throws: what `body` throws, and `StoreError`.
    package func read<T: Sendable>(_ body: @escaping @Sendable (Connection) throws -> T) async throws -> T {
        let read = reads.begin()
        defer { reads.end(read) }
        return try await readers.read(body)
    }

    /// Returns once no read uses a snapshot from before the transactions that are committed now.
    package func settle() async { await reads.settle() }

    /// How many transactions have been committed since the file was opened.
    package var commitCount: Int { writer.commitCount }

    /// Ends what is queued, and closes all connections. The last one truncates the log.
    package func close() async {
        readers.stop()
        await readers.join()
        writer.stop()
        await writer.join()
    }
}
