import Glibc
import Primitives

/// Whole copies of a database, each one file without a log beside it. All of it blocks.
package enum DatabaseCopy {
    /// Runs `body`, which blocks, on a thread of its own.
    ///
    /// - Throws: what `body` throws, and `store.io` where the system grants no more threads.
    package static func work<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try BlockingThread().start { continuation.resume(with: Result { try body() }) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    /// Copies what is committed now, without what was deleted. Others go on reading and writing.
    ///
    /// - Parameter target: where nothing is yet.
    /// - Throws: `StoreError`. What there is of the copy is removed then.
    package static func make(of path: String, at target: String) throws(StoreError) {
        do {
            try Connection(path: path, role: .copier).execute("VACUUM INTO ?", [.text(target)])
            // Nobody else may read it.
            guard chmod(target, 0o600) == 0 else { throw StoreError(systemError: errno, path: target, doing: "make") }
        } catch let error as StoreError {
            discard(target)
            throw error
        } catch {
            discard(target)
            throw StoreError(problem: .misuse, message: "\(target): \(error.inWords)")
        }
    }

    /// Changes a copy that nobody uses yet, and syncs it.
    ///
    /// - Throws: what `body` throws, and `StoreError`.
    package static func edit<T>(_ path: String, _ body: (Connection) throws -> T) throws -> T {
        let result = try body(Connection(path: path, role: .draft))
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw StoreError(systemError: errno, path: path, doing: "open") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw StoreError(systemError: errno, path: path, doing: "sync") }
        return result
    }

    /// Reads a copy.
    ///
    /// - Throws: what `body` throws, and `StoreError`.
    package static func read<T>(_ path: String, _ body: (Connection) throws -> T) throws -> T {
        try body(Connection(path: path, role: .reader))
    }

    /// Writes what the log has into the file, so that it is the whole database. Nobody may use it.
    ///
    /// - Throws: `StoreError`.
    package static func settle(_ path: String) throws(StoreError) {
        let connection = try Connection(path: path, role: .writer)
        let rows = try connection.query("PRAGMA wal_checkpoint(TRUNCATE)")
        guard try rows.first?.int(0) ?? 0 == 0 else {
            throw StoreError(problem: .busy, message: "\(path): another program uses the database")
        }
    }

    /// What a look at every page finds wrong; empty where nothing is.
    package static func damage(of path: String) throws -> [String] {
        let found = try read(path) { connection in
            try connection.query("PRAGMA quick_check(3)").map { try $0.text(0) }
        }
        return found == ["ok"] ? [] : found
    }

    /// How many rows each table has, by its name.
    package static func rowCounts(_ connection: Connection) throws -> [String: Int] {
        var counts: [String: Int] = [:]
        let names = try connection.query(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        ).map { try $0.text(0) }
        for name in names {
            // Names of our own tables; a quote in another one is doubled.
            let quoted = name.replacing("\"", with: "\"\"")
            counts[name] = try connection.query("SELECT count(*) FROM \"\(quoted)\"").first?.int(0) ?? 0
        }
        return counts
    }

    /// Removes a copy, and what SQLite may have made beside it.
    package static func discard(_ path: String) {
        for suffix in ["", "-wal", "-shm", "-journal"] { unlink(path + suffix) }
    }
}
