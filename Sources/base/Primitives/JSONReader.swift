import OrderedCollections

/// Why a text is not JSON, and where.
package struct JSONSyntaxError: Error, Sendable, Equatable, CustomStringConvertible {
    package var message: String
    /// From 1.
    package var line: Int
    /// From 1, in bytes.
    package var column: Int

    /// The member of an object that is given twice, where that is what is wrong.
    package var repeatedMember: String?

    package var description: String { "\(message): line \(line) column \(column)" }

    /// Of a member that is given twice: what is wrong, where, and the remedy, in one sentence or more. Nil for anything else.
    package var repetition: String? {
        repeatedMember.map { _ in "\(self). Which one is meant is not known: give it once." }
    }
}

extension Value {
    /// Parses one JSON text (RFC 8259). A repeated key keeps its last value.
    ///
    /// - Parameter depthLimit: how deeply arrays and objects may nest; deeper input is refused, not recursed into.
    /// - Throws: `JSONSyntaxError` with line and column.
    package init(json bytes: some Collection<UInt8>, depthLimit: Int = 200) throws(JSONSyntaxError) {
        try self.init(json: Array(bytes), depthLimit: depthLimit)
    }

    /// As above, of bytes that lie together.
    package init(json bytes: [UInt8], depthLimit: Int = 200) throws(JSONSyntaxError) {
        self = try Self.read(bytes, depthLimit: depthLimit, isLenient: false)
    }

    /// As above, of a peer that writes numbers as it likes: a scalar that is no JSON or no double can hold (`NaN`, `007`,
    /// `1e999`) is a string of what stands there, and the rest of the text is not lost with it.
    package init(lenientJSON bytes: [UInt8], depthLimit: Int) throws(JSONSyntaxError) {
        self = try Self.read(bytes, depthLimit: depthLimit, isLenient: true)
    }

    /// As above, of bytes in which no object may have a member twice: what its sender meant is not known then.
    ///
    /// - Throws: `JSONSyntaxError`, of which `repeatedMember` is the second one's name, and `repetition` what to answer.
    package init(uniqueJSON bytes: [UInt8], depthLimit: Int = 200) throws(JSONSyntaxError) {
        self = try Self.read(bytes, depthLimit: depthLimit, isLenient: false, isUnique: true)
    }

    private static func read(
        _ bytes: [UInt8], depthLimit: Int, isLenient: Bool, isUnique: Bool = false
    ) throws(JSONSyntaxError) -> Value {
        try bytes.withUnsafeBufferPointer { bytes throws(JSONSyntaxError) in
            var reader = JSONReader(bytes: bytes, depthLimit: depthLimit, isLenient: isLenient, isUnique: isUnique)
            return try reader.document()
        }
    }

    package init(json text: String, depthLimit: Int = 200) throws(JSONSyntaxError) {
        try self.init(json: Array(text.utf8), depthLimit: depthLimit)
    }
}

extension Value.Object {
    /// The largest object whose keys are compared with each other rather than hashed.
    private static let fewKeys = 12

    /// An object of keys and their values. A repeated key keeps its first place and its last value.
    package init(keys: ContiguousArray<String>, values: ContiguousArray<Value>) {
        if keys.count <= Self.fewKeys, keys.areUniqueASCII {
            self.init(uncheckedUniqueKeys: keys, values: values)
        } else {
            self.init(minimumCapacity: keys.count)
            for (key, value) in zip(keys, values) { self[key] = value }
        }
    }
}

extension ContiguousArray<String> {
    /// Compares each with all before it; most differ in length already. Only said of ASCII: other texts may be equal,
    /// since canonically equivalent, in whatever length.
    fileprivate var areUniqueASCII: Bool {
        withUnsafeBufferPointer { keys in
            for later in keys.indices {
                guard keys[later].withUTF8Bytes({ $0.allSatisfy { $0 < 0x80 } }) else { return false }
                let length = keys[later].utf8.count
                for earlier in 0..<later where keys[earlier].utf8.count == length {
                    if keys[earlier] == keys[later] { return false }
                }
            }
            return true
        }
    }
}

private struct JSONReader: ~Copyable {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let depthLimit: Int
    private let isLenient: Bool
    /// Whether no object may have a member twice.
    private let isUnique: Bool
    private var position = 0
    /// Of all arrays and objects that are open.
    private var keys = MovingStack<String>()
    private var values = MovingStack<Value>()

