enum Hexadecimal {
    /// The lower-case digit of a number below 16.
    static func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? nibble + 48 : nibble + 87 }
}

extension Collection<UInt8> {
    /// Lower-case hexadecimal digits, two a byte.
    package var hex: String {
        String(unsafeUninitializedCapacity: 2 * count) { text in
            var place = 0
            for byte in self {
                text[place] = Hexadecimal.digit(byte >> 4)
                text[place + 1] = Hexadecimal.digit(byte & 15)
                place += 2
            }
            return place
        }
    }
}

extension [UInt8] {
    /// The bytes that an even number of hexadecimal digits in either case stand for; nil for anything else.
    package init?(hex digits: some Collection<UInt8>) {
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        var high: UInt8?
        for digit in digits {
            let nibble: UInt8
            switch digit {
            case 48...57: nibble = digit - 48
            case 65...70: nibble = digit - 55
            case 97...102: nibble = digit - 87
            default: return nil
            }
            if let top = high {
                bytes.append(top << 4 | nibble)
                high = nil
            } else {
                high = nibble
            }
        }
        self = bytes
    }

    package init?(hex text: String) { self.init(hex: Array(text.utf8)) }
}
