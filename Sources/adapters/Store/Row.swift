/// A row of a query's result, independent of the statement.
package struct Row: Sendable {
    /// The columns of one answer, shared by its rows.
    final class Columns: Sendable {
        let names: [String]
        let places: [String: Int]

        init(_ names: [String]) {
            self.names = names
            places = Dictionary(zip(names, names.indices), uniquingKeysWith: { first, _ in first })
        }
    }

    let columns: Columns
    /// The values in the order of the columns.
    package let values: [SQLValue]

    package var columnNames: [String] { columns.names }
}

/// A column by its name, or by its place from 0.
package protocol RowColumn: Sendable, CustomStringConvertible {
    func place(in row: Row) -> Int?
}

extension String: RowColumn {
    package func place(in row: Row) -> Int? { row.columns.places[self] }
}

extension Int: RowColumn {
    package func place(in row: Row) -> Int? { row.values.indices.contains(self) ? self : nil }
}

extension Row {
    /// The value of a column.
    ///
    /// - Throws: `StoreError` `misuse` where there is no such column. All getters throw it, also for a value of another
    ///   type.
    package func value(_ column: some RowColumn) throws(StoreError) -> SQLValue {
        guard let place = column.place(in: self) else {
            throw StoreError(problem: .misuse, message: "the answer has no column \(column), only \(columnNames)")
        }
        return values[place]
    }

    /// An integer; nil for NULL.
    ///
    /// - Throws: as `value(_:)`.
    package func optionalInt64(_ column: some RowColumn) throws(StoreError) -> Int64? {
        switch try value(column) {
        case .null: return nil
        case .int(let number): return number
        default: throw mismatch(column, "an integer")
        }
    }

    /// A floating-point number; nil for NULL. An integer counts as the number of the same value.
    ///
    /// - Throws: as `value(_:)`.
    package func optionalDouble(_ column: some RowColumn) throws(StoreError) -> Double? {
        switch try value(column) {
        case .null: return nil
        case .double(let number): return number
        case .int(let number): return Double(number)
        default: throw mismatch(column, "a number")
        }
    }

    /// A text; nil for NULL.
    ///
    /// - Throws: as `value(_:)`.
    package func optionalText(_ column: some RowColumn) throws(StoreError) -> String? {
        switch try value(column) {
        case .null: return nil
        case .text(let text): return text
        default: throw mismatch(column, "text")
        }
    }

    /// Bytes; nil for NULL.
    ///
    /// - Throws: as `value(_:)`.
    package func optionalBlob(_ column: some RowColumn) throws(StoreError) -> [UInt8]? {
        switch try value(column) {
        case .null: return nil
        case .blob(let bytes): return bytes
        default: throw mismatch(column, "a blob")
        }
    }

    /// An integer; nil for NULL.
    ///
    /// - Throws: as `value(_:)`.
    package func optionalInt(_ column: some RowColumn) throws(StoreError) -> Int? {
        try optionalInt64(column).map(Int.init)
    }

    /// An integer.
    ///
    /// - Throws: as `value(_:)`, also for NULL.
    package func int64(_ column: some RowColumn) throws(StoreError) -> Int64 {
        guard let number = try optionalInt64(column) else { throw mismatch(column, "an integer") }
        return number
    }

    /// An integer.
    ///
    /// - Throws: as `value(_:)`, also for NULL.
    package func int(_ column: some RowColumn) throws(StoreError) -> Int { Int(try int64(column)) }

    /// A boolean: 0 is false, any other integer true.
    ///
    /// - Throws: as `value(_:)`, also for NULL.
    package func bool(_ column: some RowColumn) throws(StoreError) -> Bool { try int64(column) != 0 }

    /// A floating-point number.
    ///
    /// - Throws: as `value(_:)`, also for NULL.
    package func double(_ column: some RowColumn) throws(StoreError) -> Double {
        guard let number = try optionalDouble(column) else { throw mismatch(column, "a number") }
        return number
    }

    /// A text.
    ///
    /// - Throws: as `value(_:)`, also for NULL.
    package func text(_ column: some RowColumn) throws(StoreError) -> String {
        guard let text = try optionalText(column) else { throw mismatch(column, "text") }
        return text
    }

    /// Bytes.
    ///
    /// - Throws: as `value(_:)`, also for NULL.
    package func blob(_ column: some RowColumn) throws(StoreError) -> [UInt8] {
        guard let bytes = try optionalBlob(column) else { throw mismatch(column, "a blob") }
        return bytes
    }

    private func mismatch(_ column: some RowColumn, _ wanted: String) -> StoreError {
        StoreError(problem: .misuse, message: "column \(column) does not hold \(wanted)")
    }
}
