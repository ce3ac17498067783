import Cryptography
import OrderedCollections
import Primitives
import Store

/// What a backup says of its contents: every table with its digest, so that a byte that has changed since is found.
///
/// It is sealed under the master key of the database: who has no such key can make no other one.
struct BackupManifest: Sendable {
    let created: Timestamp
    /// The version of the program that made it.
    let program: String
    /// The number of the database's last migration.
    let form: Int
    /// By the table's name, with that of the files.
    let tables: [String: TableDigest]
    /// As it is stored: `{"created": time, "program": version, "form": 31,
    /// "tables": {name: {"rows": 25, "sha256": hexadecimal}}}`
    let text: String

    private static let context = "the manifest of a backup"

    init(created: Timestamp, program: String, form: Int, tables: [String: TableDigest]) {
        self.created = created
        self.program = program
        self.form = form
        self.tables = tables
        var members = Value.Object()
        for (name, table) in tables.sorted(by: { $0.key < $1.key }) {
            members[name] = ["rows": .int(table.rows), "sha256": .string(table.sha256.hex)]
        }
        let value: Value = [
            "created": .string(created.formatted(.isoSeconds)), "program": .string(program),
            "form": .int(form), "tables": .object(members),
        ]
        text = value.json(.compact)
    }

    /// Nil for what is none.
    init?(_ text: String) {
        guard let value = try? Value(json: Array(text.utf8)),
            let created = value["created"]?.stringValue.flatMap({ Timestamp($0) }),
            let program = value["program"]?.stringValue, let form = value["form"]?.intValue,
            let members = value["tables"]?.objectValue
        else { return nil }
        var tables: [String: TableDigest] = [:]
        for (name, member) in members {
            guard let rows = member["rows"]?.intValue,
                let digest = member["sha256"]?.stringValue.flatMap({ [UInt8](hex: $0) })
            else { return nil }
            tables[name] = TableDigest(rows: rows, sha256: digest)
        }
        self.created = created
        self.program = program
        self.form = form
        self.tables = tables
        self.text = text
    }

    private var digest: [UInt8] { Hash.sha256(Array(text.utf8)) }

    /// - Returns: what only the holder of the key can make.
    func seal(under keys: Keyring) throws(CryptoError) -> [UInt8] { try keys.seal(digest, for: Self.context) }

    /// Whether `seal` is that of this very text, under a key of `keys`.
    func isSealed(_ seal: [UInt8], under keys: Keyring) -> Bool {
        guard let opened = try? keys.open(seal, for: Self.context) else { return false }
        return constantTimeEqual(opened.plaintext.reveal(), digest)
    }

    /// As `difference(from:)`, of the database that was made of the backup.
    func difference(fromDatabase present: [String: TableDigest]) -> String? {
        var present = present
        for name in BackupFile.ownTables { present[name] = tables[name] }
        return difference(from: present)
    }

    /// What differs between this and what is there; nil where nothing does.
    ///
    /// - Parameter present: tables that are in no manifest are not looked at; `DatabaseSchema` finds those.
    /// - Returns: `the table x has 3 rows in place of 5`
    func difference(from present: [String: TableDigest]) -> String? {
        for (name, table) in tables.sorted(by: { $0.key < $1.key }) {
            guard let found = present[name] else { return "the table \(name) is missing" }
            if found.rows != table.rows {
                return
                    "the table \(name) has \(found.rows) \(found.rows == 1 ? "row" : "rows") in place of \(table.rows)"
            }
            if !constantTimeEqual(found.sha256, table.sha256) { return "the table \(name) has other contents" }
        }
        return nil
    }
}
