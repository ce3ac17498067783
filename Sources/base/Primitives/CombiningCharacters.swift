/// Runs of combining characters: accents and other marks that belong to the character before them.
///
/// Two texts are equal where they are canonically equivalent, and to find that out Swift sorts each run by insertion: a
/// run of 16 000 marks in a wrong order takes it a second for each comparison, and for each key that is looked up. Texts
/// from outside with long runs are refused where they are read. Twelve marks on a letter are many.
package enum CombiningCharacters {
    /// The longest run that is taken.
    package static let limit = 256

    /// What is wrong with a text that has a longer one.
    package static let problem = "More than \(limit) combining characters in a row"

    /// Whether a text has a longer run.
    package static func exceedLimit(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { exceedLimit($0) }
    }

    /// The same of UTF-8.
    package static func exceedLimit(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        // Each takes two bytes or more, none of them ASCII.
        let shortest = 2 * limit
        var position = 0
        while bytes.count - position > shortest {
            // Where the last byte of a stretch is ASCII, no run that is too long begins before it.
            if let last = bytes[position..<position + shortest].lastIndex(where: { $0 < 0x80 }) {
                position = last + 1
                continue
            }
            let end = bytes[position...].firstIndex { $0 < 0x80 } ?? bytes.count
            if hasLongRun(UnsafeBufferPointer(rebasing: bytes[position..<end])) { return true }
            position = end
        }
        return false
    }

    private static func hasLongRun(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var length = 0
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            length = isCombining(scalar) ? length + 1 : 0
            if length > limit { return true }
        }
        return false
    }

    /// Those with a combining class, and three that are made of such.
    private static func isCombining(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0f73, 0x0f75, 0x0f81: true
        default: scalar.properties.canonicalCombiningClass != .notReordered
        }
    }
}
