/// What a reader of XML meets.
enum XMLEvent: Equatable {
    case start(name: String, attributes: [String: String])
    case end(name: String)
    case text(String)
}

/// Reads the XML that `lshw` writes: elements, attributes, texts, comments; no document types, no entities of their own.
///
/// The input comes from machines, so that its depth and size are bounded.
struct XMLReader {
    static let deepest = 200
    static let largest = 16 << 20

    private let bytes: [UInt8]
    private var position = 0
    private var open: [String] = []
    /// The end of an element that ended where it began.
    private var pendingEnd: String?

    /// - Throws: where there are more than `largest` bytes.
    init(_ bytes: [UInt8]) throws(XMLError) {
        guard bytes.count <= Self.largest else { throw XMLError("more than \(Self.largest) bytes", at: 0) }
        self.bytes = bytes
    }

    /// The next event; nil at the end.
    mutating func next() throws(XMLError) -> XMLEvent? {
        if let name = pendingEnd {
            pendingEnd = nil
            return .end(name: name)
        }
        while position < bytes.count {
            guard bytes[position] == UInt8(ascii: "<") else { return .text(try text(upTo: UInt8(ascii: "<"))) }
            if skips("<?") {
                try skip(past: "?>")
            } else if skips("<!--") {
                try skip(past: "-->")
            } else if skips("<![CDATA[") {
                let start = position
                try skip(past: "]]>")
                return .text(String(decoding: bytes[start..<position - 3], as: UTF8.self))
            } else if skips("<!") {
                throw error("a declaration, which inventories do not have")
            } else if skips("</") {
                let name = try self.name()
                skipSpace()
                guard skips(">"), open.popLast() == name else { throw error("the end of an element that is not open") }
                return .end(name: name)
            } else {
                position += 1
                return try element()
            }
        }
        guard open.isEmpty else { throw error("no end of the element \(open.last ?? "")") }
        return nil
    }

    private mutating func element() throws(XMLError) -> XMLEvent {
        let name = try self.name()
        var attributes: [String: String] = [:]
        while true {
            skipSpace()
            if skips("/>") {
                pendingEnd = name
                return .start(name: name, attributes: attributes)
            }
            if skips(">") {
                guard open.count < Self.deepest else { throw error("elements nested more than \(Self.deepest) deep") }
                open.append(name)
                return .start(name: name, attributes: attributes)
            }
            let attribute = try self.name()
            skipSpace()
            guard skips("=") else { throw error("an attribute without a value") }
            skipSpace()
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") || bytes[position] == UInt8(ascii: "'")
            else { throw error("the value of an attribute without quotes") }
            let quote = bytes[position]
            position += 1
            attributes[attribute] = try text(upTo: quote)
            guard position < bytes.count else { throw error("an attribute that does not end") }
            position += 1
        }
    }

    private mutating func name() throws(XMLError) -> String {
        let start = position
        while position < bytes.count, !Self.endsName(bytes[position]) { position += 1 }
        guard position > start else { throw error("no name where one is wanted") }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private static func endsName(_ byte: UInt8) -> Bool {
        isSpace(byte) || [UInt8(ascii: ">"), UInt8(ascii: "/"), UInt8(ascii: "="), UInt8(ascii: "<")].contains(byte)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

    /// Text with its references replaced, up to `end` or the end of everything.
    private mutating func text(upTo end: UInt8) throws(XMLError) -> String {
        var plain: [UInt8] = []
        while position < bytes.count, bytes[position] != end {
            if bytes[position] == UInt8(ascii: "&") {
                plain += Array(try reference().utf8)
            } else {
                plain.append(bytes[position])
                position += 1
            }
        }
        return String(decoding: plain, as: UTF8.self)
    }

    private mutating func reference() throws(XMLError) -> String {
        let limit = min(position + 12, bytes.count)
        guard let end = bytes[position..<limit].firstIndex(of: UInt8(ascii: ";")) else {
            throw error("'&' without ';'")
        }
        let name = String(decoding: bytes[position + 1..<end], as: UTF8.self)
        let replacement: String?
        switch name {
        case "amp": replacement = "&"
        case "lt": replacement = "<"
        case "gt": replacement = ">"
        case "quot": replacement = "\""
        case "apos": replacement = "'"
        default:
            let digits = name.dropFirst(name.hasPrefix("#x") ? 2 : 1)
            let number = name.hasPrefix("#") ? UInt32(digits, radix: name.hasPrefix("#x") ? 16 : 10) : nil
            replacement = number.flatMap { Unicode.Scalar($0) }.map { String($0) }
        }
        guard let replacement else { throw error("the unknown reference &\(name);") }
        position = end + 1
        return replacement
    }

    private mutating func skipSpace() {
        while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
    }

    private mutating func skips(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard position + count <= bytes.count else { return false }
        let matches = text.withUTF8Buffer { $0.elementsEqual(bytes[position..<position + count]) }
        if matches { position += count }
        return matches
    }

    private mutating func skip(past text: StaticString) throws(XMLError) {
        while position < bytes.count {
            if skips(text) { return }
            position += 1
        }
        throw error("no \(text)")
    }

    private func error(_ problem: String) -> XMLError { XMLError(problem, at: position) }
}

struct XMLError: Error, Sendable, Hashable, CustomStringConvertible {
    let problem: String
    /// In bytes from the start.
    let offset: Int

    init(_ problem: String, at offset: Int) {
        self.problem = problem
        self.offset = offset
    }

    var description: String { "\(problem), at byte \(offset)" }
}
