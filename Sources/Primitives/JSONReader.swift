import OrderedCollections

/// Why a text is not JSON, and where.
package struct JSONSyntaxError: Error, Sendable, Equatable, CustomStringConvertible {
    package var message: String
    /// From 1.
    package var line: Int
    /// From 1, in bytes.
    package var column: Int

    package var description: String { "\(message): line \(line) column \(column)" }
}

extension Value {
    /// Parses one JSON text (RFC 8259). A repeated key keeps its last value.
    ///
    /// - Parameter depthLimit: how deeply arrays and objects may nest; deeper input is refused, not recursed into.
    /// - Throws: `JSONSyntaxError` with line and column.
    package init(json bytes: some Collection<UInt8>, depthLimit: Int = 200) throws(JSONSyntaxError) {
        var reader = JSONReader(bytes: Array(bytes), depthLimit: depthLimit)
        self = try reader.document()
    }

    package init(json text: String, depthLimit: Int = 200) throws(JSONSyntaxError) {
        try self.init(json: Array(text.utf8), depthLimit: depthLimit)
    }
}

private struct JSONReader {
    let bytes: [UInt8]
    let depthLimit: Int
    var position = 0
    /// Of all arrays and objects that are open, so that each is made in its final size.
    private var keys: [String] = []
    private var values: [Value] = []

    init(bytes: [UInt8], depthLimit: Int) {
        self.bytes = bytes
        self.depthLimit = depthLimit
    }

    mutating func document() throws(JSONSyntaxError) -> Value {
        let value = try self.value(depth: 0)
        skipBlanks()
        guard position == bytes.count else { throw error("Extra data") }
        return value
    }

    private mutating func value(depth: Int) throws(JSONSyntaxError) -> Value {
        skipBlanks()
        guard position < bytes.count else { throw error("Expecting value") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return try object(depth: depth + 1)
        case UInt8(ascii: "["): return try array(depth: depth + 1)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), 48...57: return try number()
        default: throw error("Expecting value")
        }
    }

    private mutating func object(depth: Int) throws(JSONSyntaxError) -> Value {
        guard depth <= depthLimit else { throw error("Nested more than \(depthLimit) levels deep") }
        position += 1
        let firstKey = keys.count
        let firstValue = values.count
        skipBlanks()
        if take(UInt8(ascii: "}")) { return .object([:]) }
        while true {
            skipBlanks()
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
                throw error("Expecting property name enclosed in double quotes")
            }
            let key = try string()
            skipBlanks()
            guard take(UInt8(ascii: ":")) else { throw error("Expecting ':' delimiter") }
            keys.append(key)
            values.append(try value(depth: depth))
            skipBlanks()
            if take(UInt8(ascii: "}")) { return object(from: firstKey, firstValue) }
            guard take(UInt8(ascii: ",")) else { throw error("Expecting ',' delimiter") }
        }
    }

    private mutating func array(depth: Int) throws(JSONSyntaxError) -> Value {
        guard depth <= depthLimit else { throw error("Nested more than \(depthLimit) levels deep") }
        position += 1
        let first = values.count
        skipBlanks()
        if take(UInt8(ascii: "]")) { return .array([]) }
        while true {
            values.append(try value(depth: depth))
            skipBlanks()
            if take(UInt8(ascii: "]")) {
                let elements = Array(values[first...])
                values.removeLast(values.count - first)
                return .array(elements)
            }
            guard take(UInt8(ascii: ",")) else { throw error("Expecting ',' delimiter") }
        }
    }

    /// Makes an object of the last keys and values.
    private mutating func object(from firstKey: Int, _ firstValue: Int) -> Value {
        let count = keys.count - firstKey
        var members = Value.Object(minimumCapacity: count)
        for offset in 0..<count { members[keys[firstKey + offset]] = values[firstValue + offset] }
        keys.removeLast(count)
        values.removeLast(count)
        return .object(members)
    }

    private mutating func string() throws(JSONSyntaxError) -> String {
        let start = position
        position += 1
        var text: [UInt8] = []
        while true {
            let run = position
            while position < bytes.count, bytes[position] >= 0x20, bytes[position] != UInt8(ascii: "\""),
                bytes[position] != UInt8(ascii: "\\")
            {
                position += 1
            }
            guard position < bytes.count else {
                position = start
                throw error("Unterminated string starting at")
            }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                // Most strings have no escape and are taken as they stand.
                if !text.isEmpty { text += bytes[run..<position] }
                let string = String(validating: text.isEmpty ? bytes[run..<position] : text[...], as: UTF8.self)
                position += 1
                if let string { return string }
                position = start
                throw error("Invalid UTF-8 in string")
            case UInt8(ascii: "\\"):
                text += bytes[run..<position]
                try escape(into: &text)
            default: throw error("Invalid control character at")
            }
        }
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONSyntaxError) {
        position += 1
        guard position < bytes.count else { throw error("Unterminated string starting at") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(8)
        case UInt8(ascii: "f"): text.append(12)
        case UInt8(ascii: "n"): text.append(10)
        case UInt8(ascii: "r"): text.append(13)
        case UInt8(ascii: "t"): text.append(9)
        case UInt8(ascii: "u"):
            var code = try hexadecimal4()
            if (0xd800..<0xdc00).contains(code), position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
                bytes[position + 1] == UInt8(ascii: "u")
            {
                position += 2
                let low = try hexadecimal4()
                guard (0xdc00..<0xe000).contains(low) else { throw error("Unpaired surrogate") }
                code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw error("Unpaired surrogate") }
            text.append(contentsOf: Array(String(Character(scalar)).utf8))
        default:
            position -= 1
            throw error("Invalid \\escape")
        }
    }

    private mutating func hexadecimal4() throws(JSONSyntaxError) -> UInt32 {
        guard position + 4 <= bytes.count, let pair = [UInt8](hex: bytes[position..<position + 4]) else {
            throw error("Invalid \\uXXXX escape")
        }
        position += 4
        return UInt32(pair[0]) << 8 | UInt32(pair[1])
    }

    private mutating func number() throws(JSONSyntaxError) -> Value {
        let start = position
        _ = take(UInt8(ascii: "-"))
        if !take(48) {
            guard digits() else { throw error("Expecting value") }
        }
        var isInteger = true
        if position + 1 < bytes.count, bytes[position] == UInt8(ascii: "."), (48...57).contains(bytes[position + 1]) {
            isInteger = false
            position += 1
            _ = digits()
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            let mark = position
            position += 1
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            if digits() { isInteger = false } else { position = mark }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger { return Int(text).map(Value.int) ?? .bigInt(text) }
        // What is too large for a double would be written as no JSON.
        guard let number = Double(text), number.isFinite else {
            position = start
            throw error("Number out of range")
        }
        return .double(number)
    }

    private mutating func digits() -> Bool {
        let start = position
        while position < bytes.count, (48...57).contains(bytes[position]) { position += 1 }
        return position > start
    }

    private mutating func literal(_ word: String, _ value: Value) throws(JSONSyntaxError) -> Value {
        guard bytes[position...].starts(with: word.utf8) else { throw error("Expecting value") }
        position += word.utf8.count
        return value
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipBlanks() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0a, 0x0d, 0x09: position += 1
            default: return
            }
        }
    }

    private func error(_ message: String) -> JSONSyntaxError {
        let before = bytes[..<min(position, bytes.count)]
        let line = before.count { $0 == 0x0a } + 1
        let column = before.count - (before.lastIndex(of: 0x0a).map { $0 + 1 } ?? 0) + 1
        return JSONSyntaxError(message: message, line: line, column: column)
    }
}
