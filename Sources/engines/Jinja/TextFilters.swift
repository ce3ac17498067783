import OrderedCollections
import Primitives

/// Filters from text to text.
enum TextFilters {
    static let table: [String: Filters.Filter] = [
        "capitalize": capitalize, "center": center, "e": escape, "escape": escape, "forceescape": escape,
        "format": format, "indent": indent, "lower": lower, "replace": replace, "safe": string, "string": string,
        "striptags": stripTags, "title": title, "trim": trim, "truncate": truncate, "upper": upper,
        "urlencode": urlEncode, "wordcount": wordCount, "wordwrap": TextWrapping.wrap, "xmlattr": xmlAttributes,
    ]

    static func string(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        _ = try arguments.bound(in: run)
        return .string(try run.text(of: value))
    }

    static func upper(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        _ = try arguments.bound(in: run)
        return .string(try run.text(of: value).uppercased())
    }

    static func lower(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        _ = try arguments.bound(in: run)
        return .string(try run.text(of: value).lowercased())
    }

    static func capitalize(
        _ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments
    ) throws(JinjaError) -> JinjaValue {
        _ = try arguments.bound(in: run)
        return .string(PythonText.capitalized(try run.text(of: value)))
    }

    static func title(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        _ = try arguments.bound(in: run)
        var result = ""
        var startsWord = true
        for scalar in try run.text(of: value).unicodeScalars {
            result += startsWord ? scalar.properties.uppercaseMapping : scalar.properties.lowercaseMapping
            startsWord = PythonText.isBlank(scalar) || ["-", "(", "{", "[", "<"].contains(scalar)
        }
        return .string(result)
    }

    static func trim(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        let given = try arguments.bound("chars", in: run)[0]
        var characters: Set<Unicode.Scalar>?
        if let given, case .string(let text) = given { characters = Set(text.unicodeScalars) }
        return .string(
            PythonText.stripped(try run.text(of: value), of: characters, leading: true, trailing: true))
    }

    static func center(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        let width = try run.integer(try arguments.bound("width", in: run)[0], default: 80)
        try run.chargeValue(max(0, width))
        return .string(Padding.centered(try run.text(of: value), width, " "))
    }

