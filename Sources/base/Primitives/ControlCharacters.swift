/// Characters that command a terminal, forge lines of a log, or change the order in which text is shown.
package enum ControlCharacters {
    /// C0, DEL, C1, line and paragraph separators, and the controls of bidirectional text (UAX #9).
    package static func contains(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7f...0x9f, 0x61c, 0x200e, 0x200f, 0x2028...0x202e, 0x2066...0x2069: true
        default: false
        }
    }

    /// `text` with each of them as `\u001b`, four hexadecimal digits; a line feed as `\n` where it is not kept.
    ///
    /// - Parameter keepsLines: leaves line feeds and tabulators as they are.
    package static func escaped(_ text: String, keepsLines: Bool) -> String {
        let isSafe = { (scalar: Unicode.Scalar) in
            !contains(scalar) || keepsLines && (scalar == "\n" || scalar == "\t")
        }
        // Most texts are ASCII without any: their bytes tell.
        if text.utf8.allSatisfy({ (0x20..<0x7f).contains($0) }) || text.unicodeScalars.allSatisfy(isSafe) {
            return text
        }
        var result = ""
        for scalar in text.unicodeScalars {
            if isSafe(scalar) {
                result.unicodeScalars.append(scalar)
            } else if scalar == "\n" {
                result += "\\n"
            } else {
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        return result
    }
}

extension Unicode.Scalar {
    /// Of the general category Cc, which never grows: C0, DEL and C1.
    package var isControl: Bool { value < 0x20 || 0x7f...0x9f ~= value }
}
