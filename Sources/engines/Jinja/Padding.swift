/// Texts brought to a width in code points.
enum Padding {
    static func centered(_ text: String, _ width: Int, _ fill: Unicode.Scalar) -> String {
        let count = text.unicodeScalars.count
        guard width > count else { return text }
        let missing = width - count
        let left = missing / 2 + (missing & width & 1)
        return repeated(fill, left) + text + repeated(fill, missing - left)
    }

    static func left(_ text: String, _ width: Int, _ fill: Unicode.Scalar) -> String {
        text + repeated(fill, missing(text, width))
    }

    static func right(_ text: String, _ width: Int, _ fill: Unicode.Scalar) -> String {
        repeated(fill, missing(text, width)) + text
    }

    /// Zeros between the sign and the digits.
    static func zeros(_ text: String, _ width: Int) -> String {
        guard let sign = text.unicodeScalars.first, sign == "-" || sign == "+" else { return right(text, width, "0") }
        return String(sign) + right(String(text.unicodeScalars.dropFirst()), max(1, width) - 1, "0")
    }

    /// How many code points a text lacks; a width may be any number.
    private static func missing(_ text: String, _ width: Int) -> Int { max(0, width) - text.unicodeScalars.count }

    private static func repeated(_ fill: Unicode.Scalar, _ count: Int) -> String {
        String(repeating: String(fill), count: max(0, count))
    }
}

extension Evaluator {
    /// `str.replace`; an empty `old` stands between all code points.
    func replaced(_ text: String, _ old: String, _ new: String, atMost limit: Int = .max) throws(JinjaError) -> String {
        var places: Int
        if old.isEmpty {
            places = min(text.unicodeScalars.count + 1, limit)
        } else {
            places = TextSearch.all(of: Array(old.utf8), in: Array(text.utf8), atMost: limit).count
        }
        let (added, overflow) = places.multipliedReportingOverflow(by: new.utf8.count)
        try chargeValue(overflow ? .max : text.utf8.count + added)
        guard old.isEmpty else { return TextSearch.split(text, old, atMost: limit).joined(separator: new) }
        var result = ""
        for scalar in text.unicodeScalars {
            if places > 0 {
                result += new
                places -= 1
            }
            result.unicodeScalars.append(scalar)
        }
        return places > 0 ? result + new : result
    }
}
