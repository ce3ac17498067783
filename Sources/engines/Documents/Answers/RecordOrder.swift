import OrderedCollections
import Primitives

/// Sorts answers by what clients name (`docs/reference/deckhand.md` §10).
package struct RecordOrder: Sendable, Hashable {
    private let keys: [JSONPath]
    private let isDescending: Bool

    /// - Parameters:
    ///   - keys: paths into the records, the most significant first.
    ///   - order: `desc` reverses; anything else is ascending.
    /// - Throws: `.invalidInput` for a key that is no path.
    package init(keys: [String], order: String?) throws(DocumentError) {
        isDescending = order == "desc"
        var paths: [JSONPath] = []
        for key in keys {
            do {
                paths.append(try JSONPath(key))
            } catch {
                throw .invalidInput("the sort key \(key) is no path: \(error.message)")
            }
        }
        self.keys = paths
    }

    /// Whether the request asked for an order.
    package var hasKeys: Bool { !keys.isEmpty }

    /// `items` in the order of their records; equal ones keep their order, also when reversed.
    package func sorted<Item>(_ items: [Item], record: (Item) -> Value) -> [Item] {
        let decorated = items.enumerated().map { offset, item in
            let value = record(item)
            return (item: item, offset: offset, keys: keys.map { value.first(at: $0) ?? .null })
        }
        return decorated.sorted { left, right in
            for (a, b) in zip(left.keys, right.keys) {
                if Self.precedes(a, b) { return !isDescending }
                if Self.precedes(b, a) { return isDescending }
            }
            return left.offset < right.offset
        }.map(\.item)
    }

    /// Nulls first, then false and true, numbers, text by code points, and whatever has no order last.
    private static func precedes(_ left: Value, _ right: Value) -> Bool {
        switch (left, right) {
        case (.bool(let a), .bool(let b)): !a && b
        case (.int(let a), .int(let b)): a < b
        case (.string(let a), .string(let b)): a.unicodeScalars.lexicographicallyPrecedes(b.unicodeScalars)
        default: number(left, right) ?? (rank(left) < rank(right))
        }
    }

    private static func number(_ left: Value, _ right: Value) -> Bool? {
        guard let a = double(left), let b = double(right) else { return nil }
        return a < b
    }

    private static func double(_ value: Value) -> Double? {
        switch value {
        case .int(let number): Double(number)
        case .double(let number): number
        case .bigInt(let digits): Double(digits)
        default: nil
        }
    }

    private static func rank(_ value: Value) -> Int {
        switch value {
        case .null: 0
        case .bool: 1
        case .int, .double, .bigInt: 2
        case .string: 3
        case .array, .object: 4
        }
    }
}

extension DocumentView {
    /// What a document can be sorted by.
    package var record: Value {
        [
            "metadata": metadata, "data": data, "schema": .string(schema), "id": .int(id), "created_at": .int(id),
            "bucket_name": .string(bucket), "revision_id": .int(revision), "name": metadata["name"] ?? .null,
            "layer": metadata["layeringDefinition"]?["layer"] ?? .null, "status": status,
        ]
    }
}
