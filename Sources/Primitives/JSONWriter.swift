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

    /// The value as JSON text, keys in their order, or in that of their code points. NaN and infinities, which JSON lacks,
    /// are written as Python writes them (`NaN`, `Infinity`).
    package func json(_ style: JSONStyle = .spaced, sortedKeys: Bool = false) -> String {
        String(decoding: jsonBytes(style, sortedKeys: sortedKeys), as: UTF8.self)
    }

    /// As `json`, in UTF-8.
    package func jsonBytes(_ style: JSONStyle = .spaced, sortedKeys: Bool = false) -> [UInt8] {
        var writer = JSONWriter(style: style, sortedKeys: sortedKeys)
        writer.write(self, depth: 0)
        return writer.bytes
    }
}

private struct JSONWriter {
    let style: Value.JSONStyle
    let sortedKeys: Bool
    var bytes: [UInt8] = []

    mutating func write(_ value: Value, depth: Int) {
        switch value {
        case .null: put("null")
        case .bool(true): put("true")
        case .bool(false): put("false")
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
            if sortedKeys, !members.hasSortedKeys {
                let sorted = members.elements.sorted { $0.key.precedesInUTF8($1.key) }
                for (index, member) in sorted.enumerated() { write(member, at: index, depth: depth) }
            } else {
                for (index, member) in members.elements.enumerated() { write(member, at: index, depth: depth) }
            }
            close("}", isEmpty: members.isEmpty, depth: depth)
        }
    }

    private mutating func write(_ member: (key: String, value: Value), at index: Int, depth: Int) {
        if index > 0 { separate(depth: depth) }
        quote(member.key)
        bytes.append(UInt8(ascii: ":"))
        if style != .compact { bytes.append(0x20) }
        write(member.value, depth: depth + 1)
    }

    private mutating func put(_ text: StaticString) { text.withUTF8Buffer { bytes.append(contentsOf: $0) } }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func open(_ bracket: Unicode.Scalar, isEmpty: Bool, depth: Int) {
        bytes.append(UInt8(ascii: bracket))
        if style == .pretty, !isEmpty { newLine(depth + 1) }
    }

    private mutating func close(_ bracket: Unicode.Scalar, isEmpty: Bool, depth: Int) {
        if style == .pretty, !isEmpty { newLine(depth) }
        bytes.append(UInt8(ascii: bracket))
    }

    private mutating func separate(depth: Int) {
        bytes.append(UInt8(ascii: ","))
        switch style {
        case .compact: break
        case .spaced: bytes.append(0x20)
        case .pretty: newLine(depth + 1)
        }
    }

    private mutating func newLine(_ depth: Int) {
        bytes.append(0x0a)
        bytes.append(contentsOf: repeatElement(0x20, count: 2 * depth))
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
        for index in text.indices {
            let byte = text[index]
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7f else {
                continue
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<index]))
            start = index + 1
            switch byte {
            case UInt8(ascii: "\""): put("\\\"")
            case UInt8(ascii: "\\"): put("\\\\")
            case 0x0a: put("\\n")
            case 0x0d: put("\\r")
            case 0x09: put("\\t")
            default: append("\\u00" + [byte].hex)
            }
        }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start...]))
    }

    private static func text(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Infinity" : "Infinity" }
        return number.pythonRepr
    }
}
