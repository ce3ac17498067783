/// The methods of texts that templates can call.
enum TextMethods {
    static let names: Set<String> = Set(simple.keys).union(withArguments.keys)

    private typealias Method = @Sendable (String, Arguments, Evaluator) throws(JinjaError) -> JinjaValue

    static func call(
        _ name: String, of text: String, _ arguments: Arguments, _ run: Evaluator
    ) throws(JinjaError) -> JinjaValue {
        try run.charge(text.utf8.count)
        if let method = simple[name] {
            _ = try arguments.bound(in: run)
            return method(text)
        }
        guard let method = withArguments[name] else { throw run.typeError("str has no method '\(name)'") }
        return try method(text, arguments, run)
    }

    static func isLower(_ text: String) -> Bool { hasCase(text) && !text.unicodeScalars.contains(where: isUpperScalar) }

    static func isUpper(_ text: String) -> Bool {
        hasCase(text) && !text.unicodeScalars.contains(where: \.properties.isLowercase)
    }

    private static func hasCase(_ text: String) -> Bool { text.unicodeScalars.contains(where: PythonText.isCased) }

    private static func isUpperScalar(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isUppercase || scalar.properties.generalCategory == .titlecaseLetter
    }

    private static func consists(_ text: String, of test: (Unicode.Scalar) -> Bool) -> JinjaValue {
        .bool(!text.isEmpty && text.unicodeScalars.allSatisfy(test))
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        default: false
        }
    }

    private static let simple: [String: @Sendable (String) -> JinjaValue] = [
        "upper": { .string($0.uppercased()) },
        "lower": { .string($0.lowercased()) },
        "casefold": { .string($0.lowercased()) },
        "capitalize": { .string(PythonText.capitalized($0)) },
        "title": { .string(changingCase($0) { $1 ? $0.properties.lowercaseMapping : $0.properties.titlecaseMapping }) },
        "swapcase": {
            .string(
                changingCase($0) { scalar, _ in
                    isUpperScalar(scalar) ? scalar.properties.lowercaseMapping : scalar.properties.uppercaseMapping
                })
        },
        "isupper": { .bool(isUpper($0)) },
        "islower": { .bool(isLower($0)) },
        "isspace": { consists($0, of: PythonText.isBlank) },
        "isalpha": { consists($0, of: isLetter) },
        "isalnum": { consists($0) { isLetter($0) || $0.properties.numericType != nil } },
        "isdigit": { consists($0) { $0.properties.numericType == .decimal || $0.properties.numericType == .digit } },
        "isdecimal": { consists($0) { $0.properties.generalCategory == .decimalNumber } },
        "isnumeric": { consists($0) { $0.properties.numericType != nil } },
        "isascii": { text in .bool(text.utf8.allSatisfy { $0 < 0x80 }) },
    ]

    private static func changingCase(_ text: String, _ change: (Unicode.Scalar, Bool) -> String) -> String {
        var result = ""
        var followsCased = false
        for scalar in text.unicodeScalars {
            result += change(scalar, followsCased)
            followsCased = PythonText.isCased(scalar)
        }
        return result
    }

    private static let withArguments: [String: Method] = [
        "strip": { text, arguments, run throws(JinjaError) in try strip(text, arguments, run, true, true) },
        "lstrip": { text, arguments, run throws(JinjaError) in try strip(text, arguments, run, true, false) },
        "rstrip": { text, arguments, run throws(JinjaError) in try strip(text, arguments, run, false, true) },
        "split": { text, arguments, run throws(JinjaError) in try split(text, arguments, run, fromEnd: false) },
        "rsplit": { text, arguments, run throws(JinjaError) in try split(text, arguments, run, fromEnd: true) },
        "splitlines": { text, arguments, run throws(JinjaError) in
            let keepsEnds = try arguments.bound("keepends", in: run)[0]?.isTrue ?? false
            return .newList(PythonText.lines(text, keepingEnds: keepsEnds).map(JinjaValue.string))
        },
        "join": { text, arguments, run throws(JinjaError) in
            guard let items = try arguments.bound("iterable", in: run)[0] else {
                throw run.typeError("join() takes exactly one argument")
            }
            var parts: [String] = []
            for element in try run.elements(of: items) {
                guard let part = element.text else {
                    throw run.typeError("join() takes texts, not \(element.typeName)")
                }
                parts.append(part)
                try run.charge(part.utf8.count + text.utf8.count)
            }
            try run.checkSize(parts.reduce(0) { $0 + $1.utf8.count + text.utf8.count })
            return .string(parts.joined(separator: text))
        },
        "replace": { text, arguments, run throws(JinjaError) in
            let given = try arguments.bound("old", "new", "count", in: run)
            guard let old = given[0]?.text, let new = given[1]?.text else {
                throw run.typeError("replace() takes two texts")
            }
            let count = try run.integer(given[2], default: -1)
            return .string(try run.replaced(text, old, new, atMost: count < 0 ? .max : count))
        },
        "startswith": { text, arguments, run throws(JinjaError) in
            .bool(try affixes(arguments, run).contains { text.utf8.starts(with: $0.utf8) })
        },
        "endswith": { text, arguments, run throws(JinjaError) in
            .bool(try affixes(arguments, run).contains { text.utf8.reversed().starts(with: $0.utf8.reversed()) })
        },
        "removeprefix": { text, arguments, run throws(JinjaError) in
            let prefix = try operand(arguments, run)
            guard text.utf8.starts(with: prefix.utf8) else { return .string(text) }
            return .string(String(decoding: text.utf8.dropFirst(prefix.utf8.count), as: UTF8.self))
        },
        "removesuffix": { text, arguments, run throws(JinjaError) in
            let suffix = try operand(arguments, run)
            guard text.utf8.reversed().starts(with: suffix.utf8.reversed()) else { return .string(text) }
            return .string(String(decoding: text.utf8.dropLast(suffix.utf8.count), as: UTF8.self))
        },
        "find": { text, arguments, run throws(JinjaError) in
            .int(place(of: try operand(arguments, run), in: text, last: false) ?? -1)
        },
        "rfind": { text, arguments, run throws(JinjaError) in
            .int(place(of: try operand(arguments, run), in: text, last: true) ?? -1)
        },
        "index": { text, arguments, run throws(JinjaError) in
            guard let place = place(of: try operand(arguments, run), in: text, last: false) else {
                throw run.typeError("substring not found")
            }
            return .int(place)
        },
        "count": { text, arguments, run throws(JinjaError) in
            let part = try operand(arguments, run)
            guard !part.isEmpty else { return .int(text.unicodeScalars.count + 1) }
            return .int(TextSearch.all(of: Array(part.utf8), in: Array(text.utf8)).count)
        },
        "partition": { text, arguments, run throws(JinjaError) in
            .newTuple(partition(text, try separator(arguments, run), last: false).map(JinjaValue.string))
        },
        "rpartition": { text, arguments, run throws(JinjaError) in
            .newTuple(partition(text, try separator(arguments, run), last: true).map(JinjaValue.string))
        },
        "zfill": { text, arguments, run throws(JinjaError) in
            let (width, _) = try padding(arguments, run)
            return .string(Padding.zeros(text, width))
        },
        "ljust": { text, arguments, run throws(JinjaError) in
            let (width, fill) = try padding(arguments, run)
            return .string(Padding.left(text, width, fill))
        },
        "rjust": { text, arguments, run throws(JinjaError) in
            let (width, fill) = try padding(arguments, run)
            return .string(Padding.right(text, width, fill))
        },
        "center": { text, arguments, run throws(JinjaError) in
            let (width, fill) = try padding(arguments, run)
            return .string(Padding.centered(text, width, fill))
        },
        "format": { text, arguments, run throws(JinjaError) in
            .string(try BraceFormat.format(text, arguments, run))
        },
    ]

    private static func operand(_ arguments: Arguments, _ run: Evaluator) throws(JinjaError) -> String {
        guard arguments.positional.count == 1, arguments.named.isEmpty, let text = arguments.positional[0].text else {
            throw run.typeError("the method takes one text")
        }
        return text
    }

    private static func separator(_ arguments: Arguments, _ run: Evaluator) throws(JinjaError) -> String {
        let separator = try operand(arguments, run)
        guard !separator.isEmpty else { throw run.typeError("empty separator") }
        return separator
    }

    private static func affixes(_ arguments: Arguments, _ run: Evaluator) throws(JinjaError) -> [String] {
        if arguments.positional.count == 1, case .tuple(let box) = arguments.positional[0] {
            return box.elements.compactMap(\.text)
        }
        return [try operand(arguments, run)]
    }

    private static func padding(
        _ arguments: Arguments, _ run: Evaluator
    ) throws(JinjaError) -> (width: Int, fill: Unicode.Scalar) {
        let given = try arguments.bound("width", "fillchar", in: run)
        let width = try run.integer(given[0], default: 0)
        try run.chargeValue(max(0, width))
        let fill = try run.text(given[1], default: " ").unicodeScalars
        guard let first = fill.first, fill.count == 1 else {
            throw run.typeError("The fill character must be exactly one character long")
        }
        return (width, first)
    }

    private static func strip(
        _ text: String, _ arguments: Arguments, _ run: Evaluator, _ leading: Bool, _ trailing: Bool
    ) throws(JinjaError) -> JinjaValue {
        let given = try arguments.bound("chars", in: run)[0]
        let characters = given?.text.map { Set($0.unicodeScalars) }
        return .string(PythonText.stripped(text, of: characters, leading: leading, trailing: trailing))
    }

    private static func split(
        _ text: String, _ arguments: Arguments, _ run: Evaluator, fromEnd: Bool
    ) throws(JinjaError) -> JinjaValue {
        let given = try arguments.bound("sep", "maxsplit", in: run)
        let limit = try run.integer(given[1], default: -1)
        var pieces: [String]
        if let separator = given[0]?.text {
            guard !separator.isEmpty else { throw run.typeError("empty separator") }
            pieces = TextSearch.split(text, separator, atMost: limit < 0 || fromEnd ? .max : limit)
            if fromEnd, limit >= 0, pieces.count - 1 > limit {
                let head = pieces.dropLast(limit).joined(separator: separator)
                pieces = [head] + pieces.suffix(limit)
            }
        } else {
            pieces = words(text, atMost: limit < 0 ? .max : limit, fromEnd: fromEnd)
        }
        try run.charge(pieces.count)
        return .newList(pieces.map(JinjaValue.string))
    }

    /// Words between blanks; what is left after `limit` of them stays whole.
    private static func words(_ text: String, atMost limit: Int, fromEnd: Bool) -> [String] {
        let scalars = fromEnd ? text.unicodeScalars.reversed() : Array(text.unicodeScalars)
        var words: [[Unicode.Scalar]] = []
        var index = 0
        while true {
            while index < scalars.count, PythonText.isBlank(scalars[index]) { index += 1 }
            guard index < scalars.count else { break }
            if words.count == limit {
                words.append(Array(scalars[index...]))
                break
            }
            let start = index
            while index < scalars.count, !PythonText.isBlank(scalars[index]) { index += 1 }
            words.append(Array(scalars[start..<index]))
        }
        return (fromEnd ? words.reversed().map { $0.reversed() } : words).map { word in
            var view = String.UnicodeScalarView()
            view.append(contentsOf: word)
            return String(view)
        }
    }

    /// The place of `part`, in code points.
    private static func place(of part: String, in text: String, last: Bool) -> Int? {
        let (bytes, wanted) = (Array(text.utf8), Array(part.utf8))
        let place: Int?
        if last {
            let reversed = TextSearch.first(of: wanted.reversed(), in: bytes.reversed())
            place = reversed.map { bytes.count - $0 - wanted.count }
        } else {
            place = TextSearch.first(of: wanted, in: bytes)
        }
        return place.map { String(decoding: bytes[..<$0], as: UTF8.self).unicodeScalars.count }
    }

    private static func partition(_ text: String, _ separator: String, last: Bool) -> [String] {
        let pieces = TextSearch.split(text, separator, atMost: last ? .max : 1)
        guard pieces.count > 1 else { return last ? ["", "", text] : [text, "", ""] }
        if !last { return [pieces[0], separator, pieces[1]] }
        return [pieces.dropLast().joined(separator: separator), separator, pieces[pieces.count - 1]]
    }
}
