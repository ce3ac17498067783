import CSQLite
import Glibc

/// An SQLite connection, for use on the thread on which `Database` runs the body.
package final class Connection {
    let path: String
    private let handle: OpaquePointer
    /// Prepared statements that no one is using now.
    private var idle: [String: OpaquePointer] = [:]
    private static let idleLimit = 200

    enum Role {
        case writer
        case reader
        /// Copies a file that others may write meanwhile.
        case copier
        /// Makes a file that nobody uses yet: what a crash leaves of it is thrown away.
        case draft
    }

    init(path: String, role: Role) throws(StoreError) {
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        let result = sqlite3_open_v2(path, &opened, flags, nil)
        guard result == SQLITE_OK, let opened else {
            let error = StoreError(result: result, handle: opened, path: path, doing: "open")
            sqlite3_close_v2(opened)
            throw error
        }
        self.path = path
        handle = opened
        sqlite3_extended_result_codes(handle, 1)
        sqlite3_busy_timeout(handle, 5000)
        _ = csqlite_defensive(handle)
        if role != .reader, role != .copier, sqlite3_db_readonly(handle, "main") == 1 {
            throw StoreError(result: SQLITE_READONLY, handle: nil, path: path, doing: "open")
        }
        try execute("PRAGMA trusted_schema = OFF")
        try execute("PRAGMA cell_size_check = ON")
        try execute("PRAGMA foreign_keys = ON")
        switch role {
        case .writer:
            _ = try query("PRAGMA journal_mode = WAL")
            try execute("PRAGMA synchronous = FULL")
            _ = try query("PRAGMA journal_size_limit = 4194304")
            // What is deleted is overwritten: it may have been a secret, or be sealed under a key that was replaced.
            _ = try query("PRAGMA secure_delete = ON")
        case .reader:
            try execute("PRAGMA query_only = ON")
        case .copier: break
        case .draft:
            _ = try query("PRAGMA journal_mode = MEMORY")
            try execute("PRAGMA synchronous = OFF")
        }
    }

    deinit {
        for statement in idle.values { sqlite3_finalize(statement) }
        sqlite3_close_v2(handle)
    }

    /// What bodies have announced in the transaction.
    var news: [any Sendable] = []

    /// Has the observers of the database learn of something once the transaction is on disk; of nothing where the body or the
    /// commit fails.
    package func announce(_ news: any Sendable) { self.news.append(news) }

    /// What the body has announced for its end.
    var outcomes: [any Sendable] = []

    /// As `announce(_:)`, but after everything else that the same body announces: for what follows from it, whichever of the two the
    /// body comes to first.
    package func announceAtEnd(_ news: any Sendable) { outcomes.append(news) }

    /// Gives up the pages kept of the file, two megabytes at most: while nothing happens, the system's own copies will do.
    func releaseMemory() { sqlite3_db_release_memory(handle) }

    /// Of a page of the file, in bytes.
    package func pageSize() throws(StoreError) -> Int { try query("PRAGMA page_size").first?.int(0) ?? 4096 }

    /// Of the file with what its log adds to it, in bytes; no transaction that adds nothing writes more.
    package func size() throws(StoreError) -> Int {
        try (query("PRAGMA page_count").first?.int(0) ?? 0) * pageSize()
    }

    /// The row id of the last INSERT of this connection.
    package var lastInsertRowID: Int64 { sqlite3_last_insert_rowid(handle) }

    /// How many rows the last INSERT, UPDATE or DELETE changed.
    package var changes: Int { Int(sqlite3_changes64(handle)) }

    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Whether a foreign key that is checked at commit is broken now.
    var hasBrokenForeignKeys: Bool {
        var current: Int32 = 0
        var highest: Int32 = 0
        sqlite3_db_status(handle, SQLITE_DBSTATUS_DEFERRED_FKS, &current, &highest, 0)
        return current > 0
    }

    /// Ends the transaction, if one is open, without keeping it. Failing that, SQLite has rolled back by itself.
    func rollBack() {
        if isInTransaction { try? execute("ROLLBACK") }
    }

    /// Runs one statement. Parameters are bound in their order.
    ///
    /// - Parameter body: is handed each row until it returns false, which ends the statement.
    /// - Throws: `StoreError`.
    package func execute(
        _ sql: String, _ parameters: [SQLValue] = [], row body: (Row) -> Bool = { _ in true }
    ) throws(StoreError) {
        let statement = try take(sql)
        defer { giveBack(statement, sql) }
        let places = Int(sqlite3_bind_parameter_count(statement))
        guard parameters.count == places else {
            throw StoreError(
                problem: .misuse, message: "\(parameters.count) parameters for \(places) places: \(Self.short(sql))")
        }
        for (place, parameter) in zip(Int32(1)..., parameters) {
            let result =
                switch parameter {
                case .null: sqlite3_bind_null(statement, place)
                case .int(let number): sqlite3_bind_int64(statement, place, number)
                case .double(let number): sqlite3_bind_double(statement, place, number)
                case .text(var text): text.withUTF8 { csqlite_bind_text(statement, place, $0.baseAddress, $0.count) }
                case .blob(let bytes): csqlite_bind_blob(statement, place, bytes, bytes.count)
                }
            guard result == SQLITE_OK else { throw error(result, sql) }
        }
        guard try step(statement, sql) else { return }
        let columns = Self.columns(of: statement)
        repeat {
            let values = columns.names.indices.map { Self.value(statement, Int32($0)) }
            guard body(Row(columns: columns, values: values)) else { return }
        } while try step(statement, sql)
    }

    /// Runs one statement and returns all its rows. Parameters are bound in their order.
    ///
    /// - Throws: `StoreError`.
    package func query(_ sql: String, _ parameters: [SQLValue] = []) throws(StoreError) -> [Row] {
        var rows: [Row] = []
        try execute(sql, parameters) { row in
            rows.append(row)
            return true
        }
        return rows
    }

    /// Runs one statement and calls `body` with each row as it is found.
    ///
    /// - Throws: `StoreError`; what `body` throws, which ends the statement.
    package func forEach(_ sql: String, _ parameters: [SQLValue] = [], _ body: (Row) throws -> Void) throws {
        var failure: (any Error)?
        try execute(sql, parameters) { row in
            do { try body(row) } catch { failure = error }
            return failure == nil
        }
        if let failure { throw failure }
    }
}

