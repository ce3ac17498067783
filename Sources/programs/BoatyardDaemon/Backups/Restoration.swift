import Cryptography
import Glibc
import Primitives
import Store
import SystemSupport

/// Puts a backup in the place of a state directory's database, while no daemon runs.
///
/// Whenever it is killed, the directory has the old database or the new one, with a key that opens it.
package final class Restoration {
    /// Where the master key comes from.
    package enum Key {
        /// It is in the state directory, or a credential of systemd.
        case present
        case given(Secret<[UInt8]>)
        /// It is in the export, sealed under a passphrase.
        case passphrase(Secret<String>)
    }

    /// What was done.
    package struct Outcome: Sendable {
        package var created: Timestamp
        package var program: String
        /// Where the database from before is; nil where there was none.
        package var former: String?
        package var files: Int
    }

    private let backup: BackupFile
    private let state: StateDirectory
    /// The backup as the owner of the state directory may read it.
    private let copy: String
    private var database: String { state.path + "/boatyard.db" }

    /// Locks the state directory.
    ///
    /// - Parameter takesUnverified: takes a backup without digests, which nothing can be told of.
    /// - Throws: `BoatyardError` `state_locked` while a daemon runs, `backup.file`, `backup.newer`.
    package init(_ file: String, into path: String, takesUnverified: Bool) throws {
        let source = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard source >= 0 else {
            throw BoatyardError("backup.file", "\(file) cannot be read: \(systemErrorText()).", kind: .invalid)
        }
        defer { close(source) }
        // Before anything of it is copied.
        try Self.requireBackup(source, file)
        try Self.becomeOwner(of: path)
        state = try StateDirectory(path: path)
        copy = "\(try state.directory(Backups.folder))/restored.\(UUIDv4()).new"
        try Self.copy(source, to: copy)
        do {
            backup = try BackupFile(copy, calledAs: file)
        } catch {
            DatabaseCopy.discard(copy)
            throw error
        }
        let newest = DaemonServices.migrations.count
        guard backup.form <= newest else {
            throw BoatyardError(
                "backup.newer",
                "\(file) is of boatyard \(backup.program), whose database has form \(backup.form), and this program knows forms up to \(newest). "
                    + "Install that version.", kind: .invalid)
        }
        let damage = try DatabaseCopy.damage(of: copy)
        guard damage.isEmpty else {
            throw BoatyardError(
                "backup.file", "\(file) is damaged: \(damage.joined(separator: "; ")). Take an older one.",
                kind: .invalid)
        }
        guard takesUnverified || backup.manifest != nil else {
            throw BoatyardError(
                "backup.file",
                "\(file) has no digests, as backups of earlier versions: nobody can tell whether it is as it was made. "
                    + "Where you know that it is, give --unverified.", kind: .invalid)
        }
        try backup.verify(DaemonServices.migrations)
    }

    /// - Throws: `BoatyardError` `backup.file` for what cannot be a backup.
    private static func requireBackup(_ source: CInt, _ file: String) throws {
        var status = stat()
        guard fstat(source, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw BoatyardError(
                "backup.file",
                "\(file) is no regular file. Give a file that boatyard backup or boatyard export has made.",
                kind: .invalid)
        }
        if case .damaged(let problem) = try DatabaseFile(descriptor: source) {
            throw BoatyardError(
                "backup.file",
                "\(file) \(problem). Give a file that boatyard backup or boatyard export has made.", kind: .invalid)
        }
    }

    deinit { DatabaseCopy.discard(copy) }

    private static func copy(_ source: CInt, to target: String) throws {
        let file = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else {
            throw BoatyardError("state_unusable", "Cannot make \(target): \(systemErrorText()).")
        }
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = read(source, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw BoatyardError("backup.file", "The backup cannot be read: \(systemErrorText()).")
            }
            guard count > 0 else { return }
            guard FileContents.writeAll(Array(buffer[..<count]), to: file) else {
                let message = "Cannot write \(target): \(systemErrorText())."
                unlink(target)
                throw BoatyardError(
                    "file.full", "\(message) Free space on the file system that holds it.", kind: .storage)
            }
        }
    }

    /// Root leaves what it makes to whom the directory belongs.
    private static func becomeOwner(of path: String) throws {
        guard geteuid() == 0 else { return }
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw BoatyardError(
                "state_unusable",
                "There is no state directory \(path). Install the package and start the daemon once, or name another one with --state-dir.",
                kind: .invalid)
        }
        guard setegid(status.st_gid) == 0, seteuid(status.st_uid) == 0 else {
            throw BoatyardError("state_unusable", "Cannot act as the owner of \(path): \(systemErrorText()).")
        }
    }

    /// Whether the directory has no database, nor anything that belongs to one but a key.
    package var isEmpty: Bool { (try? DatabaseFile(at: database)) == .missing }

    /// - Throws: `BoatyardError` `master_key` where the key does not open the backup's secrets; `StoreError`, `file.…`.
    package func run(_ source: Key) throws -> Outcome {
        let new = try key(source)
        let former = Former(database: database, secrets: try state.directory("secrets"))
        let files = try backup.restoreFiles(below: state.path)
        let draft = database + ".new"
        DatabaseCopy.discard(draft)
        try backup.restoreDatabase(to: draft)
        // It was made while a daemon ran, which has not ended by itself.
        if backup.form >= DaemonRecord.migration.number { try DatabaseCopy.edit(draft) { try UncleanEnds.stop($0) } }
        if let new { try place(new, former) }
        let kept = try putAside(former.database) ? former.database : nil
        try FileContents.move(draft, to: database)
        try MasterKey.adoptNext(state: state)
        return Outcome(created: backup.created, program: backup.program, former: kept, files: files)
    }

    /// The key, where it is another one than the state directory has.
    private func key(_ source: Key) throws -> Secret<[UInt8]>? {
        switch source {
        case .present:
            if backup.checkValue == nil, backup.manifest == nil { return nil }
            let keys = try MasterKey.keys(state: state, mayMake: false) { opensSecrets($0) }
            guard let key = ([keys.current] + keys.previous).first(where: { opensSecrets($0) }) else {
                throw other("The master key of \(state.path)", "Give the one of that time with --key.")
            }
            _ = try checked(key, "The master key of \(state.path)")
            return nil
        case .given(let key):
            guard key.reveal().count == MasterKey.length else {
                throw BoatyardError("master_key", "A master key has exactly \(MasterKey.length) bytes.", kind: .invalid)
            }
            return try checked(key, "The key")
        case .passphrase(let passphrase):
            guard let wrapped = backup.wrappedKey else {
                throw BoatyardError(
                    "backup.file",
                    "\(backup.shownPath) has no master key: it is a backup, not an export. Use boatyard restore, with --key.",
                    kind: .invalid)
            }
            return try checked(try wrapped.key(under: passphrase), "The key of the export")
        }
    }

    private func checked(_ key: Secret<[UInt8]>, _ what: String) throws -> Secret<[UInt8]> {
        guard opensSecrets(key) else { throw other(what, "Give the one of that time.") }
        guard backup.manifest == nil || backup.isSealed(under: Keyring(key)) else {
            throw BoatyardError(
                "backup.file",
                "\(backup.shownPath) is not as it was made: its list of digests was not sealed with the master key. Take "
                    + "another backup.", kind: .invalid)
        }
        return key
    }

    /// Whether the secrets of the backup are sealed with it; of one without any it is not known.
    private func opensSecrets(_ key: Secret<[UInt8]>) -> Bool {
        backup.checkValue.map { KeyCheck.isSealed($0, under: key) } ?? true
    }

    private func other(_ what: String, _ remedy: String) -> BoatyardError {
        BoatyardError(
            "master_key", "\(what) is not the one that the secrets of \(backup.shownPath) are sealed with. \(remedy)",
            kind: .invalid)
    }

    /// Beside the present one, as while a key is replaced: whichever database is there, one of both opens it.
    private func place(_ key: Secret<[UInt8]>, _ former: Former) throws {
        let folder = try state.directory("secrets")
        if let present = try? FileContents.read("\(folder)/master.key", limit: 4096) {
            if present == key.reveal() { return }
            // It opens the database that is put aside.
            try FileContents.write(present, to: former.key, mode: 0o400)
        }
        let next = "\(folder)/master.key.next"
        try FileContents.write(key.reveal(), to: next, mode: 0o400)
    }

    /// Keeps the database from before under another name, and takes its log away, which would be taken for the new one's.
    ///
    /// - Returns: whether there was one.
    private func putAside(_ former: String) throws -> Bool {
        switch try DatabaseFile(at: database) {
        case .missing: return false
        case .usable: try DatabaseCopy.settle(database)
        case .damaged:
            for suffix in ["-wal", "-shm"] where access(database + suffix, F_OK) == 0 {
                try FileContents.move(database + suffix, to: former + suffix)
            }
            guard access(database, F_OK) == 0 else { return false }
        }
        // One that was killed after this has left it.
        guard access(former, F_OK) != 0 else { return true }
        guard link(database, former) == 0 else {
            throw BoatyardError("state_unusable", "Cannot keep \(database) as \(former): \(systemErrorText()).")
        }
        return true
    }
}

