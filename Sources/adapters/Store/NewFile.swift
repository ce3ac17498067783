import Glibc

/// Making a database file where there is none.
///
/// It is made under another name without a single sync, then synced as a whole and renamed: a crash leaves either no
/// file or a complete one, and a new state directory costs two syncs instead of ten.
enum NewFile {
    /// Whether nothing is at `path`, and nothing beside it that would be taken for a part of it.
    static func isDue(at path: String) -> Bool {
        var status = stat()
        if stat(path, &status) == 0 { return false }
        return errno == ENOENT && ["-wal", "-journal"].allSatisfy { access(path + $0, F_OK) != 0 }
    }

    /// Removes what is left of a file that was not finished, such as one whose place was taken by a backup.
    static func discardDraft(of path: String) { discard(draft(of: path)) }

    private static func draft(of path: String) -> String { path + ".new" }

    static func make(at path: String, migrations: [Migration]) throws {
        let draft = draft(of: path)
        discard(draft)
        var descriptor = open(draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("make", draft) }
        close(descriptor)
        do {
            try Connection(path: draft, role: .draft).complete(migrations)
            descriptor = open(draft, O_RDWR | O_CLOEXEC)
            guard descriptor >= 0 else { throw failure("open", draft) }
            defer { close(descriptor) }
            guard fsync(descriptor) == 0 else { throw failure("sync", draft) }
            guard rename(draft, path) == 0 else { throw failure("rename", draft) }
        } catch {
            discard(draft)
            throw error
        }
        syncFolder(of: path)
    }

    private static func discard(_ draft: String) {
        for suffix in ["", "-wal", "-shm", "-journal"] { unlink(draft + suffix) }
    }

    /// A folder that cannot be opened only delays the name; the file itself is safe.
    private static func syncFolder(of path: String) {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    private static func failure(_ what: String, _ path: String) -> StoreError {
        StoreError(systemError: errno, path: path, doing: what)
    }
}

extension Connection {
    /// Applies all migrations, and leaves the file in the form that `Role.writer` wants.
    fileprivate func complete(_ migrations: [Migration]) throws {
        try migrate(migrations)
        _ = try query("PRAGMA journal_mode = WAL")
    }
}
