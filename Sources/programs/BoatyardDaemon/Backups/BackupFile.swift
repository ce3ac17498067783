import Cryptography
import Glibc
import OrderedCollections
import Primitives
import Store

/// A backup: one file, which is a copy of the database with two more tables. `sqlite3` opens it.
///
/// `boatyard_backup` says what it is of, with a digest of each table; `boatyard_backup_files` has the files of the state
/// directory that belong to the database. Secrets in it are sealed as in the database; the master key is not in it, unless it is
/// sealed under a passphrase.
struct BackupFile: Sendable {
    static let suffix = ".backup"
    /// Of this form of the file. Those of format 1 had no digests.
    private static let format = 2
    /// The tables that a backup has besides those of the database.
    private static let tables = (facts: "boatyard_backup", files: "boatyard_backup_files")

    /// Of those, what the manifest names and a restored database has not.
    static let ownTables = [tables.files]

    let path: String
    /// For messages.
    let shownPath: String
    let created: Timestamp
    /// Of the program that made it.
    let program: String
    /// The number of the database's last migration.
    let form: Int
    /// How many rows each table of the database has, as backups without a manifest say it.
    private let rows: [String: Int]
    /// Nil in backups that were made before they had one.
    let manifest: BackupManifest?
    /// Of the manifest.
    private let seal: [UInt8]
    /// The check value of the master key (`KeyCheck`); nil where nothing was ever sealed.
    let checkValue: [UInt8]?
    /// The master key, sealed under a passphrase; nil in backups.
    let wrappedKey: WrappedKey?

    /// Reads what a file says of itself.
    ///
    /// - Throws: `BoatyardError` `backup.file` where it is no backup, `backup.newer` for one of a newer program.
    ///
    /// - Parameter name: what messages call the file; nil for its path.
    init(_ path: String, calledAs name: String? = nil) throws {
        self.path = path
        let shown = name ?? path
        shownPath = shown
        switch try DatabaseFile(at: path) {
        case .usable: break
        case .missing: throw Self.unusable(shown, "is not there")
        case .damaged(let problem): throw Self.unusable(shown, problem)
        }
        do {
            let (facts, form, checkValue) = try DatabaseCopy.read(path) { connection in
                // A view of this name could be made to have no end.
                guard try DatabaseSchema(connection).objects[.init(type: "table", name: Self.tables.facts)] != nil
                else {
                    throw Self.unusable(shown, "is no backup")
                }
                var facts: [String: String] = [:]
                for row in try connection.query("SELECT name, value FROM boatyard_backup") {
                    facts[try row.text(0)] = try row.text(1)
                }
                let form = try connection.query("PRAGMA user_version").first?.int(0) ?? 0
                return (facts, form, try KeyCheck.sealed(connection))
            }
            guard let format = facts["format"].flatMap({ Int($0) }) else { throw Self.unusable(shown, "is no backup") }
            guard format <= Self.format else {
                throw BoatyardError(
                    "backup.newer",
                    "\(shown) was made by boatyard \(facts["program"] ?? "of another version") in a form that this program does not know. "
                        + "Install that version.", kind: .invalid)
            }
            manifest = facts["manifest"].flatMap { BackupManifest($0) }
            seal = facts["manifest_seal"].flatMap { [UInt8](hex: $0) } ?? []
            guard format == 1 || manifest?.form == form else {
                throw Self.unusable(shown, "is not as it was made: it does not say what it has in it")
            }
            created = manifest?.created ?? facts["created"].flatMap { Timestamp($0) } ?? Timestamp(microseconds: 0)
            program = manifest?.program ?? facts["program"] ?? ""
            rows =
                facts["rows"].flatMap { try? Value(json: Array($0.utf8)) }?.objectValue?
                .reduce(into: [:]) { $0[$1.key] = $1.value.intValue } ?? [:]
            wrappedKey = facts["wrapped_key"].flatMap { WrappedKey($0) }
            self.form = form
            self.checkValue = checkValue
        } catch let error as StoreError {
            throw Self.unusable(shown, "cannot be read as a backup: \(error.inWords)")
        }
    }