    /// - Parameter bytes: must stay valid as long as the reader is used.
    init(bytes: UnsafeBufferPointer<UInt8>, depthLimit: Int, isLenient: Bool, isUnique: Bool = false) {
        self.isUnique = isUnique
        self.bytes = bytes
        self.depthLimit = depthLimit
        self.isLenient = isLenient
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
        case _ where isLenient: return try scalarOrText()
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
        skipBlanks()
        if take(UInt8(ascii: "}")) { return .object([:]) }
        var count = 0
        var names: Set<String> = []
        while true {
            skipBlanks()
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
                throw error("Expecting property name enclosed in double quotes")
            }
            let start = position
            let key = try string()
            if isUnique, !names.insert(key).inserted {
                position = start
                throw repetition(of: key)
            }
            skipBlanks()
            guard take(UInt8(ascii: ":")) else { throw error("Expecting ':' delimiter") }
            keys.append(key)
            values.append(try value(depth: depth))
            count += 1
            skipBlanks()
            if take(UInt8(ascii: "}")) {
                return .object(
                    Value.Object(
                        keys: ContiguousArray(keys.takeLast(count)), values: ContiguousArray(values.takeLast(count))))
            }
            guard take(UInt8(ascii: ",")) else { throw error("Expecting ',' delimiter") }
        }
    }

    private mutating func array(depth: Int) throws(JSONSyntaxError) -> Value {
        guard depth <= depthLimit else { throw error("Nested more than \(depthLimit) levels deep") }
        position += 1
        skipBlanks()
        if take(UInt8(ascii: "]")) { return .array([]) }
        var count = 0
        while true {
            values.append(try value(depth: depth))
            count += 1
            skipBlanks()
            if take(UInt8(ascii: "]")) { return .array(values.takeLast(count)) }
            guard take(UInt8(ascii: ",")) else { throw error("Expecting ',' delimiter") }
        }
    }

    private mutating func string() throws(JSONSyntaxError) -> String {
        let start = position
        position += 1
        var text: [UInt8] = []
        var highBits: UInt8 = 0
        while true {
            let run = position
            while position < bytes.count, bytes[position] >= 0x20, bytes[position] != UInt8(ascii: "\""),
                bytes[position] != UInt8(ascii: "\\")
            {
                highBits |= bytes[position]
                position += 1
            }
            guard position < bytes.count else {
                position = start
                throw error("Unterminated string starting at")
            }
            let piece = UnsafeBufferPointer(rebasing: bytes[run..<position])
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                // Most strings have no escape and are ASCII: they are taken as they stand.
                if text.isEmpty, highBits < 0x80 { return String(decoding: piece, as: UTF8.self) }
                let end = position
                position = start
                if let string = String(validating: text + piece, as: UTF8.self) {
                    guard !CombiningCharacters.exceedLimit(string) else { throw error(CombiningCharacters.problem) }
                    position = end
                    return string
                }
                throw error("Invalid UTF-8 in string")
            case UInt8(ascii: "\\"):
                text += piece
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

    /// A scalar, or the text of what is none.
    private mutating func scalarOrText() throws(JSONSyntaxError) -> Value {
        let start = position
        while position < bytes.count, Self.isOfScalar(bytes[position]) { position += 1 }
        guard position > start else { throw error("Expecting value") }
        let text = UnsafeBufferPointer(rebasing: bytes[start..<position])
        var reader = JSONReader(bytes: text, depthLimit: 0, isLenient: false)
        return (try? reader.document()) ?? .string(String(decoding: text, as: UTF8.self))
    }

    /// Of printable ASCII what has no meaning of its own in JSON.
    private static func isOfScalar(_ byte: UInt8) -> Bool {
        (0x21..<0x7f).contains(byte) && !",:[]{}\"".utf8.contains(byte)
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
        let text = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<position]), as: UTF8.self)
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

    private func repetition(of member: String) -> JSONSyntaxError {
        let begin = String(String.UnicodeScalarView(member.unicodeScalars.prefix(100)))
        var error = error("The member '\(ControlCharacters.escaped(begin, keepsLines: false))' is given twice")
        error.repeatedMember = member
        return error
    }

    private func error(_ message: String) -> JSONSyntaxError {
        let before = UnsafeBufferPointer(rebasing: bytes[..<min(position, bytes.count)])
        let line = before.count { $0 == 0x0a } + 1
        let column = before.count - (before.lastIndex(of: 0x0a).map { $0 + 1 } ?? 0) + 1
        return JSONSyntaxError(message: message, line: line, column: column)
    }
}
