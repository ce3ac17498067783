/// A column of values that are sealed under the master key, each for its row. Sealing itself is its owner's.
package struct SealedColumn: Sendable {
    private let table: String
    private let key: String
    private let column: String

    /// - Parameters:
    ///   - key: the column of texts by which a row is found.
    ///   - column: of blobs; null where a row has nothing to seal.
    package init(_ table: String, key: String, column: String) {
        self.table = table
        self.key = key
        self.column = column
    }

    /// Whether there is any.
    package func holdsAny(_ connection: Connection) throws -> Bool {
        try !connection.query("SELECT 1 FROM \(table) WHERE \(column) IS NOT NULL LIMIT 1").isEmpty
    }

    /// Passes one of them to `open`, to try the key.
    ///
    /// - Returns: whether there is any.
    /// - Throws: what `open` throws.
    package func probe(_ connection: Connection, _ open: (_ key: String, _ sealed: [UInt8]) throws -> Void) throws
        -> Bool
    {
        let found = try connection.query(
            "SELECT \(key), \(column) FROM \(table) WHERE \(column) IS NOT NULL LIMIT 1")
        guard let row = found.first else { return false }
        try open(row.text(0), row.blob(1))
        return true
    }

    /// Stores what `renew` makes of each.
    ///
    /// - Parameter renew: returns nil for what stays as it is.
    /// - Returns: how many there are.
    package func renew(
        _ connection: Connection, _ renew: (_ key: String, _ sealed: [UInt8]) throws -> [UInt8]?
    ) throws -> Int {
        let rows = try connection.query("SELECT \(key), \(column) FROM \(table) WHERE \(column) IS NOT NULL")
        for row in rows {
            let id = try row.text(0)
            guard let sealed = try renew(id, row.blob(1)) else { continue }
            try connection.execute("UPDATE \(table) SET \(column) = ? WHERE \(key) = ?", [.blob(sealed), .text(id)])
        }
        return rows.count
    }
}
