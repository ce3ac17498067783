import Primitives

/// A document of a stream with how it is written.
package struct SourceDocument: Sendable {
    package let value: Value
    package let lines: LineMap
    package let notes: SourceNotes
}

/// What a document loses when it becomes a value. Lines are those of the stream, from 1.
package struct SourceNotes: Sendable, Hashable {
    /// A key that is written more than once in one mapping, of which the last one counts.
    package struct RepeatedKey: Sendable, Hashable {
        package let key: String
        /// All its lines, in the order of writing.
        package let lines: [Int]

        package init(key: String, lines: [Int]) {
            self.key = key
            self.lines = lines
        }
    }

    /// A scalar that is no text to YAML 1.1, and not as its value would be written: `on`, `0644`, `1_000`, `52:54`.
    package struct Spelling: Sendable, Hashable {
        package let line: Int
        /// As written, without quotes.
        package let text: String
        /// What it is read as.
        package let value: Value
        package let isKey: Bool

        package init(line: Int, text: String, value: Value, isKey: Bool = false) {
            self.line = line
            self.text = text
            self.value = value
            self.isKey = isKey
        }
    }

    package var repeatedKeys: [RepeatedKey] = []
    package var spellings: [Spelling] = []

    package init() {}

    /// How `value` was written that stands on a line; nil where that was as it would be written again.
    package func spelling(of value: Value, line: Int) -> String? {
        spellings.first { $0.line == line && !$0.isKey && $0.value == value }?.text
    }

    /// How many notes one stream may have: more are not told.
    static let limit = 10_000
    /// How many bytes a scalar may have, and a repeated key lines.
    static let longest = 64

    /// How a scalar that is no text is written as a rule; nil for what is no such scalar.
    package static func usual(_ value: Value) -> String? {
        switch value {
        case .null: "null"
        case .bool(let flag): flag ? "true" : "false"
        case .int(let number): String(number)
        case .bigInt(let digits): digits
        case .double(let number): number.pythonRepr
        case .string, .array, .object: nil
        }
    }

    /// Whether a scalar is surely written as its value would be written again. It costs less than `usual`, and tells of nearly
    /// all that are.
    static func isUsual(_ text: UnsafeBufferPointer<UInt8>, of node: YAMLNode) -> Bool {
        switch node {
        case .bool(let flag): return text.elementsEqual(flag ? "true".utf8 : "false".utf8)
        case .null: return text.elementsEqual("null".utf8)
        case .int:
            // Decimal digits without a zero before them, or one digit.
            let digits = text.first == UInt8(ascii: "-") ? text.dropFirst() : text[...]
            guard let first = digits.first, first != UInt8(ascii: "0") || text.count == 1 else { return false }
            return digits.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        case .bigInt, .float, .string, .bytes, .timestamp, .sequence, .pairs, .mapping, .set: return false
        }
    }

    /// What YAML 1.1 makes of a scalar that is written without quotes where text is meant, and the way to write it:
    /// `0644 without quotes is the number 420 (octal) to YAML 1.1; write '0644'`.
    ///
    /// - Parameters:
    ///   - text: as it is written; nil for as a rule.
    ///   - value: what it is read as.
    /// - Returns: nil for a text and for a collection.
    package static func explanation(of text: String?, readAs value: Value) -> String? {
        guard let usual = usual(value) else { return nil }
        let written = text ?? usual
        let meaning: String
        switch value {
        case .null: meaning = "no value"
        case .bool(let flag): meaning = "the truth value \(flag)"
        case .int, .bigInt, .double: meaning = "the number \(usual)" + base(of: written)
        case .string, .array, .object: return nil
        }
        let quoted = "'" + written.replacing("'", with: "''") + "'"
        return "\(written) without quotes is \(meaning) to YAML 1.1; write \(quoted)"
    }

    private static func base(of text: String) -> String {
        let digits = text.drop { $0 == "-" || $0 == "+" }
        if digits.contains(":") { return " (to base 60)" }
        if digits.hasPrefix("0x") { return " (hexadecimal)" }
        if digits.hasPrefix("0b") { return " (binary)" }
        if digits.hasPrefix("0"), digits.count > 1, !digits.contains(".") { return " (octal)" }
        return ""
    }
}

extension YAMLNode {
    /// Null, a truth value or a number as a value; nil for anything else.
    var plainValue: Value? {
        switch self {
        case .null: .null
        case .bool(let flag): .bool(flag)
        case .int(let number): .int(number)
        case .bigInt(let digits): .bigInt(digits)
        case .float(let number): .double(number)
        case .string, .bytes, .timestamp, .sequence, .pairs, .mapping, .set: nil
        }
    }
}
