import Logging
import MessageCatalog
import Primitives

/// Tells whether the database can be written, without a queue of requests at its writer.
///
/// One small write answers all who ask within `interval`. A request that comes while it runs waits `patience` at most,
/// and then gets the last answer, as a busy writer is no problem.
package actor DatabaseHealth {
    private let database: Database
    private let interval: Duration
    private let patience: Duration
    private let alarm: Duration

    /// What the last look at every page found.
    private var damage: [String] = []
    private var known: (problems: [String], at: ContinuousClock.Instant)?
    private var probingSince: ContinuousClock.Instant?
    private var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    private var lastWaiter = 0

    /// Makes a check.
    ///
    /// - Parameter alarm: how long one small write may take before that is a problem.
    package init(
        _ database: Database, interval: Duration = .seconds(5), patience: Duration = .milliseconds(500),
        alarm: Duration = .seconds(60)
    ) {
        self.database = database
        self.interval = interval
        self.patience = patience
        self.alarm = alarm
    }

    /// One sentence for each problem of the database; empty where it can be written.
    package func problems() async -> [String] {
        if let known, ContinuousClock.now - known.at < interval { return known.problems + damage }
        if probingSince == nil {
            probingSince = .now
            Task { await self.probe() }
        }
        await waitForProbe()
        if let probingSince, ContinuousClock.now - probingSince > alarm {
            let seconds = (ContinuousClock.now - probingSince).components.seconds
            return ["\(database.path): nothing has been written for \(seconds) seconds, although it was asked for"]
        }
        return (known?.problems ?? []) + damage
    }

    /// Looks at every page of the file now and once a day, and logs what is damaged. Returns at cancellation.
    package func watch(_ logger: Logger) async {
        while !Task.isCancelled {
            await inspect()
            for problem in damage { logger.critical(.databaseDamaged, "\(problem)") }
            try? await Task.sleep(for: .seconds(86400))
        }
    }

    /// A page that cannot be made sense of takes years to be read by chance: it is looked for.
    package func inspect() async {
        let path = database.path
        let remedy =
            "restore the newest backup (docs/operations.md, Backup), and look for the cause in the disk first"
        do {
            let found = try await database.read { connection in
                try connection.query("PRAGMA quick_check(3)").map { try $0.text(0) }
            }
            damage =
                found == ["ok"] ? [] : ["\(path): the database is damaged: \(found.joined(separator: "; ")); \(remedy)"]
        } catch let error as StoreError where error.problem == .corrupt {
            damage = ["\(path): the database is damaged: \(error.inWords); \(remedy)"]
        } catch {
            // Whether it can be read at all is what the other look tells.
        }
    }

    private func probe() async {
        var problems: [String] = []
        do {
            // Setting the form to what it is writes a page, and changes nothing.
            _ = try await database.write { connection in
                let form = try connection.query("PRAGMA user_version").first?.int(0) ?? 0
                try connection.execute("PRAGMA user_version = \(form)")
            }
            _ = try await database.read { try $0.query("SELECT count(*) FROM sqlite_schema").count }
        } catch {
            problems = [error.inWords]
        }
        if problems.isEmpty, let left = FolderContents.bytesLeft(at: database.path), left < Self.reserve {
            problems = [
                "\(database.path): its file system has \(left >> 10) KiB left, too little for one piece of work; free space"
            ]
        }
        known = (problems, .now)
        probingSince = nil
        for continuation in waiting.values { continuation.resume() }
        waiting.removeAll()
    }

    /// One page may still find room where nothing else does.
    private static let reserve: UInt64 = 1 << 20

    private func waitForProbe() async {
        lastWaiter += 1
        let waiter = lastWaiter
        let timer = Task { [patience] in
            try? await Task.sleep(for: patience)
            release(waiter)
        }
        await withCheckedContinuation { waiting[waiter] = $0 }
        timer.cancel()
    }

    private func release(_ waiter: Int) { waiting.removeValue(forKey: waiter)?.resume() }
}
