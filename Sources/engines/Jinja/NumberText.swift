import Glibc

/// Numbers in the notations of `%d`, `%f`, `%e`, `%g`, rounded as C does, which is as Python does.
enum NumberText {
    /// `%.3f`, `%.2e`, `%g`: `notation` is the letter.
    static func float(_ number: Double, _ notation: Character, precision: Int) -> String {
        if number.isNaN { return notation.isUppercase ? "NAN" : "nan" }
        if number.isInfinite {
            let text = number < 0 ? "-inf" : "inf"
            return notation.isUppercase ? text.uppercased() : text
        }
        let precision = min(max(0, precision), 1000)
        var buffer = [CChar](repeating: 0, count: 1400)
        let count = buffer.withUnsafeMutableBufferPointer { buffer in
            withVaList([Int32(precision), number]) { arguments in
                vsnprintf(buffer.baseAddress, buffer.count, "%.*\(notation)", arguments)
            }
        }
        return String(decoding: buffer.prefix(max(0, Int(count))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Python's `round(number, digits)`.
    static func rounded(_ number: Double, digits: Int) -> Double {
        guard number.isFinite else { return number }
        if digits >= 0 { return Double(float(number, "f", precision: digits)) ?? number }
        let scale = pow(10, Double(-digits))
        guard scale.isFinite else { return 0 }
        return (number / scale).rounded(.toNearestOrEven) * scale
    }
}
