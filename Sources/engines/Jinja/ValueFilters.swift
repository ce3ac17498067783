import Glibc
import Primitives

/// Filters on single values: numbers, defaults, JSON.
enum ValueFilters {
    static let table: [String: Filters.Filter] = [
        "abs": abs, "attr": attr, "d": standard, "default": standard, "filesizeformat": fileSize, "float": float,
        "int": int, "pprint": pprint, "round": round, "tojson": toJSON,
    ]

    static func abs(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        _ = try arguments.bound(in: run)
        switch try run.number(value, "abs()") {
        case .int(let number): return number < 0 ? try run.negated(.int(number)) : .int(number)
        case .double(let number): return .double(number.magnitude)
        }
    }

    static func attr(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        guard let name = try arguments.bound("name", in: run)[0] else { throw run.typeError("attr takes a name") }
        let text = try run.text(of: name)
        return run.ownAttribute(text, of: value)
            ?? .undefined("'\(value.typeName) object' has no attribute '\(text)'")
    }

    static func standard(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue
    {
        let given = try arguments.bound("default_value", "boolean", in: run)
        let isMissing = value.isUndefined || (given[1]?.isTrue ?? false) && !value.isTrue
        return isMissing ? given[0] ?? .string("") : value
    }

    static func float(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        let standard = try arguments.bound("default", in: run)[0] ?? .double(0)
        switch value {
        case .undefined(let hint): throw run.fail(.undefined, hint)
        case .string(let text): return parsed(text).map(JinjaValue.double) ?? standard
        case .bigInt(let digits): return Double(digits).map(JinjaValue.double) ?? standard
        default: return value.number.map { .double($0.double) } ?? standard
        }
    }

    static func int(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        let given = try arguments.bound("default", "base", in: run)
        let standard = given[0] ?? .int(0)
        switch value {
        case .undefined(let hint): throw run.fail(.undefined, hint)
        case .bigInt: return value
        case .string(let text):
            let base = try run.integer(given[1], default: 10)
            if let number = integer(text, base: base) { return .int(number) }
            guard let number = parsed(text) else { return standard }
            return try whole(number, run) ?? standard
        default:
            switch value.number {
            case .int(let number): return .int(number)
            case .double(let number): return try whole(number, run) ?? standard
            case nil: return standard
            }
        }
    }

    private static func whole(_ number: Double, _ run: Evaluator) throws(JinjaError) -> JinjaValue? {
        guard number.isFinite else { return nil }
        guard let whole = Int(exactly: number.rounded(.towardZero)) else {
            throw run.fail(.limit, "The integer does not fit 64 bits")
        }
        return .int(whole)
    }

    /// Python's `float(text)`.
    private static func parsed(_ text: String) -> Double? {
        let text = withoutUnderscores(PythonText.stripped(text, leading: true, trailing: true))
        switch text?.lowercased() {
        case "nan", "+nan", "-nan": return .nan
        case "inf", "+inf", "infinity", "+infinity": return .infinity
        case "-inf", "-infinity": return -.infinity
        default: break
        }
        guard let text, text.utf8.allSatisfy({ (48...57).contains($0) || "+-.eE".utf8.contains($0) }) else {
            return nil
        }
        return Double(text.hasPrefix(".") ? "0" + text : text)
            ?? Double(TextSearch.split(text, "-.").joined(separator: "-0."))
            ?? (text.hasSuffix(".") ? Double(text.dropLast()) : nil)
    }

    /// Python's `int(text, base)`, where it fits.
    private static func integer(_ text: String, base: Int) -> Int? {
        guard (2...36).contains(base),
            var digits = withoutUnderscores(
                PythonText.stripped(text, leading: true, trailing: true))?.lowercased()
        else { return nil }
        var sign = ""
        if let first = digits.first, first == "-" || first == "+" {
            sign = first == "-" ? "-" : ""
            digits.removeFirst()
        }
        if let prefix = [2: "0b", 8: "0o", 16: "0x"][base], digits.hasPrefix(prefix) { digits.removeFirst(2) }
        guard let first = digits.first, first != "-", first != "+" else { return nil }
        return Int(sign + digits, radix: base)
    }

    /// Single underscores between digits mean nothing.
    private static func withoutUnderscores(_ text: String) -> String? {
        guard text.contains("_") else { return text }
        guard !text.hasPrefix("_"), !text.hasSuffix("_"), !text.contains("__") else { return nil }
        return text.filter { $0 != "_" }
    }

    static func round(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        let given = try arguments.bound("precision", "method", in: run)
        let precision = try run.integer(given[0], default: 0)
        let number = try run.number(value, "round()")
        switch try run.text(given[1], default: "common") {
        case "common":
            guard case .int(let whole) = number else {
                return .double(NumberText.rounded(number.double, digits: precision))
            }
            return precision >= 0
                ? .int(whole) : .int(Int(exactly: NumberText.rounded(Double(whole), digits: precision)) ?? whole)
        case "ceil": return scaled(number.double, precision) { $0.rounded(.up) }
        case "floor": return scaled(number.double, precision) { $0.rounded(.down) }
        default: throw run.typeError("method must be common, ceil or floor")
        }
    }

    private static func scaled(_ number: Double, _ precision: Int, _ round: (Double) -> Double) -> JinjaValue {
        let scale = pow(10, Double(precision))
        return .double(round(number * scale) / scale)
    }

    static func fileSize(
        _ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments
    ) throws(JinjaError) -> JinjaValue {
        let isBinary = try arguments.bound("binary", in: run)[0]?.isTrue ?? false
        guard case .double(let bytes) = try float(run, value, Arguments()) else { return .string("") }
        let base: Double = isBinary ? 1024 : 1000
        if bytes == 1 { return .string("1 Byte") }
        if bytes < base { return .string("\(NumberText.float(bytes.rounded(.towardZero), "f", precision: 0)) Bytes") }
        var unit = base
        let names =
            isBinary
            ? ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"]
            : ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"]
        for name in names {
            unit *= base
            if bytes < unit || name == names.last {
                return .string("\(NumberText.float(base * bytes / unit, "f", precision: 1)) \(name)")
            }
        }
        return .string("")
    }

    static func pprint(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        _ = try arguments.bound(in: run)
        return .string(try run.repr(of: value))
    }

    static func toJSON(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        let given = try arguments.bound("indent", in: run)[0]
        let indent: Int? =
            if let given, case .none = given { nil } else {
                given == nil ? nil : try run.integer(given, default: 0)
            }
        var writer = ScriptJSON(run: run, indent: indent.map { Swift.min(Swift.max($0, 0), 100) })
        try writer.write(value, depth: 0)
        return .string(writer.text)
    }
}
