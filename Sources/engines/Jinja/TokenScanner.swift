/// Reads one token inside a tag.
struct TokenScanner {
    let bytes: [UInt8]
    private(set) var position: Int
    private(set) var line: Int

    init(bytes: [UInt8], position: Int, line: Int) {
        self.bytes = bytes
        self.position = position
        self.line = line
    }

    mutating func next() throws(JinjaError) -> Token.Kind {
        let byte = bytes[position]
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case UInt8(ascii: "'"), UInt8(ascii: "\""): return .string(try string(quote: byte))
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), 0x80...:
            return .name(try name())
        default: return try sign()
        }
    }

    private func error(_ message: String) -> JinjaError { JinjaError(code: .syntax, message: message, line: line) }

    private mutating func name() throws(JinjaError) -> String {
        let start = position
        var isASCII = true
        while position < bytes.count, Self.isNameByte(bytes[position]) {
            if bytes[position] >= 0x80 { isASCII = false }
            position += 1
        }
        let name = String(decoding: bytes[start..<position], as: UTF8.self)
        if isASCII { return name }
        guard let first = name.unicodeScalars.first, first == "_" || first.properties.isXIDStart,
            name.unicodeScalars.allSatisfy(\.properties.isXIDContinue)
        else { throw error("Invalid character in identifier") }
        return name
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), 0x80...,
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    private mutating func sign() throws(JinjaError) -> Token.Kind {
        let byte = bytes[position]
        let following = position + 1 < bytes.count ? bytes[position + 1] : 0
        let pair: String? =
            switch (byte, following) {
            case (UInt8(ascii: "/"), UInt8(ascii: "/")): "//"
            case (UInt8(ascii: "*"), UInt8(ascii: "*")): "**"
            case (UInt8(ascii: "="), UInt8(ascii: "=")): "=="
            case (UInt8(ascii: "!"), UInt8(ascii: "=")): "!="
            case (UInt8(ascii: ">"), UInt8(ascii: "=")): ">="
            case (UInt8(ascii: "<"), UInt8(ascii: "=")): "<="
            default: nil
            }
        if let pair {
            position += 2
            return .sign(pair)
        }
        guard "+-/*%~[](){}><=.:|,;".utf8.contains(byte) else {
            throw error("Unexpected character '\(Unicode.Scalar(byte))'")
        }
        position += 1
        return .sign(String(Unicode.Scalar(byte)))
    }

    private mutating func number() throws(JinjaError) -> Token.Kind {
        if bytes[position] == UInt8(ascii: "0"), position + 1 < bytes.count,
            let radix = [UInt8(ascii: "b"): 2, UInt8(ascii: "o"): 8, UInt8(ascii: "x"): 16][bytes[position + 1] | 0x20]
        {
            let start = position
            position += 2
            let digits = digits(radix: radix)
            if !digits.isEmpty { return .integer(try integer(digits, radix: radix)) }
            position = start
        }
        let follows = position > 0 && bytes[position - 1] == UInt8(ascii: ".")
        var text = digits(radix: 10)
        guard !follows else { return .integer(try integer(text, radix: 10)) }
        var isFloat = false
        if hasByte(UInt8(ascii: "."), at: position), hasDigit(at: position + 1) {
            position += 1
            text += "." + digits(radix: 10)
            isFloat = true
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            var start = position + 1
            var sign = ""
            if hasByte(UInt8(ascii: "-"), at: start) || hasByte(UInt8(ascii: "+"), at: start) {
                sign = bytes[start] == UInt8(ascii: "-") ? "-" : ""
                start += 1
            }
            if hasDigit(at: start) {
                position = start
                text += "e" + sign + digits(radix: 10)
                isFloat = true
            }
        }
        guard isFloat else {
            if text.hasPrefix("0"), text.contains(where: { $0 != "0" }) { throw error("A number starts with 0") }
            return .integer(try integer(text, radix: 10))
        }
        guard let value = Double(text) else { throw error("Malformed number") }
        return .float(value)
    }

    private func hasByte(_ byte: UInt8, at index: Int) -> Bool { index < bytes.count && bytes[index] == byte }

    private func hasDigit(at index: Int) -> Bool { index < bytes.count && (48...57).contains(bytes[index]) }

    /// Digits with single underscores between them.
    private mutating func digits(radix: Int) -> String {
        var text = ""
        while position < bytes.count {
            var index = position
            if bytes[index] == UInt8(ascii: "_") { index += 1 }
            guard index < bytes.count, let value = Character(Unicode.Scalar(bytes[index])).hexDigitValue, value < radix
            else { break }
            text.unicodeScalars.append(Unicode.Scalar(bytes[index]))
            position = index + 1
        }
        return text
    }

    private func integer(_ digits: String, radix: Int) throws(JinjaError) -> Int {
        guard let value = Int(digits, radix: radix) else {
            throw JinjaError(code: .limit, message: "The integer \(digits.prefix(40)) is too large", line: line)
        }
        return value
    }

    private mutating func string(quote: UInt8) throws(JinjaError) -> String {
        let startLine = line
        position += 1
        var text: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case quote: return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(into: &text)
            default:
                if byte == 0x0a { line += 1 }
                text.append(byte)
            }
        }
        throw JinjaError(code: .syntax, message: "The string has no end", line: startLine)
    }

    private mutating func escape(into text: inout [UInt8]) throws(JinjaError) {
        guard position < bytes.count else { return }
        let byte = bytes[position]
        position += 1
        switch byte {
        case 0x0a: line += 1
        case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""): text.append(byte)
        case UInt8(ascii: "a"): text.append(7)
        case UInt8(ascii: "b"): text.append(8)
        case UInt8(ascii: "f"): text.append(12)
        case UInt8(ascii: "n"): text.append(10)
        case UInt8(ascii: "r"): text.append(13)
        case UInt8(ascii: "t"): text.append(9)
        case UInt8(ascii: "v"): text.append(11)
        case UInt8(ascii: "x"): try scalar(digits: 2, into: &text)
        case UInt8(ascii: "u"): try scalar(digits: 4, into: &text)
        case UInt8(ascii: "U"): try scalar(digits: 8, into: &text)
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            var value = UInt32(byte - 48)
            for _ in 0..<2 {
                guard position < bytes.count, (48...55).contains(bytes[position]) else { break }
                value = value * 8 + UInt32(bytes[position] - 48)
                position += 1
            }
            try append(value, to: &text)
        case UInt8(ascii: "N"): throw error("Named characters are not supported")
        default:
            text.append(UInt8(ascii: "\\"))
            text.append(byte)
        }
    }

    private mutating func scalar(digits: Int, into text: inout [UInt8]) throws(JinjaError) {
        guard position + digits <= bytes.count,
            let value = UInt32(String(decoding: bytes[position..<position + digits], as: UTF8.self), radix: 16)
        else { throw error("Truncated escape in a string") }
        position += digits
        try append(value, to: &text)
    }

    private func append(_ value: UInt32, to text: inout [UInt8]) throws(JinjaError) {
        guard let scalar = Unicode.Scalar(value) else { throw error("Escape of an invalid character") }
        text.append(contentsOf: Array(String(Character(scalar)).utf8))
    }
}
