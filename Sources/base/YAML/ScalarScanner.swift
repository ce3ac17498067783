/// Walks over the bytes of a scalar.
struct ScalarScanner {
    let bytes: UnsafeBufferPointer<UInt8>
    private(set) var position = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }
    var isAtDigit: Bool { position < bytes.count && (48...57).contains(bytes[position]) }

    /// What remains, where that is short; empty otherwise.
    var rest: String {
        bytes.count - position <= 4 ? String(decoding: bytes[position...], as: UTF8.self) : ""
    }

    func isAt(_ character: Unicode.Scalar) -> Bool {
        position < bytes.count && bytes[position] == UInt8(ascii: character)
    }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard isAt(character) else { return false }
        position += 1
        return true
    }

    @discardableResult mutating func skipSign() -> Bool { take("-") || take("+") }

    mutating func skip(_ isWanted: (UInt8) -> Bool) {
        while position < bytes.count, isWanted(bytes[position]) { position += 1 }
    }

    /// Skips what is wanted, of which there must be at least one.
    mutating func skipOne(_ isWanted: (UInt8) -> Bool) -> Bool {
        let start = position
        skip(isWanted)
        return position > start
    }

    mutating func skipDigitsAndUnderscores() { skip { (48...57).contains($0) || $0 == 95 } }

    /// `[0-5]?[0-9]`
    mutating func skipBase60Digit() -> Bool {
        guard isAtDigit else { return false }
        let isTens = bytes[position] <= 53
        position += 1
        if isTens, isAtDigit { position += 1 }
        return true
    }

    /// `[eE][-+][0-9]+`
    mutating func skipExponent() -> Bool {
        guard take("e") || take("E"), skipSign() else { return false }
        return skipOne { (48...57).contains($0) }
    }

    /// As many digits as `count` allows, as a number; nil where there are fewer than its lower bound.
    mutating func number(digits count: ClosedRange<Int>) -> Int? {
        var number = 0
        var found = 0
        while found < count.upperBound, isAtDigit {
            number = number * 10 + Int(bytes[position] - 48)
            position += 1
            found += 1
        }
        return found >= count.lowerBound ? number : nil
    }
}
