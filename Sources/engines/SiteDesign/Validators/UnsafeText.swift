import Primitives

/// Texts that reach boot scripts, configuration of servers, kernel command lines and paths of root's files.
package enum UnsafeText {
    /// What a text must not have: ends of lines and other control characters, quotes, and what shells and iPXE expand.
    ///
    /// - Returns: how to name it in a message; nil where the text is harmless.
    package static func hazard(in text: String) -> String? {
        var previous: UInt8 = 0
        for byte in text.utf8 {
            switch byte {
            case 0..<0x20, 0x7F: return "a control character"
            case UInt8(ascii: "`"): return "a backquote"
            case UInt8(ascii: ";"): return "';'"
            case UInt8(ascii: "\""), UInt8(ascii: "'"): return "a quote"
            case UInt8(ascii: "\\"): return "a backslash"
            case UInt8(ascii: "{") where previous == UInt8(ascii: "$"): return "'${'"
            case UInt8(ascii: "(") where previous == UInt8(ascii: "$"): return "'$('"
            case UInt8(ascii: "&") where previous == UInt8(ascii: "&"): return "'&&'"
            default: previous = byte
            }
        }
        return nil
    }

    /// Whether `name` is one label of a host name (RFC 1123 §2.1).
    package static func isLabel(_ name: String) -> Bool {
        (1...63).contains(name.utf8.count) && name.utf8.first != UInt8(ascii: "-")
            && name.utf8.last != UInt8(ascii: "-")
            && name.utf8.allSatisfy {
                (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == UInt8(ascii: "-")
            }
    }

    /// Why `path` cannot be the path of a file on a machine; nil where it can.
    package static func hazard(inPath path: String) -> String? {
        if !path.hasPrefix("/") { return "no leading '/'" }
        if path.utf8.count > 4096 { return "more than 4096 bytes" }
        if path.split(separator: "/").contains("..") { return "a '..'" }
        var previous: UInt8 = 0
        for byte in path.utf8 {
            if byte < 0x20 || byte == 0x7F { return "a control character" }
            if byte == UInt8(ascii: "{"), previous == UInt8(ascii: "$") { return "'${'" }
            previous = byte
        }
        return nil
    }
}

extension String {
    /// The text itself where it is harmless, else as Python would write it, so that messages stay one line.
    var shownSafely: String { UnsafeText.hazard(in: self) == nil ? self : pythonRepr }
}
