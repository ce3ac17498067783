import Primitives

/// Python's `str.format`: `{}`, `{0}`, `{name}`, with `:` and a width, an alignment, a precision and a type.
///
/// Attributes and elements inside the braces, `{0.x}`, are refused.
enum BraceFormat {
    static func format(_ format: String, _ arguments: Arguments, _ run: Evaluator) throws(JinjaError) -> String {
        var result = String.UnicodeScalarView()
        var rest = Array(format.unicodeScalars)[...]
        var nextIndex = 0
        while let scalar = rest.popFirst() {
            switch scalar {
            case "{", "}":
                if rest.first == scalar {
                    rest.removeFirst()
                    result.append(scalar)
                } else if scalar == "}" {
                    throw run.typeError("Single '}' encountered in format string")
                } else {
                    guard let end = rest.firstIndex(of: "}") else {
                        throw run.typeError("expected '}' before end of string")
                    }
                    let field = string(rest[..<end])
                    rest = rest[(end + 1)...]
                    result.append(contentsOf: try text(field, arguments, &nextIndex, run).unicodeScalars)
                }
            default: result.append(scalar)
            }
        }
        let text = String(result)
        try run.chargeValue(text.utf8.count)
        return text
    }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    private static func text(
        _ field: String, _ arguments: Arguments, _ nextIndex: inout Int, _ run: Evaluator
    ) throws(JinjaError) -> String {
        let parts = TextSearch.split(field, ":", atMost: 1)
        let nameParts = TextSearch.split(parts[0], "!", atMost: 1)
        let name = nameParts[0]
        let value: JinjaValue
        if name.isEmpty {
            guard nextIndex < arguments.positional.count else { throw run.typeError("Replacement index out of range") }
            value = arguments.positional[nextIndex]
            nextIndex += 1
        } else if let index = Int(name) {
            guard arguments.positional.indices.contains(index) else {
                throw run.typeError("Replacement index \(index) out of range")
            }
            value = arguments.positional[index]
        } else {
            guard let named = arguments[name] else { throw run.typeError("format has no key '\(name)'") }
            value = named
        }
        let shown =
            nameParts.count > 1
            ? JinjaValue.string(nameParts[1] == "r" ? try run.repr(of: value) : try run.text(of: value)) : value
        return try padded(shown, parts.count > 1 ? parts[1] : "", run)
    }

    /// Applies `[[fill]align][sign][0][width][.precision][type]`.
    private static func padded(_ value: JinjaValue, _ specification: String, _ run: Evaluator) throws(JinjaError)
        -> String
    {
        guard !specification.isEmpty else { return try run.text(of: value) }
        var rest = Array(specification.unicodeScalars)[...]
        var fill: Unicode.Scalar?
        var alignment: Unicode.Scalar?
        let alignments: [Unicode.Scalar] = ["<", ">", "^", "="]
        if rest.count > 1, alignments.contains(rest[rest.startIndex + 1]) {
            fill = rest.removeFirst()
            alignment = rest.removeFirst()
        } else if let first = rest.first, alignments.contains(first) {
            alignment = rest.removeFirst()
        }
        var sign: Unicode.Scalar?
        if let first = rest.first, ["+", "-", " "].contains(first) { sign = rest.removeFirst() }
        if rest.first == "0" {
            fill = fill ?? "0"
            alignment = alignment ?? "="
            rest.removeFirst()
        }
        let width = number(&rest) ?? 0
        let isGrouped = rest.first == ","
        if isGrouped { rest.removeFirst() }
        var precision: Int?
        if rest.first == "." {
            rest.removeFirst()
            precision = number(&rest)
        }
        let type = rest.popFirst()
        guard rest.isEmpty else { throw run.typeError("Invalid format specifier '\(specification)'") }
        try run.checkSize(width)
        var text = try converted(value, type, precision, run)
        if isGrouped { text = grouped(text) }
        if value.number != nil, let sign, sign != "-", !text.hasPrefix("-") { text = String(sign) + text }
        let filler = fill ?? " "
        switch alignment ?? (value.number == nil ? "<" : ">") {
        case "<": return Padding.left(text, width, filler)
        case "^":
            let missing = max(0, max(0, width) - text.unicodeScalars.count)
            return Padding.left(Padding.right(text, text.unicodeScalars.count + missing / 2, filler), width, filler)
        case "=" where filler == "0": return Padding.zeros(text, width)
        default: return Padding.right(text, width, filler)
        }
    }

    /// Commas between the thousands of the whole part.
    private static func grouped(_ text: String) -> String {
        let sign = text.hasPrefix("-") ? "-" : ""
        let digits = text.dropFirst(sign.count).prefix { $0.isNumber }
        let groups = stride(from: digits.count, to: 0, by: -3).map { end in
            digits.dropFirst(max(0, end - 3)).prefix(min(3, end))
        }
        return sign + groups.reversed().joined(separator: ",") + text.dropFirst(sign.count + digits.count)
    }

    private static func number(_ rest: inout ArraySlice<Unicode.Scalar>) -> Int? {
        var value: Int?
        while let digit = rest.first, ("0"..."9").contains(digit) {
            value = min((value ?? 0) * 10 + Int(digit.value - 48), 1 << 30)
            rest.removeFirst()
        }
        return value
    }

    private static func converted(
        _ value: JinjaValue, _ type: Unicode.Scalar?, _ precision: Int?, _ run: Evaluator
    ) throws(JinjaError) -> String {
        switch (value, type) {
        case (.string(let text), nil), (.string(let text), "s"):
            return precision.map { String(text.unicodeScalars.prefix($0)) } ?? text
        case (_, nil): return try run.text(of: value)
        case (.int(let number), "d"), (.int(let number), "n"): return String(number)
        case (.int(let number), "x"): return String(number, radix: 16)
        case (.int(let number), "X"): return String(number, radix: 16, uppercase: true)
        case (.int(let number), "o"): return String(number, radix: 8)
        case (.int(let number), "b"): return String(number, radix: 2)
        case (_, "f"), (_, "F"), (_, "e"), (_, "E"), (_, "g"), (_, "G"), (_, "%"):
            guard let number = value.number?.double else { break }
            if type == "%" { return NumberText.float(number * 100, "f", precision: precision ?? 6) + "%" }
            return NumberText.float(number, Character(type ?? "f"), precision: precision ?? 6)
        default: break
        }
        throw run.typeError("Unknown format code for object of type '\(value.typeName)'")
    }
}
