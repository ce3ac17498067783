import Primitives

/// A duration as ISO 8601 writes it, `P30D`, `PT12H`, `P1DT6H30M`; a year counts 365 days and a month 30.
package struct ISODuration: Sendable, Hashable {
    let seconds: Double

    /// Nil for anything else, and for more than a thousand years.
    package init?(_ text: String) {
        guard let first = text.first, first == "P" || first == "p" else { return nil }
        var isTime = false
        var digits = ""
        var total = 0.0
        var count = 0
        for character in text.dropFirst().uppercased() {
            if character.isASCII, character.isNumber || character == "." {
                digits.append(character)
                continue
            }
            if character == "T" {
                guard !isTime, digits.isEmpty else { return nil }
                isTime = true
                continue
            }
            guard let number = Double(digits), let unit = Self.units(isTime)[character] else { return nil }
            total += number * unit
            count += 1
            digits = ""
        }
        guard digits.isEmpty, count > 0, total <= 1000 * 365 * 86400 else { return nil }
        seconds = total
    }

    private static func units(_ isTime: Bool) -> [Character: Double] {
        isTime
            ? ["H": 3600, "M": 60, "S": 1]
            : ["Y": 365 * 86400, "M": 30 * 86400, "W": 7 * 86400, "D": 86400]
    }

    /// So long before a moment.
    package func before(_ moment: Timestamp) -> Timestamp { moment.adding(seconds: -seconds) }
}