/// The names that a database and its key get when another is restored in their place. What has such a name already stays.
private struct Former {
    let database: String
    let key: String

    /// The first names that are free, or that have the present database and key already.
    init(database: String, secrets: String) {
        let presentKey = "\(secrets)/master.key"
        var number = 1
        while true {
            let suffix = ".before-restore" + (number == 1 ? "" : "-\(number)")
            let names = (database + suffix, presentKey + suffix)
            if Self.isFree(names.0, for: database), Self.isFree(names.1, for: presentKey, byContents: true) {
                self.database = names.0
                key = names.1
                return
            }
            number += 1
        }
    }

    private static func isFree(_ name: String, for present: String, byContents: Bool = false) -> Bool {
        guard access(name, F_OK) == 0 else { return true }
        if byContents {
            let former = try? FileContents.read(name, limit: 4096)
            return former != nil && former == (try? FileContents.read(present, limit: 4096))
        }
        var (one, other) = (stat(), stat())
        return stat(name, &one) == 0 && stat(present, &other) == 0 && one.st_dev == other.st_dev
            && one.st_ino == other.st_ino
    }
}

/// An export: a backup that has the master key, too.
package enum SiteExport {
    /// - Parameters:
    ///   - backup: what `boatyard backup` has made.
    ///   - target: the export, which must not be there yet.
    /// - Throws: `BoatyardError`, `StoreError`.
    package static func make(of backup: String, state path: String, at target: String, passphrase: Secret<String>)
        throws
    {
        let file = try BackupFile(backup)
        let place = "\(path)/secrets/master.key"
        let bytes = try FileContents.read(place, limit: 4096)
        guard bytes.count == MasterKey.length,
            file.checkValue.map({ KeyCheck.isSealed($0, under: Secret(bytes)) }) ?? true
        else {
            throw BoatyardError(
                "master_key",
                "\(place) is not the key that the secrets of \(backup) are sealed with. While the master key is being replaced, try again later."
            )
        }
        let draft = "\(target).\(UUIDv4()).new"
        do {
            try DatabaseCopy.make(of: backup, at: draft)
            try BackupFile.add(try WrappedKey(Secret(bytes), under: passphrase), to: draft)
            guard link(draft, target) == 0 else {
                throw BoatyardError("file.exists", "Cannot make \(target): \(systemErrorText()).", kind: .invalid)
            }
            DatabaseCopy.discard(draft)
        } catch {
            DatabaseCopy.discard(draft)
            throw error
        }
    }
}
