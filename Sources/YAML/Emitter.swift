import OrderedCollections
import Primitives

/// Writes values in block style, by the rules of PyYAML's emitter, where they are defined by its behaviour only.
struct Emitter {
    private let sortedKeys: Bool
    private var output = EmitterOutput()
    private var isFirst = true

    private enum Place {
        case root, sequence, mapping, simpleKey
    }

    /// Keys of up to this many characters stand before their colon; longer ones get a line with `?`. The reference
    /// counts the five characters of `!!str` too, and stops below 128.
    private static let simpleKeyLength = 122

    init(sortedKeys: Bool) { self.sortedKeys = sortedKeys }

    mutating func document(_ value: Value) {
        if !isFirst {
            output.indent()
            output.indicator("---")
        }
        isFirst = false
        node(value, .root)
        output.indent()
    }

    mutating func finish() -> [UInt8] {
        if output.isOpenEnded {
            output.indicator("...")
            output.indent()
        }
        return output.bytes
    }

    private mutating func node(_ value: Value, _ place: Place) {
        switch value {
        case .null: plain("null", place)
        case .bool(let flag): plain(flag ? "true" : "false", place)
        case .int(let number): plain(String(number), place)
        case .bigInt(let digits): plain(digits, place)
        case .double(let number): plain(Self.text(number), place)
        case .string(let text): string(text, place)
        case .array(let elements) where elements.isEmpty: empty("[", "]")
        case .array(let elements): sequence(elements, place)
        case .object(let members) where members.isEmpty: empty("{", "}")
        case .object(let members): mapping(members)
        }
    }

    private mutating func empty(_ opening: StaticString, _ closing: StaticString) {
        output.indicator(opening, isWhitespace: true)
        output.indicator(closing, needsWhitespace: false)
    }

    private mutating func sequence(_ elements: [Value], _ place: Place) {
        let outer = output.indentation
        // A list right after its key is not indented.
        if !(place == .mapping && !output.isIndention) { output.increaseIndentation() }
        for element in elements {
            output.indent()
            output.indicator("-", isIndention: true)
            node(element, .sequence)
        }
        output.indentation = outer
    }

    private mutating func mapping(_ members: Value.Object) {
        let outer = output.indentation
        output.increaseIndentation()
        if sortedKeys, !members.hasSortedKeys {
            for member in members.elements.sorted(by: { $0.key.precedesInUTF8($1.key) }) { self.member(member) }
        } else {
            for member in members.elements { self.member(member) }
        }
        output.indentation = outer
    }

    private mutating func member(_ member: (key: String, value: Value)) {
        output.indent()
        if Self.isSimpleKey(member.key) {
            string(member.key, .simpleKey)
            output.indicator(":", needsWhitespace: false)
        } else {
            output.indicator("?", isIndention: true)
            string(member.key, .mapping)
            output.indent()
            output.indicator(":", isIndention: true)
        }
        node(member.value, .mapping)
    }

    private mutating func plain(_ text: String, _ place: Place) {
        text.withUTF8Bytes { output.plain($0, folds: place != .simpleKey, isRoot: place == .root) }
    }

    private mutating func string(_ text: String, _ place: Place) {
        let outer = output.indentation
        output.increaseIndentation(isFlow: true)
        let folds = place != .simpleKey
        text.withUTF8Bytes { bytes in
            switch ScalarAnalysis(bytes).style {
            case .plain: output.plain(bytes, folds: folds, isRoot: place == .root)
            case .singleQuoted: output.singleQuoted(bytes, folds: folds)
            case .doubleQuoted: output.doubleQuoted(Array(text.unicodeScalars), folds: folds)
            }
        }
        output.indentation = outer
    }

    private static func isSimpleKey(_ key: String) -> Bool {
        guard !key.isEmpty else { return false }
        // A character has at most four bytes, and at least one.
        if key.utf8.count > simpleKeyLength {
            guard key.utf8.count <= 4 * simpleKeyLength, key.unicodeScalars.count <= simpleKeyLength else {
                return false
            }
        }
        return !key.hasYAMLBreak
    }

    /// Python's `repr`, with the dot that YAML 1.1 wants before an exponent.
    private static func text(_ number: Double) -> String {
        if number.isNaN { return ".nan" }
        if number.isInfinite { return number < 0 ? "-.inf" : ".inf" }
        let text = number.pythonRepr
        guard !text.contains("."), let exponent = text.firstIndex(of: "e") else { return text }
        return text[..<exponent] + ".0" + text[exponent...]
    }
}

extension String {
    /// Calls `body` with the string's UTF-8, copied only where it is not native.
    func withUTF8Bytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        utf8.withContiguousStorageIfAvailable(body) ?? Array(utf8).withUnsafeBufferPointer(body)
    }
}

extension String {
    /// YAML 1.1 has more line breaks than the one that texts have: next line, line and paragraph separator.
    fileprivate var hasYAMLBreak: Bool {
        utf8.contains { $0 == 0x0a || $0 >= 0x80 }
            && unicodeScalars.contains { $0 == "\n" || $0 == "\u{85}" || $0 == "\u{2028}" || $0 == "\u{2029}" }
    }
}
