import Cryptography
import Glibc
import OrderedCollections
import Primitives
import Store

/// A backup: one file, which is a copy of the database with two more tables. `sqlite3` opens it.
///
/// `boatyard_backup` says what it is of; `boatyard_backup_files` has the files of the state directory that belong to the
/// database. Secrets in it are sealed as in the database; the master key is not in it, unless it is sealed under a passphrase.
struct BackupFile: Sendable {
    static let suffix = ".backup"
    /// Of this form of the file.
    private static let format = 1

    let path: String
    /// For messages.
    let shownPath: String
    let created: Timestamp
    /// Of the program that made it.
    let program: String
    /// The number of the database's last migration.
    let form: Int
    /// How many rows each table of the database has.
    let rows: [String: Int]
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
            created = facts["created"].flatMap { Timestamp($0) } ?? Timestamp(microseconds: 0)
            program = facts["program"] ?? ""
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

    private static func unusable(_ path: String, _ problem: String) -> BoatyardError {
        BoatyardError(
            "backup.file", "\(path) \(problem). Give a file that boatyard backup or boatyard export has made.",
            kind: .invalid)
    }

    /// Copies the database and the files.
    ///
    /// - Parameters:
    ///   - database: the path of the database, which may be in use.
    ///   - files: paths below the state directory.
    ///   - target: where nothing is yet.
    static func make(
        of database: String, files: [String], below state: String, at target: String, created: Timestamp
    ) throws {
        try DatabaseCopy.make(of: database, at: target)
        do {
            try DatabaseCopy.edit(target) { connection in
                let rows = try DatabaseCopy.rowCounts(connection)
                try connection.execute(
                    "CREATE TABLE boatyard_backup (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT")
                try connection.execute(
                    "CREATE TABLE boatyard_backup_files (path TEXT PRIMARY KEY, contents BLOB NOT NULL) STRICT")
                let facts = [
                    ("format", "\(format)"), ("created", created.formatted(.isoSeconds)), ("program", boatyardVersion),
                    ("rows", Self.text(rows)),
                ]
                for (name, value) in facts { try set(name, value, connection) }
                for file in files {
                    // One that has gone meanwhile is not wanted any more.
                    guard let contents = try? FileContents.read("\(state)/\(file)") else { continue }
                    try connection.execute(
                        "INSERT INTO boatyard_backup_files VALUES (?, ?)", [.text(file), .blob(contents)])
                }
            }
        } catch {
            DatabaseCopy.discard(target)
            throw error
        }
    }

    /// `{"deckhand_documents": 25, …}`
    private static func text(_ rows: [String: Int]) -> String {
        var members = Value.Object()
        for (name, count) in rows.sorted(by: { $0.key < $1.key }) { members[name] = .int(count) }
        return Value.object(members).json(.compact)
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

    /// Makes a database of the backup, which every migration of this program may then be applied to.
    ///
    /// - Parameter database: where nothing is yet.
    func restoreDatabase(to database: String) throws {
        try DatabaseCopy.make(of: path, at: database)
        try DatabaseCopy.edit(database) { connection in
            try connection.execute("DROP TABLE boatyard_backup")
            try connection.execute("DROP TABLE boatyard_backup_files")
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
            && parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." && !$0.contains("\0") }
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
