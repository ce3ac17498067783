import OrderedCollections

extension Value {
    /// How JSON is laid out.
    package enum JSONStyle: Sendable {
        /// Python's `json.dumps` default: `{"a": 1, "b": [2]}`. The controllers answer in it.
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

private struct JSONWriter: ~Copyable {
    private let style: Value.JSONStyle
    private let sortedKeys: Bool
    private var output = ByteWriter()

    init(style: Value.JSONStyle, sortedKeys: Bool) {
        self.style = style
        self.sortedKeys = sortedKeys
    }

    var bytes: [UInt8] { output.bytes }

    mutating func write(_ value: Value, depth: Int) {
        switch value {
        case .null: output.append("null")
        case .bool(true): output.append("true")
        case .bool(false): output.append("false")
        case .int(let number): output.append(String(number))
        case .bigInt(let digits): output.append(digits)
        case .double(let number): output.append(Self.text(number))
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
            var isFirst = true
            members.forEachMember(sortedByKey: sortedKeys) { key, value in
                if !isFirst { separate(depth: depth) }
                isFirst = false
                quote(key)
                output.append(UInt8(ascii: ":"))
                if style != .compact { output.append(0x20) }
                write(value, depth: depth + 1)
            }
            close("}", isEmpty: members.isEmpty, depth: depth)
        }
    }

    private mutating func open(_ bracket: Unicode.Scalar, isEmpty: Bool, depth: Int) {
        output.append(UInt8(ascii: bracket))
        if style == .pretty, !isEmpty { newLine(depth + 1) }
    }

    private mutating func close(_ bracket: Unicode.Scalar, isEmpty: Bool, depth: Int) {
        if style == .pretty, !isEmpty { newLine(depth) }
        output.append(UInt8(ascii: bracket))
    }

    private mutating func separate(depth: Int) {
        output.append(UInt8(ascii: ","))
        switch style {
        case .compact: break
        case .spaced: output.append(0x20)
        case .pretty: newLine(depth + 1)
        }
    }

    private mutating func newLine(_ depth: Int) {
        output.append(0x0a)
        output.append(repeating: 0x20, count: 2 * depth)
    }

    private mutating func quote(_ text: String) {
        output.append(UInt8(ascii: "\""))
        text.withUTF8Bytes { escape($0) }
        output.append(UInt8(ascii: "\""))
    }

    /// Most texts have nothing to escape, so whatever stands between two escapes is copied at once.
    private mutating func escape(_ text: UnsafeBufferPointer<UInt8>) {
        guard let base = text.baseAddress else { return }
        var start = 0
        for index in 0..<text.count {
            let byte = base[index]
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7f else {
                continue
            }
            output.append(base + start, index - start)
            start = index + 1
            switch byte {
            case UInt8(ascii: "\""): output.append("\\\"")
            case UInt8(ascii: "\\"): output.append("\\\\")
            case 0x0a: output.append("\\n")
            case 0x0d: output.append("\\r")
            case 0x09: output.append("\\t")
            default: output.append("\\u00" + [byte].hex)
            }
        }
        output.append(base + start, text.count - start)
    }

    private static func text(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Infinity" : "Infinity" }
        return number.pythonRepr
    }
}
