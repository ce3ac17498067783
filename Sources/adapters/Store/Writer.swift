import Synchronization

/// The one thread that writes: it takes all that is queued, and commits it at once.
final class Writer: Sendable {
    /// What became of a body within its group; `settle` answers the caller, with the group's failure if there was one.
    struct Attempt {
        /// What the database had against it.
        let failure: StoreError?
        let settle: (StoreError?) -> Void
    }

    struct Job: Sendable {
        /// Runs the body in a savepoint, so that its failure undoes its own work only.
        let attempt: @Sendable (Connection) -> Attempt
        /// Answers the caller where there was no attempt.
        let refuse: @Sendable (StoreError) -> Void
    }

    /// Who learns of what is announced.
    final class Observers: Sendable {
        private let all = Mutex<[@Sendable (any Sendable) -> Void]>([])

        func add(_ observer: @escaping @Sendable (any Sendable) -> Void) { all.withLock { $0.append(observer) } }

        func tell(_ news: [any Sendable]) {
            guard !news.isEmpty else { return }
            for observer in all.withLock({ $0 }) { for one in news { observer(one) } }
        }
    }

    let queue = JobQueue<Job>()
    let observers = Observers()
    private let thread = BlockingThread()
    private let commits = Atomic<Int>(0)

    /// How many transactions have been made durable.
    var commitCount: Int { commits.load(ordering: .relaxed) }

    init(path: String) throws(StoreError) {
        try thread.start { [queue, observers, weak self] in
            Self.run(path: path, queue: queue, observers) { self?.commits.add(1, ordering: .relaxed) }
        }
    }

    /// Stops taking jobs; those queued are still done.
    func stop() { queue.close() }

    func join() async { await thread.join() }

    /// One transaction for all jobs that are queued at a time.
    private static func run(path: String, queue: JobQueue<Job>, _ observers: Observers, committed: () -> Void) {
        var present: Connection?
        var hasUncheckpointed = true
        while let jobs = queue.take(patience: hasUncheckpointed ? 1 : nil) {
            if jobs.isEmpty {
                // Idle: copy the log into the database and cut it, unless a reader still needs it.
                _ = try? present?.query("PRAGMA wal_checkpoint(TRUNCATE)")
                present?.releaseMemory()
                hasUncheckpointed = false
                continue
            }
            let connection: Connection
            do throws(StoreError) {
                if let present { connection = present } else { connection = try Connection(path: path, role: .writer) }
                try connection.execute("BEGIN IMMEDIATE")
            } catch {
                for job in jobs { job.refuse(error) }
                present = nil
                continue
            }
            var attempts: [Attempt] = []
            var failure: StoreError?
            for job in jobs {
                if let failure {
                    job.refuse(failure)
                    continue
                }
                let attempt = job.attempt(connection)
                attempts.append(attempt)
                // SQLite itself rolls everything back on some errors, a full disk above all.
                if !connection.isInTransaction { failure = attempt.failure ?? .rolledBack(path) }
            }
            if failure == nil { failure = connection.commit() }
            let news = connection.news
            connection.news = []
            if failure == nil {
                // Before anybody hears of it: whoever counts from there on must not find this one in what follows.
                committed()
                observers.tell(news)
            }
            for attempt in attempts { attempt.settle(failure) }
            // A connection that met a full disk or a read-only file may keep what it saw: begin anew.
            present = failure == nil ? connection : nil
            if failure == nil { hasUncheckpointed = true }
        }
    }
}

extension Connection {
    /// Ends the transaction; what is in it is kept but for a failure.
    fileprivate func commit() -> StoreError? {
        do throws(StoreError) {
            try execute("COMMIT")
            return nil
        } catch {
            rollBack()
            return error
        }
    }

    /// Keeps what a body has done since its savepoint.
    ///
    /// - Throws: `StoreError` where the body has ended the transaction, or leaves a reference to nothing.
    func keepBody() throws(StoreError) {
        guard isInTransaction else {
            throw StoreError(problem: .misuse, message: "\(path): a body must not end the transaction it runs in")
        }
        guard !hasBrokenForeignKeys else {
            throw StoreError(problem: .constraint, message: "\(path): FOREIGN KEY constraint failed")
        }
        try execute("RELEASE body")
    }

    /// Undoes what a body has done since its savepoint, and nothing else.
    func undoBody() throws(StoreError) {
        guard isInTransaction else { return }
        try execute("ROLLBACK TO body")
        try execute("RELEASE body")
    }
}

extension StoreError {
    fileprivate static func rolledBack(_ path: String) -> StoreError {
        StoreError(problem: .inputOutput, message: "\(path): SQLite rolled the transaction back. Try again")
    }

    static func closed(_ path: String) -> StoreError {
        StoreError(problem: .closed, message: "\(path): the database has been closed")
    }
}
