import Glibc

/// Numbers as YAML 1.1 writes them: signs, underscores, bases 2, 8, 16 and 60.
enum Numbers {
    /// Longer integers are refused, as Python does with decimal ones: converting takes time quadratic in the length.
    static let integerDigits = 4300

    /// The integer that `text` stands for, by PyYAML's construction: nil where it is none, or has too many digits.
    static func integer(_ text: UnsafeBufferPointer<UInt8>) -> YAMLNode? {
        var digits = text.filter { $0 != UInt8(ascii: "_") }[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative || digits.first == UInt8(ascii: "+") { digits = digits.dropFirst() }
        guard let first = digits.first, digits.count <= integerDigits else { return nil }
        var base = 10
        if first == 48, digits.count > 1 {
            switch digits[digits.startIndex + 1] {
            case UInt8(ascii: "b"): base = 2
            case UInt8(ascii: "x"): base = 16
            case UInt8(ascii: "o"), 48...55: base = 8
            default: return nil
            }
            digits = digits.dropFirst(digits[digits.startIndex + 1] >= 97 ? 2 : 1)
        } else if digits.contains(UInt8(ascii: ":")) {
            return base60(digits, isNegative: isNegative)
        }
        guard !digits.isEmpty else { return nil }
        return magnitude(digits, base: base)?.node(isNegative: isNegative)
    }

    /// Nil where a character is no digit of the base. Takes several digits at a time, as far as a limb allows.
    private static func magnitude(_ digits: ArraySlice<UInt8>, base: Int) -> Magnitude? {
        var value = Magnitude()
        var chunk = 0
        var scale = 1
        for byte in digits {
            guard let digit = digit(byte), digit < base else { return nil }
            chunk = chunk * base + digit
            scale *= base
            if scale > Magnitude.limb / 16 {
                value.multiply(by: scale, adding: chunk)
                (chunk, scale) = (0, 1)
            }
        }
        value.multiply(by: scale, adding: chunk)
        return value
    }

    private static func base60(_ digits: ArraySlice<UInt8>, isNegative: Bool) -> YAMLNode? {
        var value = Magnitude()
        for part in digits.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false) {
            // The first part may have any length; the others are less than 60 in plain scalars, and need only fit here.
            guard !part.isEmpty, part.allSatisfy({ (48...57).contains($0) }) else { return nil }
            if value.isZero {
                guard let first = magnitude(part, base: 10) else { return nil }
                value = first
            } else {
                guard part.count <= 9 else { return nil }
                value.multiply(by: 60, adding: part.reduce(0) { $0 * 10 + Int($1 - 48) })
            }
        }
        return value.node(isNegative: isNegative)
    }

    private static func digit(_ byte: UInt8) -> Int? {
        switch byte {
        case 48...57: Int(byte) - 48
        case 65...70: Int(byte) - 55
        case 97...102: Int(byte) - 87
        default: nil
        }
    }

    /// The float that `text` stands for, by PyYAML's construction; nil where it is none.
    static func float(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
        var digits = text.filter { $0 != UInt8(ascii: "_") }[...]
        let sign: Double = digits.first == UInt8(ascii: "-") ? -1 : 1
        if sign < 0 || digits.first == UInt8(ascii: "+") { digits = digits.dropFirst() }
        switch String(decoding: digits.prefix(5), as: UTF8.self) {
        case ".inf", ".Inf", ".INF": return sign * .infinity
        case ".nan", ".NaN", ".NAN": return .nan
        default: break
        }
        var value = 0.0
        var base = 1.0
        for part in digits.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).reversed() {
            guard let number = decimal(part) else { return nil }
            value += number * base
            base *= 60
        }
        return sign * value
    }

    /// Digits, a dot, an exponent; not the hexadecimal forms and names that `strtod` takes besides.
    private static func decimal(_ digits: ArraySlice<UInt8>) -> Double? {
        let isPlain = digits.allSatisfy { byte in
            (48...57).contains(byte)
                || [UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"), 43, 45].contains(byte)
        }
        guard isPlain, !digits.isEmpty else { return nil }
        let text = Array(digits) + [0]
        return text.withUnsafeBufferPointer { bytes -> Double? in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                guard let start = characters.baseAddress else { return nil }
                var end: UnsafeMutablePointer<CChar>?
                let number = strtod(start, &end)
                return end == UnsafeMutablePointer(mutating: start + digits.count) ? number : nil
            }
        }
    }
}

/// A natural number of any size, in limbs of nine decimal digits, lowest first.
private struct Magnitude {
    /// What a limb is less than.
    static let limb = 1_000_000_000

    private var small: UInt = 0
    private var limbs: [UInt] = []

    var isZero: Bool { small == 0 && limbs.isEmpty }

    /// - Parameter factor: at most a limb's, and `digit` less than it.
    mutating func multiply(by factor: Int, adding digit: Int) {
        if limbs.isEmpty {
            let (product, overflow) = small.multipliedReportingOverflow(by: UInt(factor))
            let (sum, carry) = product.addingReportingOverflow(UInt(digit))
            if !overflow, !carry {
                small = sum
                return
            }
            var rest = small
            while rest > 0 {
                limbs.append(rest % UInt(Self.limb))
                rest /= UInt(Self.limb)
            }
        }
        var carry = UInt(digit)
        for index in limbs.indices {
            let value = limbs[index] * UInt(factor) + carry
            limbs[index] = value % UInt(Self.limb)
            carry = value / UInt(Self.limb)
        }
        if carry > 0 { limbs.append(carry) }
    }

    func node(isNegative: Bool) -> YAMLNode {
        if limbs.isEmpty {
            if let number = Int(exactly: small) { return .int(isNegative ? -number : number) }
            if isNegative, small == Int.min.magnitude { return .int(.min) }
            return .bigInt((isNegative ? "-" : "") + String(small))
        }
        var text = isNegative ? "-" : ""
        text += String(limbs.last ?? 0)
        for limb in limbs.dropLast().reversed() {
            let digits = String(limb)
            text += String(repeating: "0", count: 9 - digits.utf8.count) + digits
        }
        return .bigInt(text)
    }
}
