import Cryptography
import Store

/// What a table has in it: as many rows, and a digest over all their values.
struct TableDigest: Sendable, Hashable {
    var rows: Int
    /// 32 bytes: over the names of the columns and over the values of each row, in the order of the table.
    var sha256: [UInt8]
}

extension TableDigest {
    /// Those of all tables, with the counters of AUTOINCREMENT. They stay the same when the database is copied.
    ///
    /// - Throws: `StoreError`.
    static func all(_ connection: Connection) throws -> [String: TableDigest] {
        let names = try connection.query(
            """
            SELECT name FROM sqlite_schema
            WHERE type = 'table' AND (name = 'sqlite_sequence' OR name NOT LIKE 'sqlite\\_%' ESCAPE '\\')
            """
        ).map { try $0.text(0) }
        var digests: [String: TableDigest] = [:]
        for name in names { digests[name] = try TableDigest(of: name, connection) }
        return digests
    }

    /// - Throws: `StoreError`, also where there is no such table.
    init(of table: String, _ connection: Connection) throws {
        let stream = SHA256Stream()
        var rows = 0
        var bytes: [UInt8] = []
        // No index is looked through instead of the table, whose order is that of its key.
        let quoted = table.replacing("\"", with: "\"\"")
        try connection.forEach("SELECT * FROM \"\(quoted)\" NOT INDEXED") { row in
            bytes.removeAll(keepingCapacity: true)
            if rows == 0 {
                for name in row.columnNames { Self.append(.text(name), to: &bytes) }
            }
            for value in row.values { Self.append(value, to: &bytes) }
            stream.update(bytes)
            rows += 1
        }
        self.init(rows: rows, sha256: stream.finalize())
    }

    /// A letter for the type; the length in eight bytes before what may have any.
    private static func append(_ value: SQLValue, to bytes: inout [UInt8]) {
        func number(_ number: UInt64) { withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) } }
        switch value {
        case .null: bytes.append(UInt8(ascii: "n"))
        case .int(let integer):
            bytes.append(UInt8(ascii: "i"))
            number(UInt64(bitPattern: integer))
        case .double(let double):
            bytes.append(UInt8(ascii: "d"))
            number(double.bitPattern)
        case .text(let text):
            bytes.append(UInt8(ascii: "t"))
            number(UInt64(text.utf8.count))
            bytes.append(contentsOf: text.utf8)
        case .blob(let blob):
            bytes.append(UInt8(ascii: "b"))
            number(UInt64(blob.count))
            bytes.append(contentsOf: blob)
        }
    }
}
