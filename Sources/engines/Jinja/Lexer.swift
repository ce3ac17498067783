/// Cuts a template into tokens: `{{ … }}`, `{% … %}`, `{# … #}`, `{% raw %}`, and the text between.
struct Lexer {
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var tokens: [Token] = []

    static func tokens(of source: String) throws(JinjaError) -> [Token] {
        var lexer = Lexer(source)
        try lexer.run()
        return lexer.tokens
    }

    /// Line ends become `\n`, and the last one is dropped.
    private init(_ source: String) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(source.utf8.count)
        var lastWasReturn = false
        for byte in source.utf8 {
            if byte == 0x0d {
                bytes.append(0x0a)
            } else if byte != 0x0a || !lastWasReturn {
                bytes.append(byte)
            }
            lastWasReturn = byte == 0x0d
        }
        if bytes.last == 0x0a { bytes.removeLast() }
        self.bytes = bytes
    }

    private mutating func run() throws(JinjaError) {
        while let begin = nextTag() {
            let isStripping = byte(begin + 2) == UInt8(ascii: "-")
            try text(upTo: begin, stripped: isStripping)
            position = begin + 2
            if let sign = byte(position), sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { position += 1 }
            switch bytes[begin + 1] {
            case UInt8(ascii: "#"): try comment()
            case UInt8(ascii: "%"):
                if skipRawBegin() { try raw() } else { try tag(.blockBegin, .blockEnd, "%}") }
            default: try tag(.outputBegin, .outputEnd, "}}")
            }
        }
        try text(upTo: bytes.count, stripped: false)
        add(.end)
    }

    private func byte(_ index: Int) -> UInt8? { index < bytes.count ? bytes[index] : nil }

    private func nextTag() -> Int? {
        var index = position
        while index + 1 < bytes.count {
            if bytes[index] == UInt8(ascii: "{"), "{%#".utf8.contains(bytes[index + 1]) { return index }
            index += 1
        }
        return nil
    }

    private mutating func add(_ kind: Token.Kind) { tokens.append(Token(kind: kind, line: line)) }

    private mutating func text(upTo end: Int, stripped: Bool) throws(JinjaError) {
        var text = String(decoding: bytes[position..<end], as: UTF8.self)
        if stripped { text = PythonText.stripped(text, leading: false, trailing: true) }
        if !text.isEmpty { add(.text(text)) }
        advance(to: end)
    }

    private mutating func advance(to end: Int) {
        for index in position..<end where bytes[index] == 0x0a { line += 1 }
        position = end
    }

    private func starts(_ text: StaticString, at index: Int) -> Bool {
        guard index + text.utf8CodeUnitCount <= bytes.count else { return false }
        return text.withUTF8Buffer { bytes[index..<index + $0.count].elementsEqual($0) }
    }

    /// Skips the closing delimiter with its whitespace control, if it stands here.
    private mutating func skipEnd(_ delimiter: StaticString) -> Bool {
        if starts(delimiter, at: position) {
            position += 2
            return true
        }
        guard let sign = byte(position), starts(delimiter, at: position + 1) else { return false }
        if sign == UInt8(ascii: "-") {
            position += 3
            skipBlanks()
            return true
        }
        // `+}}` is an operator and a stray end.
        guard sign == UInt8(ascii: "+"), !starts("}}", at: position + 1) else { return false }
        position += 3
        return true
    }

    private mutating func skipBlanks() {
        var end = position
        while end < bytes.count, let blank = PythonText.blankLength(bytes, at: end) { end += blank }
        advance(to: end)
    }

    private mutating func comment() throws(JinjaError) {
        let start = line
        while position < bytes.count {
            if starts("#}", at: position) || starts("-#}", at: position) || starts("+#}", at: position) {
                _ = skipEnd("#}")
                return
            }
            advance(to: position + 1)
        }
        throw JinjaError(code: .syntax, message: "The comment has no end", line: start)
    }

    /// Skips `raw %}`, the opening delimiter consumed; nothing is skipped if something else stands here.
    private mutating func skipRawBegin() -> Bool {
        let (startPosition, startLine) = (position, line)
        skipBlanks()
        if starts("raw", at: position) {
            position += 3
            skipBlanks()
            if starts("%}", at: position) || starts("-%}", at: position), skipEnd("%}") { return true }
        }
        (position, line) = (startPosition, startLine)
        return false
    }

    private mutating func raw() throws(JinjaError) {
        let (startPosition, startLine) = (position, line)
        var index = position
        while index + 1 < bytes.count {
            guard starts("{%", at: index) else {
                index += 1
                continue
            }
            let begin = index
            advance(to: begin)
            position = begin + 2
            let isStripping = byte(position) == UInt8(ascii: "-")
            if isStripping || byte(position) == UInt8(ascii: "+") { position += 1 }
            skipBlanks()
            if starts("endraw", at: position) {
                position += 6
                skipBlanks()
                let afterLine = line
                if skipEnd("%}") {
                    let (end, endLine) = (position, line)
                    (position, line) = (startPosition, startLine)
                    try text(upTo: begin, stripped: isStripping)
                    (position, line) = (end, max(endLine, afterLine))
                    return
                }
            }
            index = begin + 2
            (position, line) = (startPosition, startLine)
        }
        throw JinjaError(code: .syntax, message: "{% raw %} has no {% endraw %}", line: startLine)
    }

    private mutating func tag(
        _ begin: Token.Kind, _ end: Token.Kind, _ delimiter: StaticString
    ) throws(JinjaError) {
        add(begin)
        var open: [UInt8] = []
        while true {
            skipBlanks()
            if open.isEmpty, skipEnd(delimiter) {
                add(end)
                return
            }
            guard let byte = byte(position) else {
                throw JinjaError(code: .syntax, message: "The template ends inside a tag", line: line)
            }
            var scanner = TokenScanner(bytes: bytes, position: position, line: line)
            let kind = try scanner.next()
            if case .sign(let sign) = kind { try balance(sign, byte, &open) }
            add(kind)
            (position, line) = (scanner.position, scanner.line)
        }
    }

    /// Keeps track of brackets: an end delimiter inside them is none.
    private func balance(_ sign: String, _ byte: UInt8, _ open: inout [UInt8]) throws(JinjaError) {
        switch sign {
        case "(": open.append(UInt8(ascii: ")"))
        case "[": open.append(UInt8(ascii: "]"))
        case "{": open.append(UInt8(ascii: "}"))
        case ")", "]", "}":
            guard open.popLast() == byte else {
                throw JinjaError(code: .syntax, message: "Unexpected '\(sign)'", line: line)
            }
        default: break
        }
    }
}
