import OrderedCollections
import Primitives

/// Writes values in block style, by the rules of PyYAML's emitter, where they are defined by its behaviour only.
struct Emitter: ~Copyable {
    private let sortedKeys: Bool
    private var output = EmitterOutput()
    private var isFirst = true

    private enum Place {
        case root, sequence, mapping
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
        members.forEachMember(sortedByKey: sortedKeys) { member($0, $1) }
        output.indentation = outer
    }

    private mutating func member(_ key: String, _ value: Value) {
        output.indent()
        key.withUTF8Bytes { bytes in
            let style = ScalarAnalysis(bytes).style
            if Self.isSimpleKey(bytes, style) {
                scalar(bytes, style, folds: false, isRoot: false)
                output.indicator(":", needsWhitespace: false)
            } else {
                output.indicator("?", isIndention: true)
                scalar(bytes, style, folds: true, isRoot: false)
                output.indent()
                output.indicator(":", isIndention: true)
            }
        }
        node(value, .mapping)
    }

    private mutating func plain(_ text: String, _ place: Place) {
        text.withUTF8Bytes { output.plain($0, folds: true, isRoot: place == .root) }
    }

    private mutating func string(_ text: String, _ place: Place) {
        text.withUTF8Bytes { scalar($0, ScalarAnalysis($0).style, folds: true, isRoot: place == .root) }
    }

    private mutating func scalar(
        _ text: UnsafeBufferPointer<UInt8>, _ style: ScalarAnalysis.Style, folds: Bool, isRoot: Bool
    ) {
        let outer = output.indentation
        output.increaseIndentation(isFlow: true)
        switch style {
        case .plain: output.plain(text, folds: folds, isRoot: isRoot)
        case .singleQuoted: output.singleQuoted(text, folds: folds)
        case .doubleQuoted:
            output.doubleQuoted(Array(String(decoding: text, as: UTF8.self).unicodeScalars), folds: folds)
        }
        output.indentation = outer
    }

    private static func isSimpleKey(_ key: UnsafeBufferPointer<UInt8>, _ style: ScalarAnalysis.Style) -> Bool {
        switch style {
        case .plain: return key.count <= simpleKeyLength
        case .singleQuoted: return (1...simpleKeyLength).contains(key.count) && !key.contains(0x0a)
        case .doubleQuoted:
            // A character has at most four bytes, and at least one.
            guard key.count <= 4 * simpleKeyLength else { return false }
            let scalars = String(decoding: key, as: UTF8.self).unicodeScalars
            return scalars.count <= simpleKeyLength && !scalars.contains(where: \.isYAMLBreak)
        }
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

extension Unicode.Scalar {
    /// YAML 1.1 has more line breaks than the one that texts have: next line, line and paragraph separator.
    fileprivate var isYAMLBreak: Bool {
        self == "\n" || self == "\u{85}" || self == "\u{2028}" || self == "\u{2029}"
    }
}
