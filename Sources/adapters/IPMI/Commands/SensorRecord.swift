/// A sensor as the BMC's repository describes it: full and compact records (IPMI v2.0 §43.1, §43.2).
package struct SensorRecord: Sendable, Hashable {
    /// How a raw reading becomes a number: y = L((M x + B 10^K1) 10^K2) (IPMI v2.0 §36.3).
    package struct Conversion: Sendable, Hashable {
        /// 0 unsigned, 1 ones' complement, 2 two's complement; 3 has no number.
        var format: UInt8
        /// 0 linear; the others are functions that are applied last.
        var linearization: UInt8
        var multiplier: Int
        var offset: Int
        var offsetExponent: Int
        var resultExponent: Int
    }

    /// The identifier of the record.
    package var record: UInt16
    /// By which the sensor is read.
    package var number: UInt8
    /// IPMI v2.0 table 42-3: 1 temperature, 2 voltage, 4 fan.
    package var type: UInt8
    /// 1 for thresholds, others for discrete states.
    package var eventType: UInt8
    /// IPMI v2.0 table 43-15: 1 °C, 4 V, 18 revolutions per minute.
    package var unit: UInt8
    /// The number is a percentage of the unit.
    package var isPercentage: Bool
    /// At most 16 characters.
    package var name: String
    /// Nil for a sensor whose reading is no number.
    package var conversion: Conversion?

    /// Bytes before the part that the record gives the length of.
    package static let headerSize = 5
    private static let fullType: UInt8 = 0x01
    private static let compactType: UInt8 = 0x02

    /// - Returns: nil for a record that is of no sensor.
    package init?(decoding bytes: [UInt8]) throws(PacketError) {
        var reader = ByteReader(bytes)
        record = try reader.littleEndian()
        try reader.skip(1)
        let kind = try reader.byte()
        guard kind == Self.fullType || kind == Self.compactType else { return nil }
        // The record's length; its owner.
        try reader.skip(3)
        number = try reader.byte()
        // Entity, initialization, capabilities.
        try reader.skip(4)
        type = try reader.byte()
        eventType = try reader.byte()
        // Masks of events and readings.
        try reader.skip(6)
        let units = try reader.byte()
        isPercentage = units & 0x01 != 0
        unit = try reader.byte()
        try reader.skip(1)
        if kind == Self.fullType {
            conversion = try Conversion(format: units >> 6, from: &reader)
            // Up to the name: analog characteristics, nominal values, thresholds, hysteresis, OEM.
            try reader.skip(17)
        } else {
            // Sharing, hysteresis, reserved, OEM.
            try reader.skip(9)
        }
        name = try RecordText.read(from: &reader)
    }

    /// The reading in the sensor's unit; nil where it is no number, or of a function that is not known.
    package func value(of raw: UInt8) -> Double? { conversion?.value(of: raw) }
}

extension SensorRecord.Conversion {
    init?(format: UInt8, from reader: inout ByteReader) throws(PacketError) {
        let linearization = try reader.byte() & 0x7f
        let m = try reader.byte()
        let mTolerance = try reader.byte()
        let b = try reader.byte()
        let bAccuracy = try reader.byte()
        try reader.skip(1)
        let exponents = try reader.byte()
        guard format < 3 else { return nil }
        self.format = format
        self.linearization = linearization
        multiplier = Self.signed(Int(mTolerance & 0xc0) << 2 | Int(m), bits: 10)
        offset = Self.signed(Int(bAccuracy & 0xc0) << 2 | Int(b), bits: 10)
        offsetExponent = Self.signed(Int(exponents & 0x0f), bits: 4)
        resultExponent = Self.signed(Int(exponents >> 4), bits: 4)
    }

    private static func signed(_ value: Int, bits: Int) -> Int {
        value >> (bits - 1) & 1 == 1 ? value - 1 << bits : value
    }

    func value(of raw: UInt8) -> Double? {
        // The only function that is common; the others would need the sensor's factors for each reading.
        guard linearization == 0 else { return nil }
        let number =
            switch format {
            case 1: raw & 0x80 == 0 ? Int(raw) : -Int(~raw)
            case 2: Int(Int8(bitPattern: raw))
            default: Int(raw)
            }
        let scaled = Double(multiplier * number) + Double(offset) * Self.power(offsetExponent)
        return scaled * Self.power(resultExponent)
    }

    /// Of ten; the exponent has four bits.
    private static func power(_ exponent: Int) -> Double {
        let size = (0..<exponent.magnitude).reduce(1.0) { result, _ in result * 10 }
        return exponent < 0 ? 1 / size : size
    }
}

/// Text in sensor and FRU records: a byte of type and length, then that many bytes (IPMI v2.0 §43.15, FRU v1.0 §13).
enum RecordText {
    static func read(from reader: inout ByteReader) throws(PacketError) -> String {
        let head = try reader.byte()
        let count = Int(head & 0x3f)
        // Some BMCs end the record before the text ends.
        let bytes = try reader.bytes(min(count, reader.remaining.count))
        return text(bytes, type: head >> 6)
    }

    private static func text(_ bytes: [UInt8], type: UInt8) -> String {
        switch type {
        // Binary coded decimal, with a space, a dash and a full stop behind the digits.
        case 1:
            let digits = Array("0123456789 -.???".unicodeScalars)
            return String(
                String.UnicodeScalarView(
                    bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0x0f)]] }))
        case 2: return sixBit(bytes)
        default:
            return String(decoding: bytes.prefix { $0 != 0 }.map { $0 < 0x80 ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
        }
    }

    /// Four characters in three bytes, the least significant bits first, counted from the space on.
    private static func sixBit(_ bytes: [UInt8]) -> String {
        var characters: [UInt8] = []
        var buffer = 0
        var bits = 0
        for byte in bytes {
            buffer |= Int(byte) << bits
            bits += 8
            while bits >= 6 {
                characters.append(UInt8(truncatingIfNeeded: buffer & 0x3f) + 0x20)
                buffer >>= 6
                bits -= 6
            }
        }
        return String(decoding: characters, as: UTF8.self)
    }
}
