/// Texts as Python's `str` sees them: sequences of code points.
enum PythonText {
    /// What `str.isspace` holds for blank.
    static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 9...13, 28...32, 0x85, 0xa0, 0x1680, 0x2000...0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000: true
        default: false
        }
    }

    /// The length of the blank that starts at `index`, in bytes; nil if none does.
    static func blankLength(_ bytes: [UInt8], at index: Int) -> Int? {
        let byte = bytes[index]
        if byte < 0x80 { return isBlank(Unicode.Scalar(byte)) ? 1 : nil }
        let length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
        let scalars = String(decoding: bytes[index..<min(bytes.count, index + length)], as: UTF8.self).unicodeScalars
        guard let scalar = scalars.first, isBlank(scalar) else { return nil }
        return length
    }

    /// `text` without the blanks, or without any of `characters`, at its ends.
    static func stripped(
        _ text: String, of characters: Set<Unicode.Scalar>? = nil, leading: Bool, trailing: Bool
    ) -> String {
        func goes(_ scalar: Unicode.Scalar) -> Bool { characters?.contains(scalar) ?? isBlank(scalar) }
        var scalars = text.unicodeScalars[...]
        while leading, let first = scalars.first, goes(first) { scalars.removeFirst() }
        while trailing, let last = scalars.last, goes(last) { scalars.removeLast() }
        return String(scalars)
    }

    /// `str.splitlines`.
    static func lines(_ text: String, keepingEnds: Bool = false) -> [String] {
        var lines: [String] = []
        var line = String.UnicodeScalarView()
        var scalars = text.unicodeScalars.makeIterator()
        var pending = scalars.next()
        var isOpen = false
        while let scalar = pending {
            pending = scalars.next()
            isOpen = true
            switch scalar.value {
            case 10...13, 28...30, 0x85, 0x2028, 0x2029:
                if keepingEnds { line.append(scalar) }
                if scalar == "\r", let next = pending, next == "\n" {
                    if keepingEnds { line.append(next) }
                    pending = scalars.next()
                }
                lines.append(String(line))
                line = String.UnicodeScalarView()
                isOpen = false
            default: line.append(scalar)
            }
        }
        if isOpen { lines.append(String(line)) }
        return lines
    }

    /// Whether the texts consist of the same code points; the language's `==` takes canonical equivalents for equal.
    static func equal(_ left: String, _ right: String) -> Bool { left == right && left.utf8.elementsEqual(right.utf8) }

    /// Whether `left` comes before `right` in the order of code points.
    static func precedes(_ left: String, _ right: String) -> Bool { left.utf8.lexicographicallyPrecedes(right.utf8) }

    static func isCased(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isCased }

    /// `str.capitalize`.
    static func capitalized(_ text: String) -> String {
        guard let first = text.unicodeScalars.first else { return "" }
        return first.properties.titlecaseMapping + String(text.unicodeScalars.dropFirst()).lowercased()
    }
}