    private static func unusable(
        _ path: String, _ problem: String,
        remedy: String = "Give a file that boatyard backup or boatyard export has made."
    ) -> BoatyardError {
        BoatyardError("backup.file", "\(path) \(problem). \(remedy)", kind: .invalid)
    }

    /// Copies the database and the files.
    ///
    /// - Parameters:
    ///   - database: the path of the database, which may be in use.
    ///   - files: paths below the state directory.
    ///   - target: where nothing is yet.
    ///   - keys: those of the database.
    static func make(
        of database: String, files: [String], below state: String, at target: String, created: Timestamp,
        keys: Keyring
    ) throws {
        try DatabaseCopy.make(of: database, at: target)
        do {
            try DatabaseCopy.edit(target) { connection in
                try connection.execute(
                    "CREATE TABLE boatyard_backup (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT")
                try connection.execute(
                    "CREATE TABLE boatyard_backup_files (path TEXT PRIMARY KEY, contents BLOB NOT NULL) STRICT")
                for file in files {
                    let path = "\(state)/\(file)"
                    // One that has gone meanwhile is not wanted any more.
                    if access(path, F_OK) != 0, errno == ENOENT { continue }
                    let contents = try FileContents.read(path)
                    try connection.execute(
                        "INSERT INTO boatyard_backup_files VALUES (?, ?)", [.text(file), .blob(contents)])
                }
                let form = try connection.query("PRAGMA user_version").first?.int(0) ?? 0
                var digests = try TableDigest.all(connection)
                digests[tables.facts] = nil
                let manifest = BackupManifest(
                    created: created, program: boatyardVersion, form: form, tables: digests)
                // While the key is replaced, the copy may still be under the one before.
                let checkValue = try KeyCheck.sealed(connection)
                let key = checkValue.flatMap { keys.key(opening: $0, for: KeyCheck.context) } ?? keys.current
                try set("format", "\(format)", connection)
                try set("manifest", manifest.text, connection)
                try set("manifest_seal", try manifest.seal(under: Keyring(key)).hex, connection)
            }
        } catch {
            DatabaseCopy.discard(target)
            throw error
        }
    }

    /// Adds the master key, sealed under a passphrase.
    static func add(_ key: WrappedKey, to path: String) throws {
        try DatabaseCopy.edit(path) { try set("wrapped_key", key.text, $0) }
    }

