import CSQLite
import Glibc
import Primitives

/// An error of the database.
package struct StoreError: TypedError, Equatable {
    /// What went wrong. The raw values are the stable codes of errors.
    package enum Problem: String, Sendable, CaseIterable {
        /// No room left on the device, or in the quota.
        case full = "store.full"
        /// The file or its file system cannot be written.
        case readOnly = "store.readonly"
        /// The file is damaged, or no SQLite database.
        case corrupt = "store.corrupt"
        /// The file was written by a newer program.
        case newer = "store.newer"
        /// Another process holds the lock for longer than the busy timeout.
        case busy = "store.busy"
        /// A UNIQUE, NOT NULL, CHECK or FOREIGN KEY rule was broken.
        case constraint = "store.constraint"
        /// The caller's mistake: bad SQL, wrong number of parameters, a column that is not there or of another type.
        case misuse = "store.misuse"
        /// The file cannot be opened.
        case unopenable = "store.unopenable"
        /// Reading or writing failed in the operating system.
        case inputOutput = "store.io"
        /// The database has been closed.
        case closed = "store.closed"
    }

    /// What went wrong.
    package var problem: Problem
    /// What failed, in which file, and what to do.
    package var message: String
    /// SQLite's extended result code; 0 where SQLite was not involved.
    package var sqliteCode: Int32 = 0

    /// `unavailable` for a problem that passes, or that a person can solve while the daemon runs; `storage` for any
    /// other.
    package var kind: ErrorKind {
        switch problem {
        case .full, .readOnly, .busy: .unavailable
        case .corrupt, .newer, .constraint, .misuse, .unopenable, .inputOutput, .closed: .storage
        }
    }

    /// The code of the problem, such as `store.full`.
    package var code: String { problem.rawValue }

    package var description: String { "\(code): \(message)" }
}

extension StoreError {
    /// The error that `connection` reports now for `result`.
    init(result: Int32, handle: OpaquePointer?, path: String, doing action: String) {
        let text = handle.map { String(cString: sqlite3_errmsg($0)) } ?? String(cString: sqlite3_errstr(result))
        let number = handle.map { sqlite3_system_errno($0) } ?? 0
        let problem = Self.problem(result: result, systemError: number)
        self.init(
            problem: problem, message: "\(path): \(action): \(text)\(Self.remedy(problem, path: path))",
            sqliteCode: result)
    }

    /// What the operating system refused.
    init(systemError: Int32, path: String, doing action: String) {
        let problem: Problem =
            switch systemError {
            case ENOSPC, EDQUOT: .full
            case EROFS: .readOnly
            case EACCES, ENOENT, ENOTDIR, EPERM: .unopenable
            default: .inputOutput
            }
        self.init(
            problem: problem,
            message: "\(path): \(action): \(systemErrorText(systemError))\(Self.remedy(problem, path: path))")
    }

    private static func problem(result: Int32, systemError: Int32) -> Problem {
        let isFileTrouble = [SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_FULL].contains(result & 0xff)
        if isFileTrouble, systemError == ENOSPC || systemError == EDQUOT { return .full }
        if isFileTrouble, systemError == EROFS { return .readOnly }
        switch result & 0xff {
        case SQLITE_FULL: return .full
        case SQLITE_READONLY: return .readOnly
        case SQLITE_CORRUPT, SQLITE_NOTADB: return .corrupt
        case SQLITE_BUSY, SQLITE_LOCKED: return .busy
        case SQLITE_CONSTRAINT: return .constraint
        case SQLITE_CANTOPEN: return .unopenable
        case SQLITE_IOERR:
            // The write itself or growing the shared index found no room; some file systems report that late.
            let writing: [Int32] = [3 << 8, 4 << 8, 19 << 8].map { SQLITE_IOERR | $0 }
            return writing.contains(result) ? .full : .inputOutput
        default: return .misuse
        }
    }

    private static func remedy(_ problem: Problem, path: String) -> String {
        switch problem {
        case .full: ". Free space on the file system that holds it; writing resumes by itself"
        case .readOnly: ". Make the file, its directory and its file system writable; writing resumes by itself"
        case .corrupt: ". Stop the daemon and restore the file from a backup"
        case .busy: ". Another process has it locked: end that process"
        case .unopenable: ". Check that its directory exists and that this user may write there"
        case .inputOutput: ". Check the device (dmesg)"
        case .newer, .constraint, .misuse, .closed: ""
        }
    }
}
