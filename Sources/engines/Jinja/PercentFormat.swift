import OrderedCollections

/// Python's `format % operand`.
enum PercentFormat {
    private struct Directive {
        var key: String?
        var flags: Set<Character> = []
        var width = 0
        var precision: Int?
        var conversion: Character = "s"
    }

    static func format(_ format: String, _ operand: JinjaValue, _ run: Evaluator) throws(JinjaError) -> String {
        var operands: [JinjaValue]
        if case .tuple(let box) = operand { operands = box.elements } else { operands = [operand] }
        var mapping: DictionaryBox?
        if case .dictionary(let box) = operand { mapping = box }
        var usedKey = false
        operands.reverse()
        func next() throws(JinjaError) -> JinjaValue {
            guard let value = operands.popLast() else { throw run.typeError("not enough arguments for format string") }
            return value
        }
        var result = ""
        var rest = Array(format.unicodeScalars.map { Character($0) })[...]
        while let character = rest.popFirst() {
            guard character == "%" else {
                result.append(character)
                continue
            }
            var directive = Directive()
            if rest.first == "(" {
                guard let mapping else { throw run.typeError("format requires a mapping") }
                guard let end = rest.firstIndex(of: ")") else { throw run.typeError("incomplete format key") }
                let key = String(rest[rest.index(after: rest.startIndex)..<end])
                rest = rest[rest.index(after: end)...]
                usedKey = true
                guard let value = mapping[key] else { throw run.typeError("format has no key '\(key)'") }
                operands.append(value)
            }
            while let flag = rest.first, "-+ #0".contains(flag) {
                directive.flags.insert(flag)
                rest.removeFirst()
            }
            if rest.first == "*" {
                rest.removeFirst()
                directive.width = try run.integer(try next(), default: 0)
            } else {
                directive.width = number(&rest)
            }
            if rest.first == "." {
                rest.removeFirst()
                directive.precision = number(&rest)
            }
            while let modifier = rest.first, "hlL".contains(modifier) { rest.removeFirst() }
            guard let conversion = rest.popFirst() else { throw run.typeError("incomplete format") }
            if conversion == "%" {
                result += "%"
                continue
            }
            directive.conversion = conversion
            try run.checkSize(directive.width.magnitude > 1 << 30 ? 1 << 30 : Int(directive.width.magnitude))
            result += try text(directive, try next(), run)
            try run.checkSize(result.utf8.count)
        }
        guard operands.isEmpty || usedKey || mapping != nil || isIgnored(operand) else {
            throw run.typeError("not all arguments converted during string formatting")
        }
        try run.charge(result.utf8.count)
        return result
    }

    private static func isIgnored(_ operand: JinjaValue) -> Bool {
        if case .list = operand { true } else { false }
    }

    private static func number(_ rest: inout ArraySlice<Character>) -> Int {
        var value = 0
        while let digit = rest.first, digit.isASCII, let next = digit.wholeNumberValue {
            value = min(value * 10 + next, 1 << 30)
            rest.removeFirst()
        }
        return value
    }

    private static func text(
        _ directive: Directive, _ value: JinjaValue, _ run: Evaluator
    ) throws(JinjaError) -> String {
        var text: String
        var isNumber = true
        switch directive.conversion {
        case "s", "r", "a":
            text = directive.conversion == "s" ? try run.text(of: value) : try run.repr(of: value)
            if let precision = directive.precision { text = String(text.unicodeScalars.prefix(precision)) }
            isNumber = false
        case "c":
            if let code = value.integer, let scalar = UInt32(exactly: code).flatMap(Unicode.Scalar.init) {
                text = String(scalar)
            } else if let character = value.text, character.unicodeScalars.count == 1 {
                text = character
            } else {
                throw run.typeError("%c requires int or char")
            }
            isNumber = false
        case "d", "i", "u": text = try integer(directive, value, radix: 10, run)
        case "x": text = try integer(directive, value, radix: 16, run)
        case "X": text = try integer(directive, value, radix: 16, run).uppercased()
        case "o": text = try integer(directive, value, radix: 8, run)
        case "f", "F", "e", "E", "g", "G":
            let number = try run.number(value, "%\(directive.conversion)").double
            text = NumberText.float(number, directive.conversion, precision: directive.precision ?? 6)
        default: throw run.typeError("unsupported format character '\(directive.conversion)'")
        }
        if isNumber, !text.hasPrefix("-") {
            if directive.flags.contains("+") {
                text = "+" + text
            } else if directive.flags.contains(" ") {
                text = " " + text
            }
        }
        let width = directive.width
        if directive.flags.contains("-") || width < 0 { return Padding.left(text, Int(width.magnitude), " ") }
        if isNumber, directive.flags.contains("0") { return Padding.zeros(text, width) }
        return Padding.right(text, width, " ")
    }

    private static func integer(
        _ directive: Directive, _ value: JinjaValue, radix: Int, _ run: Evaluator
    ) throws(JinjaError) -> String {
        let number: Int
        switch try run.number(value, "%\(directive.conversion)") {
        case .int(let whole): number = whole
        case .double(let fraction):
            guard radix == 10, let whole = Int(exactly: fraction.rounded(.towardZero)) else {
                throw run.typeError("%\(directive.conversion) format: an integer is required")
            }
            number = whole
        }
        var digits = String(number.magnitude, radix: radix)
        if let precision = directive.precision { digits = Padding.right(digits, min(precision, 1000), "0") }
        if directive.flags.contains("#"), radix != 10 { digits = (radix == 16 ? "0x" : "0o") + digits }
        return number < 0 ? "-" + digits : digits
    }
}
