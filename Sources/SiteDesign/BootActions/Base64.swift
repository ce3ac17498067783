/// Base 64 as Drydock's pipelines read and write it: what is not of the alphabet is passed over (`spec/drydock.md` §15).
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")
    private static let values: [UInt8?] = {
        var values = [UInt8?](repeating: nil, count: 256)
        for (value, digit) in alphabet.enumerated() { values[Int(digit)] = UInt8(value) }
        return values
    }()

    /// nil where digits or padding are missing at the end.
    static func decode(_ digits: some Sequence<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var quantum: UInt32 = 0
        var count = 0
        var pads = 0
        for digit in digits {
            if digit == padding {
                if count >= 2 {
                    pads += 1
                    // A whole quantum ends the text; what follows is not looked at.
                    if count + pads >= 4 { return bytes }
                }
                continue
            }
            guard let value = values[Int(digit)] else { continue }
            pads = 0
            quantum = quantum << 6 | UInt32(value)
            count += 1
            switch count {
            case 2: bytes.append(UInt8(truncatingIfNeeded: quantum >> 4))
            case 3: bytes.append(UInt8(truncatingIfNeeded: quantum >> 2))
            case 4:
                bytes.append(UInt8(truncatingIfNeeded: quantum))
                count = 0
                quantum = 0
            default: break
            }
        }
        return count == 0 ? bytes : nil
    }

    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var digits: [UInt8] = []
        digits.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let quantum = group.enumerated().reduce(UInt32(0)) { $0 | UInt32($1.element) << UInt32(16 - 8 * $1.offset) }
            for place in 0..<4 {
                digits.append(place <= group.count ? alphabet[Int(quantum >> UInt32(18 - 6 * place) & 63)] : padding)
            }
        }
        return digits
    }
}
