import OrderedCollections

extension Value {
    /// How JSON is laid out.
    package enum JSONStyle: Sendable {
        /// Python's `json.dumps` default: `{"a": 1, "b": [2]}`. The faces answer in it.
        case spaced
        /// No blank anywhere.
        case compact
        /// Two spaces a level, for people.
        case pretty
    }

    /// The value as JSON text in UTF-8, keys in their order, or in that of their code points. NaN and infinities, which JSON lacks,
    /// are written as Python writes them (`NaN`, `Infinity`).
    package func json(_ style: JSONStyle = .spaced, sortedKeys: Bool = false) -> String {
        var writer = JSONWriter(style: style, sortedKeys: sortedKeys)
        writer.write(self, depth: 0)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

private struct JSONWriter {
    let style: Value.JSONStyle
    let sortedKeys: Bool
    var bytes: [UInt8] = []

    mutating func write(_ value: Value, depth: Int) {
        switch value {
        case .null: append("null")
        case .bool(let flag): append(flag ? "true" : "false")
        case .int(let number): append(String(number))
        case .bigInt(let digits): append(digits)
        case .double(let number): append(Self.text(number))
        case .string(let text): quote(text)
        case .array(let elements):
            open("[", isEmpty: elements.isEmpty, depth: depth)
            for (index, element) in elements.enumerated() {
                if index > 0 { separate(depth: depth) }
                write(element, depth: depth + 1)
            }
            close("]", isEmpty: elements.isEmpty, depth: depth)
        case .object(let members):
            open("{", isEmpty: members.isEmpty, depth: depth)
            let keys =
                sortedKeys ? members.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } : Array(members.keys)
            for (index, key) in keys.enumerated() {
                if index > 0 { separate(depth: depth) }
                quote(key)
                append(style == .compact ? ":" : ": ")
                write(members[key] ?? .null, depth: depth + 1)
            }
            close("}", isEmpty: members.isEmpty, depth: depth)
        }
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func open(_ bracket: String, isEmpty: Bool, depth: Int) {
        append(bracket)
        if style == .pretty, !isEmpty { newLine(depth + 1) }
    }

    private mutating func close(_ bracket: String, isEmpty: Bool, depth: Int) {
        if style == .pretty, !isEmpty { newLine(depth) }
        append(bracket)
    }

    private mutating func separate(depth: Int) {
        switch style {
        case .compact: append(",")
        case .spaced: append(", ")
        case .pretty:
            append(",")
            newLine(depth + 1)
        }
    }

    private mutating func newLine(_ depth: Int) {
        append("\n")
        for _ in 0..<depth { append("  ") }
    }

    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        let isWritten: Void? = text.utf8.withContiguousStorageIfAvailable { escape($0) }
        if isWritten == nil { Array(text.utf8).withUnsafeBufferPointer { escape($0) } }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Most texts have nothing to escape, so whatever stands between two escapes is copied at once.
    private mutating func escape(_ text: UnsafeBufferPointer<UInt8>) {
        var start = 0
        for (index, byte) in text.enumerated() {
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7f else {
                continue
            }
            bytes.append(contentsOf: text[start..<index])
            start = index + 1
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case 0x0a: append("\\n")
            case 0x0d: append("\\r")
            case 0x09: append("\\t")
            default: append("\\u00" + [byte].hex)
            }
        }
        bytes.append(contentsOf: text[start...])
    }

    private static func text(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Infinity" : "Infinity" }
        return number.pythonRepr
    }
}
