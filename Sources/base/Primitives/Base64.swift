/// Base64 (RFC 4648 §4), decoded as by Python's `binascii`: characters outside of the alphabet are skipped, and
/// everything after the padding of a whole group is ignored (`docs/reference/drydock.md` §15).
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")
    /// What each digit stands for; 64 and above for what is no digit.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, digit) in alphabet.enumerated() { values[Int(digit)] = UInt8(value) }
        return values
    }()

    /// - Returns: nil where digits or padding are missing at the end.
    package static func decode(_ digits: [UInt8]) -> [UInt8]? { digits.withUnsafeBufferPointer { decode($0) } }

    /// - Returns: nil where digits or padding are missing at the end.
    package static func decode(_ digits: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        var isWhole = false
        let bytes = [UInt8](unsafeUninitializedCapacity: digits.count / 4 * 3 + 3) { bytes, length in
            values.withUnsafeBufferPointer { isWhole = decode(digits, $0, to: bytes, &length) }
        }
        return isWhole ? bytes : nil
    }

    /// Whether nothing is missing at the end.
    ///
    /// - Parameter length: how many bytes were written to `bytes`.
    private static func decode(
        _ digits: UnsafeBufferPointer<UInt8>, _ values: UnsafeBufferPointer<UInt8>,
        to bytes: UnsafeMutableBufferPointer<UInt8>, _ length: inout Int
    ) -> Bool {
        var place = 0
        var quantum: UInt32 = 0
        var count = 0
        var pads = 0
        while place < digits.count {
            if count == 0, place + 4 <= digits.count {
                // Nearly all of a text: groups of four digits.
                let first = values[Int(digits[place])]
                let second = values[Int(digits[place + 1])]
                let third = values[Int(digits[place + 2])]
                let fourth = values[Int(digits[place + 3])]
                if first | second | third | fourth < 64 {
                    bytes[length] = first << 2 | second >> 4
                    bytes[length + 1] = second << 4 | third >> 2
                    bytes[length + 2] = third << 6 | fourth
                    length += 3
                    place += 4
                    continue
                }
            }
            let digit = digits[place]
            place += 1
            if digit == padding {
                if count >= 2 {
                    pads += 1
                    // A whole quantum ends the text; what follows is not looked at.
                    if count + pads >= 4 { return true }
                }
                continue
            }
            let value = values[Int(digit)]
            guard value < 64 else { continue }
            pads = 0
            quantum = quantum << 6 | UInt32(value)
            count += 1
            guard count > 1 else { continue }
            bytes[length] = UInt8(truncatingIfNeeded: quantum >> (count == 2 ? 4 : count == 3 ? 2 : 0))
            length += 1
            if count == 4 {
                count = 0
                quantum = 0
            }
        }
        return count == 0
    }

    package static func encode(_ bytes: [UInt8]) -> [UInt8] {
        alphabet.withUnsafeBufferPointer { alphabet in
            [UInt8](unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { digits, length in
                for start in stride(from: 0, to: bytes.count, by: 3) {
                    let size = min(3, bytes.count - start)
                    var quantum: UInt32 = 0
                    for place in 0..<3 { quantum = quantum << 8 | (place < size ? UInt32(bytes[start + place]) : 0) }
                    for place in 0..<4 {
                        digits[length] = place <= size ? alphabet[Int(quantum >> UInt32(18 - 6 * place) & 63)] : padding
                        length += 1
                    }
                }
            }
        }
    }
}