extension Connection {
    private func step(_ statement: OpaquePointer, _ sql: String) throws(StoreError) -> Bool {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let result: throw error(result, sql)
        }
    }

    /// Takes the statement out of the cache while it is used, so that a body may run the same SQL again.
    private func take(_ sql: String) throws(StoreError) -> OpaquePointer {
        if let statement = idle.removeValue(forKey: sql) { return statement }
        let bytes = sql.utf8.map { CChar(bitPattern: $0) }
        guard let length = Int32(exactly: bytes.count) else {
            throw StoreError(problem: .misuse, message: "a statement of \(bytes.count) bytes is too long")
        }
        var statement: OpaquePointer?
        var consumed = 0
        let result = bytes.withUnsafeBufferPointer { text in
            var tail: UnsafePointer<CChar>?
            let result = sqlite3_prepare_v3(
                handle, text.baseAddress, length, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, &tail)
            if let tail, let start = text.baseAddress { consumed = tail - start }
            return result
        }
        guard result == SQLITE_OK, let statement else {
            if result == SQLITE_OK { throw StoreError(problem: .misuse, message: "an empty statement") }
            throw error(result, sql)
        }
        guard bytes[consumed...].allSatisfy({ [9, 10, 13, 32, 59].contains($0) }) else {
            sqlite3_finalize(statement)
            throw StoreError(problem: .misuse, message: "more than one statement at once: \(Self.short(sql))")
        }
        return statement
    }

    private func giveBack(_ statement: OpaquePointer, _ sql: String) {
        sqlite3_reset(statement)
        sqlite3_clear_bindings(statement)
        if idle[sql] != nil {
            sqlite3_finalize(statement)
            return
        }
        if idle.count >= Self.idleLimit {
            for statement in idle.values { sqlite3_finalize(statement) }
            idle.removeAll()
        }
        idle[sql] = statement
    }

    private static func columns(of statement: OpaquePointer) -> Row.Columns {
        Row.Columns(
            (0..<sqlite3_column_count(statement)).map { place in
                sqlite3_column_name(statement, place).map { String(cString: $0) } ?? ""
            })
    }

    private static func value(_ statement: OpaquePointer, _ place: Int32) -> SQLValue {
        switch sqlite3_column_type(statement, place) {
        case SQLITE_INTEGER: return .int(sqlite3_column_int64(statement, place))
        case SQLITE_FLOAT: return .double(sqlite3_column_double(statement, place))
        case SQLITE_TEXT:
            let start = sqlite3_column_text(statement, place)
            let bytes = UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, place)))
            return .text(String(decoding: bytes, as: UTF8.self))
        case SQLITE_BLOB:
            let start = sqlite3_column_blob(statement, place)
            let count = Int(sqlite3_column_bytes(statement, place))
            return .blob(Array(UnsafeRawBufferPointer(start: start, count: count)))
        default: return .null
        }
    }

    private func error(_ result: Int32, _ sql: String) -> StoreError {
        StoreError(result: result, handle: handle, path: path, doing: Self.short(sql))
    }

    private static func short(_ sql: String) -> String {
        sql.utf8.count > 80 ? String(sql.prefix(80)) + "…" : sql
    }
}
