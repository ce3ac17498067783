/// In what a sensor counts (IPMI v2.0 table 43-1, bytes 21 to 23, and table 43-15).
package struct SensorUnits: Sendable, Hashable, CustomStringConvertible {
    /// 1 °C, 4 V, 18 revolutions per minute.
    package var base: UInt8
    /// The other unit, by which the base is divided or multiplied.
    package var modifier: UInt8
    /// 1: base/modifier, 2: base × modifier.
    package var relation: UInt8
    /// 0 none, 1 each µs, 2 ms, 3 s, 4 min, 5 h, 6 day.
    package var rate: UInt8
    package var isPercentage: Bool

    /// - Parameter flags: byte 21 of the record.
    init(flags: UInt8, base: UInt8, modifier: UInt8) {
        self.base = base
        self.modifier = modifier
        relation = flags >> 1 & 0x03
        rate = flags >> 3 & 0x07
        isPercentage = flags & 0x01 != 0
    }

    /// `°C`, `RPM`, `% RPM`, `V/s`; empty where there is none.
    package var description: String {
        var text = Self.name(base)
        switch relation {
        case 1: text += "/" + Self.name(modifier)
        case 2: text += "·" + Self.name(modifier)
        default: break
        }
        let rates = ["", "/µs", "/ms", "/s", "/min", "/h", "/day", ""]
        text += rates[Int(rate)]
        guard isPercentage else { return text }
        return text.isEmpty ? "%" : "% \(text)"
    }

    private static func name(_ unit: UInt8) -> String {
        names.indices.contains(Int(unit)) ? names[Int(unit)] : "unit \(unit)"
    }

    private static let names = [
        "", "°C", "°F", "K", "V", "A", "W", "J", "C", "VA", "nit", "lm", "lx", "cd", "kPa", "PSI", "N", "CFM", "RPM",
        "Hz", "µs", "ms", "s", "min", "h", "day", "week", "mil", "in", "ft", "in³", "ft³", "mm", "cm", "m", "cm³", "m³",
        "l", "fl oz", "rad", "sr", "rev", "cycles", "g", "oz", "lb", "ft·lb", "oz·in", "G", "Gb", "H", "mH", "F", "µF",
        "Ω", "S", "mol", "Bq", "ppm", "", "dB", "dBA", "dBC", "Gy", "Sv", "K", "bit", "kbit", "Mbit", "Gbit", "byte",
        "kbyte", "Mbyte", "Gbyte", "word", "dword", "qword", "lines", "hits", "misses", "retries", "resets", "overruns",
        "underruns", "collisions", "packets", "messages", "characters", "errors", "correctable errors",
        "uncorrectable errors", "fatal errors", "grams",
    ]
}
