// Upstream's messages and substituted texts show values as Python writes them
// (`docs/reference/deckhand.md` §6.3, §7.7).

extension String {
    /// The string as Python's `repr` writes it: in single quotes, unless only a single quote occurs in it.
    package var pythonRepr: String {
        var hasSingle = false
        var hasDouble = false
        for scalar in unicodeScalars {
            if scalar == "'" { hasSingle = true }
            if scalar == "\"" { hasDouble = true }
        }
        let quote: Unicode.Scalar = hasSingle && !hasDouble ? "\"" : "'"
        var text = String.UnicodeScalarView()
        text.append(quote)
        for scalar in unicodeScalars { scalar.appendPythonEscaped(to: &text, quote: quote) }
        text.append(quote)
        return String(text)
    }
}

extension Double {
    /// The number as Python's `repr` writes it: the fewest digits that read back the same, an exponent below 1e-4 and
    /// from 1e16 on.
    package var pythonRepr: String {
        if isNaN { return "nan" }
        if isInfinite { return self < 0 ? "-inf" : "inf" }
        let text = "\(self)"
        // The standard library turns to exponents at 2^53 already.
        guard magnitude >= 9_007_199_254_740_992, magnitude < 1e16, let mark = text.firstIndex(of: "e") else {
            return text
        }
        var digits = text[..<mark].filter { $0 != "." && $0 != "-" }
        while digits.count < 16 { digits += "0" }
        return (self < 0 ? "-" : "") + digits + ".0"
    }
}

extension Value {
    /// The value as Python's `repr` writes it: `'str'`, `None`, `True`, `[1, 2]`, `{'a': 1}`.
    package var pythonRepr: String {
        var text = ""
        appendPythonRepr(to: &text)
        return text
    }

    /// The value as Python's `str` writes it: a string as it is, anything else as `repr`.
    package var pythonText: String {
        if case .string(let string) = self { string } else { pythonRepr }
    }

    private func appendPythonRepr(to text: inout String) {
        switch self {
        case .null: text += "None"
        case .bool(let flag): text += flag ? "True" : "False"
        case .int(let number): text += String(number)
        case .bigInt(let digits): text += digits
        case .double(let number): text += number.pythonRepr
        case .string(let string): text += string.pythonRepr
        case .array(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { text += ", " }
                element.appendPythonRepr(to: &text)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { text += ", " }
                text += member.key.pythonRepr
                text += ": "
                member.value.appendPythonRepr(to: &text)
            }
            text += "}"
        }
    }
}

extension Unicode.Scalar {
    fileprivate func appendPythonEscaped(to text: inout String.UnicodeScalarView, quote: Unicode.Scalar) {
        switch self {
        case quote, "\\":
            text.append("\\")
            text.append(self)
        case "\n": text.append(contentsOf: "\\n".unicodeScalars)
        case "\r": text.append(contentsOf: "\\r".unicodeScalars)
        case "\t": text.append(contentsOf: "\\t".unicodeScalars)
        case " "..."~": text.append(self)
        default:
            if isPythonPrintable {
                text.append(self)
            } else if value < 0x100 {
                appendHexadecimal(prefix: "\\x", width: 2, to: &text)
            } else if value < 0x10000 {
                appendHexadecimal(prefix: "\\u", width: 4, to: &text)
            } else {
                appendHexadecimal(prefix: "\\U", width: 8, to: &text)
            }
        }
    }

    private var isPythonPrintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            false
        default: true
        }
    }

    private func appendHexadecimal(prefix: String, width: Int, to text: inout String.UnicodeScalarView) {
        let digits = String(value, radix: 16)
        text.append(contentsOf: prefix.unicodeScalars)
        for _ in digits.unicodeScalars.count..<max(width, digits.unicodeScalars.count) { text.append("0") }
        text.append(contentsOf: digits.unicodeScalars)
    }
}
