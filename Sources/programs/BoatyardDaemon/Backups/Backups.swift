import Cryptography
import Glibc
import Logging
import MessageCatalog
import Primitives
import Store
import SystemSupport

/// Makes backups while the daemon works, and proves each by restoring it before it gets its name.
actor Backups {
    private let state: StateDirectory
    private let database: Database
    private let keys: Keyring
    private let logger: Logger
    private let now: @Sendable () -> Timestamp

    /// Left besides, in bytes: for what else is written meanwhile.
    private static let reserve: UInt64 = 16 << 20

    init(
        state: StateDirectory, database: Database, keys: Keyring, logger: Logger,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.state = state
        self.database = database
        self.keys = keys
        self.logger = logger
        self.now = now
        // What a process that was killed has left, and SQLite beside it. The state directory is this one's alone.
        let folder = "\(state.path)/\(Self.folder)"
        let whole = Set(Self.names(in: folder))
        for name in FolderContents.names(in: folder) ?? [] where !whole.contains(name) {
            FolderContents.remove("\(folder)/\(name)")
        }
    }

    /// The folder below the state directory.
    static let folder = "backups"

    /// Makes one, proves it, and removes those that are too many.
    ///
    /// - Parameter count: how many are kept, this one among them; nil keeps all.
    /// - Returns: `{"file": path, "size": bytes, "created": time, "seconds": 0.4, "removed": 1}`
    /// - Throws: `BoatyardError` `store.full` where the disk has no room for it, `backup.proof` where what was made cannot be restored,
    ///   which is kept under another name then; `StoreError`.
    func make(keeping count: Int?) async throws -> Value {
        let started = ContinuousClock.now
        let folder = try state.directory(Self.folder)
        try await requireSpace(in: folder)
        let created = now()
        let target = "\(folder)/\(Self.name(created))\(BackupFile.suffix)"
        let draft = "\(target).\(UUIDv4()).new"
        let files = Self.files(below: state.path)
        let source = (database.path, state.path)
        do {
            try await DatabaseCopy.work {
                try BackupFile.make(of: source.0, files: files, below: source.1, at: draft, created: created)
            }
            try await prove(draft, in: folder)
            try FileContents.move(draft, to: target)
        } catch {
            DatabaseCopy.discard(draft)
            logger.error(.backupFailed, "a backup could not be made", metadata: ["error": "\(error)"])
            throw error
        }
        let removed = count.map { Self.removeOld(in: folder, keeping: $0) } ?? 0
        let seconds = (ContinuousClock.now - started) / .seconds(1)
        let size = Self.size(target)
        logger.notice(
            .backupMade,
            "a backup was made, restored into another folder and checked",
            metadata: ["file": "\(target)", "bytes": "\(size)", "removed": "\(removed)"])
        return [
            "file": .string(target), "size": .int(size), "created": .string(created.formatted(.isoSeconds)),
            "seconds": .double((seconds * 10).rounded() / 10), "removed": .int(removed),
        ]
    }

    /// Those that there are, the newest first. Every one of them was restored once.
    func list() throws -> Value {
        let folder = try state.directory(Self.folder)
        return .array(
            Self.names(in: folder).reversed().map { name in
                let path = "\(folder)/\(name)"
                let file = try? BackupFile(path)
                return [
                    "file": .string(path), "size": .int(Self.size(path)),
                    "created": Value(file?.created.formatted(.isoSeconds)), "program": Value(file?.program),
                ]
            })
    }

    /// The newest one in a state directory, for messages; nil where there is none.
    static func newest(in state: String) -> String? {
        names(in: "\(state)/\(folder)").last.map { "\(state)/\(folder)/\($0)" }
    }

    /// Restores a backup into a folder, and looks at what came of it.
    private func prove(_ backup: String, in folder: String) async throws {
        let proof = "\(folder)/proof"
        FolderContents.remove(proof)
        try FileContents.makeFolder(proof, mode: 0o700)
        defer { FolderContents.remove(proof) }
        let path = "\(proof)/boatyard.db"
        let keys = keys.asOfNow
        try await DatabaseCopy.work {
            let file = try BackupFile(backup)
            try file.restoreDatabase(to: path)
            _ = try file.restoreFiles(below: proof)
            let damage = try DatabaseCopy.damage(of: path)
            guard damage.isEmpty else { throw Self.unproved(backup, damage.joined(separator: "; ")) }
            let rows = try DatabaseCopy.read(path) { try DatabaseCopy.rowCounts($0) }
            guard rows == file.rows else {
                throw Self.unproved(backup, "its tables have other numbers of rows than were copied")
            }
            guard let checkValue = file.checkValue else { return }
            guard (try? keys.open(checkValue, for: KeyCheck.context)) != nil else {
                throw Self.unproved(backup, "the master key does not open its secrets")
            }
        }
        // As a start opens it.
        let restored = try Database.open(path: path, migrations: DaemonServices.migrations, readers: 1)
        await restored.close()
    }

    private static func unproved(_ backup: String, _ what: String) -> BoatyardError {
        BoatyardError(
            "backup.proof",
            "The backup could not be restored, and is not kept: \(what). Look for the cause in the disk.",
            kind: .storage)
    }

    /// What is made and what is restored of it at once.
    private func requireSpace(in folder: String) async throws {
        let size = UInt64(max(0, try await database.read { try $0.size() }))
        guard let left = FolderContents.bytesLeft(at: folder) else { return }
        let needed = 2 * size + Self.reserve
        guard left < needed else { return }
        throw BoatyardError(
            "store.full",
            "A backup and its proof take \(needed >> 20) MiB, and the file system of \(folder) has \(left >> 20) left. Free space on it.",
            kind: .storage)
    }

    private static func files(below state: String) -> [String] {
        BackupFile.folders.flatMap { folder in
            let files = (try? FolderContents.files(in: "\(state)/\(folder)", suffixes: [""], recurse: true)) ?? []
            return files.map { String($0.dropFirst(state.count + 1)) }
        }
    }

    /// `boatyard-20261202T094100Z`, which sorts by time.
    private static func name(_ time: Timestamp) -> String {
        "boatyard-" + time.formatted(.isoSeconds).filter { $0 != "-" && $0 != ":" }
    }

    /// When a backup was made, by its name; nil for what is none.
    static func created(ofName path: String) -> Timestamp? {
        let digits = path.split(separator: "/").last?.filter { $0.isASCII && $0.isNumber } ?? ""
        guard digits.count == 14 else { return nil }
        let parts = [0..<4, 4..<6, 6..<8, 8..<10, 10..<12, 12..<14].map { range in
            String(digits.dropFirst(range.lowerBound).prefix(range.count))
        }
        return Timestamp("\(parts[0])-\(parts[1])-\(parts[2])T\(parts[3]):\(parts[4]):\(parts[5])Z")
    }

    private static func names(in folder: String) -> [String] {
        (FolderContents.names(in: folder) ?? []).filter { $0.hasPrefix("boatyard-") && $0.hasSuffix(BackupFile.suffix) }
    }

    private static func removeOld(in folder: String, keeping count: Int) -> Int {
        let old = names(in: folder).dropLast(count)
        return old.count { unlink("\(folder)/\($0)") == 0 }
    }

    private static func size(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }
}
