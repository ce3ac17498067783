/// A tar header block of 512 bytes: the fields at their places (POSIX.1-1988 `ustar`, with GNU's magic).
struct TarHeader {
    static let blockSize = 512
    /// `ustar`, two blanks, NUL: GNU's format, in which long names have a member of their own.
    static let gnuMagic: [UInt8] = [0x75, 0x73, 0x74, 0x61, 0x72, 0x20, 0x20, 0]
    static let nameField = 0..<100
    static let modeField = 100..<108
    static let ownerField = 108..<116
    static let groupField = 116..<124
    static let sizeField = 124..<136
    static let timeField = 136..<148
    static let checksumField = 148..<156
    static let typeField = 156
    static let linkField = 157..<257
    static let magicField = 257..<265
    static let majorField = 329..<337
    static let minorField = 337..<345
    static let prefixField = 345..<500

    var block = [UInt8](repeating: 0, count: blockSize)

    /// Owner and group 0 without names, time 0, so that equal contents give equal bytes.
    init(name: ArraySlice<UInt8>, mode: Int, size: Int, type: UInt8) {
        put(name.prefix(Self.nameField.count), Self.nameField)
        number(mode & 0o7777, Self.modeField)
        number(0, Self.ownerField)
        number(0, Self.groupField)
        number(size, Self.sizeField)
        number(0, Self.timeField)
        block[Self.typeField] = type
        put(Self.gnuMagic[...], Self.magicField)
        // Six octal digits, a NUL, and a blank that remains of the eight that stand in while summing.
        put(Self.octal(Self.checksum(of: block[...]), digits: 6)[...], Self.checksumField)
        block[Self.checksumField.upperBound - 2] = 0
        block[Self.checksumField.upperBound - 1] = 0x20
    }

    /// The sum of all bytes of a block, those of the checksum itself counted as blanks.
    static func checksum(of block: ArraySlice<UInt8>) -> Int {
        var sum = 0
        for (offset, byte) in block.enumerated() { sum += checksumField.contains(offset) ? 0x20 : Int(byte) }
        return sum
    }

    /// How many bytes fill contents of this size up to whole blocks.
    static func padding(after size: Int) -> Int { (blockSize - size % blockSize) % blockSize }

    /// The number in an octal field, or in GNU's binary one, whose first byte is 0x80; nil where it is neither.
    static func number(in field: ArraySlice<UInt8>) -> Int? {
        if field.first == 0x80 {
            var value = 0
            for byte in field.dropFirst() {
                let (shifted, overflow) = value.multipliedReportingOverflow(by: 256)
                guard !overflow else { return nil }
                value = shifted | Int(byte)
            }
            return value
        }
        let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0x20 && $0 != 0 }
        guard digits.allSatisfy({ (48...55).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 << 3 | Int($1 - 48) }
    }

    private mutating func put(_ bytes: ArraySlice<UInt8>, _ field: Range<Int>) {
        for (place, byte) in zip(field, bytes) { block[place] = byte }
    }

    private mutating func number(_ value: Int, _ field: Range<Int>) {
        let digits = field.count - 1
        if value >> (3 * digits) == 0 {
            put(Self.octal(value, digits: digits)[...], field)
        } else {
            var rest = value
            for place in field.reversed() {
                block[place] = UInt8(truncatingIfNeeded: rest)
                rest >>= 8
            }
            block[field.lowerBound] = 0x80
        }
    }

    private static func octal(_ value: Int, digits: Int) -> [UInt8] {
        (0..<digits).reversed().map { 48 + UInt8(truncatingIfNeeded: value >> (3 * $0) & 7) }
    }
}