    static func replace(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue
    {
        let given = try arguments.bound("old", "new", "count", in: run)
        guard let old = given[0], let new = given[1] else { throw run.typeError("replace takes 'old' and 'new'") }
        var count = Int.max
        if let limit = given[2], case .int(let number) = limit, number >= 0 { count = number }
        return .string(
            try run.replaced(try run.text(of: value), try run.text(of: old), try run.text(of: new), atMost: count))
    }

    static func format(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        guard arguments.positional.isEmpty || arguments.named.isEmpty else {
            throw run.typeError("can't handle positional and keyword arguments at the same time")
        }
        var operand = JinjaValue.newTuple(arguments.positional)
        if !arguments.named.isEmpty {
            let box = DictionaryBox()
            for (name, value) in arguments.named { box.set(name, value) }
            operand = .dictionary(box)
        }
        return .string(try PercentFormat.format(try run.text(of: value), operand, run))
    }

    static func indent(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        let given = try arguments.bound("width", "first", "blank", in: run)
        let indentation: String
        if let width = given[0], case .string(let text) = width {
            indentation = text
        } else {
            let width = try run.integer(given[0], default: 4)
            try run.chargeValue(max(0, width))
            indentation = String(repeating: " ", count: max(0, width))
        }
        let lines = PythonText.lines(try run.text(of: value) + "\n")
        let (indented, overflow) = lines.count.multipliedReportingOverflow(by: indentation.utf8.count)
        try run.chargeValue(overflow ? .max : indented)
        let indentsBlanks = given[2]?.isTrue ?? false
        var result = given[1]?.isTrue ?? false ? indentation : ""
        for (index, line) in lines.enumerated() {
            if index > 0 { result += "\n" + (indentsBlanks || !line.isEmpty ? indentation : "") }
            result += line
        }
        return .string(result)
    }

    static func truncate(
        _ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments
    ) throws(JinjaError) -> JinjaValue {
        let given = try arguments.bound("length", "killwords", "end", "leeway", in: run)
        let length = try run.integer(given[0], default: 255)
        let end = try run.text(given[2], default: "...")
        let leeway = try run.integer(given[3], default: 5)
        let ending = end.unicodeScalars.count
        guard length >= ending, leeway >= 0 else { throw run.typeError("expected length >= \(ending)") }
        let kept = length - ending
        let text = try run.text(of: value)
        let scalars = text.unicodeScalars
        guard scalars.count - leeway > length else { return .string(text) }
        let short = scalars.prefix(kept)
        if given[1]?.isTrue ?? false { return .string(String(short) + end) }
        guard let blank = short.lastIndex(of: " ") else { return .string(String(short) + end) }
        return .string(String(short[..<blank]) + end)
    }

    static func wordCount(
        _ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments
    ) throws(JinjaError) -> JinjaValue {
        _ = try arguments.bound(in: run)
        var count = 0
        var isInWord = false
        for scalar in try run.text(of: value).unicodeScalars {
            let properties = scalar.properties
            let isWord = scalar == "_" || properties.isAlphabetic || properties.numericType != nil
            if isWord, !isInWord { count += 1 }
            isInWord = isWord
        }
        return .int(count)
    }

    static func escape(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        _ = try arguments.bound(in: run)
        return .string(try escaped(value, run))
    }

    private static func escaped(_ value: JinjaValue, _ run: Evaluator) throws(JinjaError) -> String {
        var result = ""
        for scalar in try run.text(of: value).unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&#34;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    static func stripTags(
        _ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments
    ) throws(JinjaError) -> JinjaValue {
        _ = try arguments.bound(in: run)
        // Comments first: one may hold a tag.
        let kept = without("<", ">", in: without("<!--", "-->", in: try run.text(of: value)))
        let words = kept.unicodeScalars.split(whereSeparator: PythonText.isBlank).map { String($0) }
        var text = words.joined(separator: " ")
        for (entity, character) in [("&lt;", "<"), ("&gt;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&amp;", "&")] {
            text = TextSearch.split(text, entity).joined(separator: character)
        }
        return .string(text)
    }

    /// `text` without what stands between the two signs, and without them; a sign that opens what nothing closes stays.
    private static func without(_ opening: String, _ closing: String, in text: String) -> String {
        var kept: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let start = rest.firstRange(of: opening.utf8)?.lowerBound,
            let end = rest[start...].firstRange(of: closing.utf8)?.upperBound
        {
            kept += rest[..<start]
            rest = rest[end...]
        }
        return String(decoding: kept + rest, as: UTF8.self)
    }

    static func xmlAttributes(
        _ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments
    ) throws(JinjaError) -> JinjaValue {
        let spaced = try arguments.bound("autospace", in: run)[0]?.isTrue ?? true
        guard case .dictionary(let box) = value else { throw run.typeError("xmlattr takes a mapping") }
        var parts: [String] = []
        for entry in box.entries.values {
            if entry.value.isUndefined { continue }
            if case .none = entry.value { continue }
            let key = try run.text(of: entry.key)
            guard !key.unicodeScalars.contains(where: { PythonText.isBlank($0) || "/>=".unicodeScalars.contains($0) })
            else { throw run.typeError("Invalid character in attribute name: \(key)") }
            parts.append("\(try escaped(entry.key, run))=\"\(try escaped(entry.value, run))\"")
        }
        let text = parts.joined(separator: " ")
        return .string(spaced && !text.isEmpty ? " " + text : text)
    }

    static func urlEncode(
        _ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments
    ) throws(JinjaError) -> JinjaValue {
        _ = try arguments.bound(in: run)
        let pairs: [(JinjaValue, JinjaValue)]
        switch value {
        case .dictionary(let box): pairs = box.entries.values.map { ($0.key, $0.value) }
        case .list, .tuple, .view, .group:
            var found: [(JinjaValue, JinjaValue)] = []
            for element in try run.elements(of: value) {
                let parts = try run.elements(of: element)
                guard parts.count == 2 else { throw run.typeError("urlencode takes pairs") }
                found.append((parts[0], parts[1]))
            }
            pairs = found
        default: return .string(percentEncoded(try run.text(of: value), forQuery: false))
        }
        var parts: [String] = []
        for (key, value) in pairs {
            let key = percentEncoded(try run.text(of: key), forQuery: true)
            parts.append(key + "=" + percentEncoded(try run.text(of: value), forQuery: true))
        }
        return .string(parts.joined(separator: "&"))
    }

    /// Letters, digits and `_.-~` stay, `/` too outside of a query, where a blank becomes `+`.
    private static func percentEncoded(_ text: String, forQuery: Bool) -> String {
        guard forQuery else { return PercentCoding.encode(text, keeping: "/") }
        return PercentCoding.encode(text, keeping: " ").replacing(" ", with: "+")
    }
}
