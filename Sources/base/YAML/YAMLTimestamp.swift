/// A date, or a date with a time and perhaps a zone, as written in a document.
package struct YAMLTimestamp: Sendable, Hashable {
    /// 1 to 9999.
    package var year: Int
    /// 1 to 12.
    package var month: Int
    /// 1 to 31.
    package var day: Int
    /// Nil for a plain date.
    package var time: Time?

    /// A time of day.
    package struct Time: Sendable, Hashable {
        /// 0 to 23.
        package var hour: Int
        /// 0 to 59.
        package var minute: Int
        /// 0 to 59.
        package var second: Int
        /// 0 to 999,999.
        package var microsecond: Int
        /// East of Greenwich; nil where no zone was written.
        package var zoneMinutes: Int?
    }

    /// Nil where the text has not the form of a timestamp, or names no real day or time of day.
    init?(_ text: UnsafeBufferPointer<UInt8>) {
        guard let fields = Self.scan(ScalarScanner(text)), fields.year >= 1, (1...12).contains(fields.month),
            (1...Self.days(inMonth: fields.month, of: fields.year)).contains(fields.day)
        else { return nil }
        if let time = fields.time {
            guard time.hour < 24, time.minute < 60, time.second < 60, abs(time.zoneMinutes ?? 0) < 24 * 60 else {
                return nil
            }
        }
        self = fields
    }

    private init(year: Int, month: Int, day: Int, time: Time?) {
        self.year = year
        self.month = month
        self.day = day
        self.time = time
    }

    /// Whether the text has the form of a timestamp, be it a real day or not.
    static func matches(_ scanner: ScalarScanner) -> Bool { scan(scanner) != nil }

    /// `YYYY-MM-DD`, or `YYYY-M-D`, `T` or blanks, `H:MM:SS`, a fraction, blanks, `Z` or `±H[:MM]`.
    private static func scan(_ start: ScalarScanner) -> YAMLTimestamp? {
        var scanner = start
        guard let year = scanner.number(digits: 4...4), scanner.take("-"),
            let month = scanner.number(digits: 1...2), scanner.take("-"), let day = scanner.number(digits: 1...2)
        else { return nil }
        if scanner.isAtEnd {
            guard start.bytes.count == 10 else { return nil }
            return YAMLTimestamp(year: year, month: month, day: day, time: nil)
        }
        guard scanner.take("T") || scanner.take("t") || scanner.skipOne(isBlank),
            let hour = scanner.number(digits: 1...2), scanner.take(":"),
            let minute = scanner.number(digits: 2...2), scanner.take(":"), let second = scanner.number(digits: 2...2)
        else { return nil }
        var microsecond = 0
        if scanner.take(".") {
            let start = scanner.position
            microsecond = scanner.number(digits: 0...6) ?? 0
            for _ in scanner.position..<start + 6 { microsecond *= 10 }
            scanner.skip { (48...57).contains($0) }
        }
        var time = Time(hour: hour, minute: minute, second: second, microsecond: microsecond)
        if !scanner.isAtEnd {
            scanner.skip(isBlank)
            guard let zone = zone(&scanner) else { return nil }
            time.zoneMinutes = zone
        }
        return scanner.isAtEnd ? YAMLTimestamp(year: year, month: month, day: day, time: time) : nil
    }

    private static func zone(_ scanner: inout ScalarScanner) -> Int? {
        if scanner.take("Z") { return 0 }
        let isWest = scanner.isAt("-")
        guard scanner.skipSign(), let hours = scanner.number(digits: 1...2) else { return nil }
        var minutes = 0
        if scanner.take(":") {
            guard let number = scanner.number(digits: 2...2) else { return nil }
            minutes = number
        }
        return (isWest ? -1 : 1) * (hours * 60 + minutes)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension YAMLTimestamp: CustomStringConvertible {
    /// As Python's `str`: `2001-12-14`, `2001-12-14 21:59:43.100000-05:00`.
    package var description: String {
        let date = Self.padded(year, 4) + "-" + Self.padded(month, 2) + "-" + Self.padded(day, 2)
        guard let time else { return date }
        var text = date + " " + Self.padded(time.hour, 2) + ":" + Self.padded(time.minute, 2) + ":"
        text += Self.padded(time.second, 2)
        if time.microsecond > 0 { text += "." + Self.padded(time.microsecond, 6) }
        guard let zone = time.zoneMinutes else { return text }
        return text + (zone < 0 ? "-" : "+") + Self.padded(abs(zone) / 60, 2) + ":" + Self.padded(abs(zone) % 60, 2)
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
