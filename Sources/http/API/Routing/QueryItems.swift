import Primitives

/// The query string: ordered, keys may repeat, a comma never splits a value (`docs/reference/deckhand.md` §1).
package struct QueryItems: Hashable, Sendable {
    /// One `name=value` of a query.
    package struct Item: Hashable, Sendable {
        /// The name, percent-decoded.
        package var name: String
        /// The value, percent-decoded; empty where it is missing.
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// All items in their order, with repeated names.
    package var items: [Item]

    package init(_ items: [Item] = []) { self.items = items }

    /// Reads what follows `?`. `name` alone counts as `name=`.
    package init(parsing text: some StringProtocol) {
        items = text.split(separator: "&").map { pair in
            let equals = pair.firstIndex(of: "=")
            let value = equals.map { pair[pair.index(after: $0)...] } ?? ""
            return Item(
                PercentCoding.decode(pair[..<(equals ?? pair.endIndex)], plusIsSpace: true),
                PercentCoding.decode(value, plusIsSpace: true))
        }
    }

    /// Values of a key in their order; empty if it is not there.
    package func all(_ name: String) -> [String] { items.filter { $0.name == name }.map(\.value) }

    /// The last value of a key, which is the one that falcon takes.
    package subscript(name: String) -> String? { items.last { $0.name == name }?.value }

    /// Whether the query has a parameter of this name, also one without a value.
    package func contains(_ name: String) -> Bool { items.contains { $0.name == name } }

    /// Key names in order of their first occurrence.
    package var names: [String] {
        var seen: Set<String> = []
        return items.map(\.name).filter { seen.insert($0).inserted }
    }

    static let trueSpellings = ["true", "True", "t", "yes", "y", "1", "on", ""]
    static let falseSpellings = ["false", "False", "f", "no", "n", "0", "off"]

    /// A boolean in one of falcon's spellings; a blank value is true, a missing key nil
    /// (`docs/reference/shipyard.md` §1).
    ///
    /// Throws `RequestError.invalidParameter` for anything else.
    package func bool(_ name: String) throws -> Bool? {
        guard let value = self[name] else { return nil }
        if Self.trueSpellings.contains(value) { return true }
        if Self.falseSpellings.contains(value) { return false }
        throw RequestError.invalidParameter(
            "The \"\(name)\" parameter is invalid. The value of the parameter must be \"true\" or \"false\".")
    }

    /// An integer within `range`; a missing key is nil. Throws `RequestError.invalidParameter` for anything else, a blank
    /// included.
    package func int(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let value = self[name] else { return nil }
        guard let number = Int(value), range.contains(number) else {
            throw RequestError.invalidParameter(
                "The \"\(name)\" parameter is invalid. The value must be an integer from \(range.lowerBound) to "
                    + "\(range.upperBound).")
        }
        return number
    }
}
