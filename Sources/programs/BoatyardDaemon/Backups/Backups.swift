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
        for name in FolderContents.names(in: folder) ?? [] where !Self.isBackup(name) {
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
        let draft = "\(folder)/\(Self.name(created))\(BackupFile.suffix).\(UUIDv4()).new"
        let target: String
        let source = (database.path, state.path)
        let keys = keys.asOfNow
        do {
            try await DatabaseCopy.work {
                let files = try Self.files(below: source.1)
                try BackupFile.make(
                    of: source.0, files: files, below: source.1, at: draft, created: created, keys: keys)
            }
            try await prove(draft, in: folder)
            target = Self.freePath(created, in: folder)
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
            try FolderContents.list(folder).filter(Self.isBackup).reversed().map { name in
                let path = "\(folder)/\(name)"
                let file = try? BackupFile(path)
                return [
                    "file": .string(path), "size": .int(Self.size(path)),
                    "created": Value(file?.created.formatted(.isoSeconds)), "program": Value(file?.program),
                ]
            })
    }

    /// The newest one in a state directory that is whole; nil where there is none.
    static func newest(in state: String) -> String? {
        (FolderContents.names(in: "\(state)/\(folder)") ?? []).filter(isBackup).map { "\(state)/\(folder)/\($0)" }
            .last { (try? DatabaseFile(at: $0)) == .usable }
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
            try file.verify(DaemonServices.migrations)
            let digests = try DatabaseCopy.read(path) { try TableDigest.all($0) }
            if let difference = file.manifest?.difference(fromDatabase: digests) {
                throw Self.unproved(backup, "restored, \(difference)")
            }
            guard file.isSealed(under: keys) else {
                throw Self.unproved(backup, "the master key does not open its manifest")
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

    /// The paths of what is beside the database and belongs to it.
    ///
    /// - Throws: `BoatyardError` `file.read`: a backup without one of them would be none.
    static func files(below state: String) throws(BoatyardError) -> [String] {
        var files: [String] = []
        for name in BackupFile.folders {
            let folder = "\(state)/\(name)"
            // Nobody has written there yet.
            if access(folder, F_OK) != 0, errno == ENOENT { continue }
            files += try FolderContents.files(in: folder, suffixes: [""], recurse: true, limit: .max)
        }
        return files.map { String($0.dropFirst(state.count + 1)) }
    }

    /// `boatyard-20261202T094100Z`, which sorts by time.
    private static func name(_ time: Timestamp) -> String {
        "boatyard-" + time.formatted(.isoSeconds).filter { $0 != "-" && $0 != ":" }
    }

    /// Of the first second from then on that no backup has its name of: none takes the place of another.
    private static func freePath(_ created: Timestamp, in folder: String) -> String {
        var time = created
        while true {
            let path = "\(folder)/\(name(time))\(BackupFile.suffix)"
            if access(path, F_OK) != 0 { return path }
            time = Timestamp(microseconds: time.microseconds + 1_000_000)
        }
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

    static func isBackup(_ name: String) -> Bool {
        name.hasPrefix("boatyard-") && name.hasSuffix(BackupFile.suffix)
    }

    private static func removeOld(in folder: String, keeping count: Int) -> Int {
        let old = (FolderContents.names(in: folder) ?? []).filter(isBackup).dropLast(count)
        return old.count { unlink("\(folder)/\($0)") == 0 }
    }

    private static func size(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }
}
