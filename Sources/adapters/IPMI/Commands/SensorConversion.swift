import Glibc

/// How a raw reading becomes a number: y = L((M x + B 10^K1) 10^K2) (IPMI v2.0 §36.3).
package struct SensorConversion: Sendable, Hashable {
    /// The numbers of the formula. A sensor that is not linear has others for each reading (§36.2).
    package struct Factors: Sendable, Hashable {
        var multiplier: Int
        var offset: Int
        var offsetExponent: Int
        var resultExponent: Int

        /// Six bytes: M, M and tolerance, B, B and accuracy, accuracy, exponents (table 43-1, bytes 25 to 30).
        init(from reader: inout ByteReader) throws(PacketError) {
            let m = try reader.byte()
            let mTolerance = try reader.byte()
            let b = try reader.byte()
            let bAccuracy = try reader.byte()
            try reader.skip(1)
            let exponents = try reader.byte()
            multiplier = Self.signed(Int(mTolerance & 0xc0) << 2 | Int(m), bits: 10)
            offset = Self.signed(Int(bAccuracy & 0xc0) << 2 | Int(b), bits: 10)
            offsetExponent = Self.signed(Int(exponents & 0x0f), bits: 4)
            resultExponent = Self.signed(Int(exponents >> 4), bits: 4)
        }

        private static func signed(_ value: Int, bits: Int) -> Int {
            value >> (bits - 1) & 1 == 1 ? value - 1 << bits : value
        }
    }

    /// 0 unsigned, 1 ones' complement, 2 two's complement.
    var format: UInt8
    /// The function L: 0 to 11, or from 0x70 on one that is not known.
    var linearization: UInt8
    var factors: Factors

    /// Whether the factors of the record hold for no reading: they are asked for with each.
    package var needsFactorsOfReading: Bool { (0x70...0x7f).contains(linearization) }

    /// - Returns: nil for a format that has no number.
    init?(format: UInt8, from reader: inout ByteReader) throws(PacketError) {
        linearization = try reader.byte() & 0x7f
        factors = try Factors(from: &reader)
        guard format < 3 else { return nil }
        self.format = format
    }

    /// The number in the unit of the sensor.
    ///
    /// - Parameter own: the factors of this reading, for a sensor that is not linear.
    /// - Returns: nil where the function is not known, or has no value there.
    package func value(of raw: UInt8, factors own: Factors? = nil) -> Double? {
        if needsFactorsOfReading, own == nil { return nil }
        let factors = own ?? factors
        let number =
            switch format {
            case 1: raw & 0x80 == 0 ? Int(raw) : -Int(~raw)
            case 2: Int(Int8(bitPattern: raw))
            default: Int(raw)
            }
        let sum = Double(factors.multiplier * number) + Self.scaled(Double(factors.offset), factors.offsetExponent)
        let value = linearized(Self.scaled(sum, factors.resultExponent))
        return value.flatMap { $0.isFinite ? $0 : nil }
    }

    /// By a power of ten that has four bits. A division is exact where a factor below one is not.
    private static func scaled(_ number: Double, _ exponent: Int) -> Double {
        let size = (0..<exponent.magnitude).reduce(1.0) { result, _ in result * 10 }
        return exponent < 0 ? number / size : number * size
    }

    /// Table 43-1, byte 24.
    private func linearized(_ x: Double) -> Double? {
        switch linearization {
        case 0: x
        case 1: log(x)
        case 2: log10(x)
        case 3: log2(x)
        case 4: exp(x)
        case 5: pow(10, x)
        case 6: exp2(x)
        case 7: 1 / x
        case 8: x * x
        case 9: x * x * x
        case 10: x.squareRoot()
        case 11: cbrt(x)
        // Its factors are those of the reading.
        case 0x70...0x7f: x
        default: nil
        }
    }
}