    private static func set(_ name: String, _ value: String, _ connection: Connection) throws {
        try connection.execute(
            "INSERT INTO boatyard_backup VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [.text(name), .text(value)])
    }

    /// Looks at all that is in it: only tables that a daemon makes, with the contents that they had when it was made, and files that
    /// can be written.
    ///
    /// - Parameter migrations: of this program.
    /// - Throws: `BoatyardError` `backup.file`, which says what differs.
    func verify(_ migrations: [Migration]) throws {
        let expected = try DatabaseSchema(of: migrations, upTo: form)
        let problem = try DatabaseCopy.read(path) { connection -> String? in
            var schema = try DatabaseSchema(connection)
            schema.remove(tables: [Self.tables.facts, Self.tables.files])
            if let difference = schema.difference(from: expected) { return difference }
            if let manifest {
                if let difference = manifest.difference(from: try TableDigest.all(connection)) { return difference }
            } else {
                let present = try DatabaseCopy.rowCounts(connection)
                if let (name, count) = rows.first(where: { present[$0.key] != $0.value }) {
                    return "the table \(name) has \(present[name] ?? 0) rows in place of \(count)"
                }
            }
            return try Self.wrongFile(connection)
        }
        if let problem {
            throw Self.unusable(shownPath, "is not as it was made: \(problem)", remedy: "Take another backup.")
        }
    }

    /// Whether the manifest is the one that the daemon has made that had this key.
    func isSealed(under keys: Keyring) -> Bool { manifest?.isSealed(seal, under: keys) ?? false }

    /// What is wrong with the paths of the files; nil where nothing is.
    private static func wrongFile(_ connection: Connection) throws -> String? {
        let paths = try connection.query("SELECT path FROM \(tables.files) ORDER BY path").map { try $0.text(0) }
        let all = Set(paths)
        for path in paths {
            guard isPlain(path) else { return "it has a file \(path), which no backup has" }
            var folder = path[...]
            while let slash = folder.lastIndex(of: "/") {
                folder = folder[..<slash]
                if all.contains(String(folder)) { return "its file \(folder) is a folder of \(path), too" }
            }
        }
        return nil
    }

    /// Makes a database of the backup, which every migration of this program may then be applied to.
    ///
    /// - Parameter database: where nothing is yet.
    func restoreDatabase(to database: String) throws {
        try DatabaseCopy.make(of: path, at: database)
        try DatabaseCopy.edit(database) { connection in
            for table in [Self.tables.facts, Self.tables.files] { try connection.execute("DROP TABLE \(table)") }
        }
    }

    /// Writes the files that are not there.
    ///
    /// - Returns: how many were written.
    func restoreFiles(below state: String) throws -> Int {
        let names = try DatabaseCopy.read(path) { connection in
            try connection.query("SELECT path FROM boatyard_backup_files ORDER BY path").map { try $0.text(0) }
        }
        var count = 0
        for name in names where Self.isPlain(name) && access("\(state)/\(name)", F_OK) != 0 {
            let contents = try DatabaseCopy.read(path) { connection in
                try connection.query("SELECT contents FROM boatyard_backup_files WHERE path = ?", [.text(name)]).first?
                    .blob(0)
            }
            guard let contents, let slash = name.lastIndex(of: "/") else { continue }
            try FileContents.makeFolder("\(state)/\(name[..<slash])", mode: 0o700)
            try FileContents.write(contents, to: "\(state)/\(name)", mode: 0o600)
            count += 1
        }
        return count
    }

    /// A path below the folders that backups have, and nowhere else.
    private static func isPlain(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count > 1 && Self.folders.contains(String(parts[0]))
            && parts.allSatisfy { part in
                !part.isEmpty && part != "." && part != ".." && part.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
            }
    }

    /// Below the state directory: what belongs to the database and cannot be made anew.
    static let folders = ["builddata"]
}

/// The master key, sealed under a passphrase: scrypt makes a key of that, and AES-256-GCM seals with it.
struct WrappedKey: Sendable {
    /// `{"salt": …, "nonce": …, "sealed": …}` in hexadecimal, with the parameters of scrypt.
    let text: String

    private static let context = "the master key of an export"

    /// - Throws: `CryptoError`.
    init(_ key: Secret<[UInt8]>, under passphrase: Secret<String>) throws {
        let salt = Random.bytes(16)
        let wrapping = try Scrypt.standard.key(password: Array(passphrase.reveal().utf8), salt: salt, length: 32)
        let sealed = try Keyring(Secret(wrapping)).seal(key.reveal(), for: Self.context)
        let value: Value = [
            "scrypt": [
                "n": .int(Scrypt.standard.logarithmicCost), "r": .int(Scrypt.standard.blockSize),
                "p": .int(Scrypt.standard.parallelism),
            ],
            "salt": .string(salt.hex), "sealed": .string(sealed.hex),
        ]
        text = value.json(.compact)
    }

    /// Nil for what is none.
    init?(_ text: String) {
        guard let value = try? Value(json: Array(text.utf8)), value["sealed"]?.stringValue != nil else { return nil }
        self.text = text
    }

    /// - Throws: `BoatyardError` `backup.passphrase` for another passphrase.
    func key(under passphrase: Secret<String>) throws(BoatyardError) -> Secret<[UInt8]> {
        guard let value = try? Value(json: Array(text.utf8)),
            let salt = value["salt"]?.stringValue.flatMap({ [UInt8](hex: $0) }),
            let sealed = value["sealed"]?.stringValue.flatMap({ [UInt8](hex: $0) }),
            let scrypt = Scrypt(
                logarithmicCost: value["scrypt"]?["n"]?.intValue ?? 0, blockSize: value["scrypt"]?["r"]?.intValue ?? 0,
                parallelism: value["scrypt"]?["p"]?.intValue ?? 0),
            let wrapping = try? scrypt.key(password: Array(passphrase.reveal().utf8), salt: salt, length: 32),
            let opened = try? Keyring(Secret(wrapping)).open(sealed, for: Self.context)
        else {
            throw BoatyardError(
                "backup.passphrase", "The passphrase does not open the master key of this export.", kind: .invalid)
        }
        return opened.plaintext
    }
}
