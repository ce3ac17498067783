import Glibc

/// A moment in UTC, to the microsecond.
package struct Timestamp: Hashable, Comparable, Sendable {
    /// Since 1970-01-01T00:00:00Z.
    package var microseconds: Int64

    package init(microseconds: Int64) { self.microseconds = microseconds }

    /// The system's clock, in UTC.
    package static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

    /// Seconds from `other` to `self`.
    package func seconds(since other: Timestamp) -> Double {
        let (difference, overflow) = microseconds.subtractingReportingOverflow(other.microseconds)
        return (overflow ? Double(microseconds) - Double(other.microseconds) : Double(difference)) / 1_000_000
    }

    /// Stays within what 64 bits can hold; NaN adds nothing.
    package func adding(seconds: Double) -> Timestamp {
        guard !seconds.isNaN else { return self }
        let change = Int64(exactly: (seconds * 1_000_000).rounded()) ?? (seconds < 0 ? .min : .max)
        let (sum, overflow) = microseconds.addingReportingOverflow(change)
        return Timestamp(microseconds: overflow ? (change < 0 ? .min : .max) : sum)
    }
}

extension Timestamp {
    /// How the controllers write moments; which one where is in `docs/reference/shipyard.md` §12,
    /// `docs/reference/drydock.md` §10 and `docs/reference/deckhand.md` §3.
    package enum Style: Sendable {
        /// `2026-11-21T20:45:48.262197Z`
        case iso
        /// `2026-11-21T20:45:48Z`, for people
        case isoSeconds
        /// `2026-11-21T20:38:05.716241`
        case isoNaive
        /// `2026-11-21 20:45:48.158703`
        case naive
        /// `2026-11-21 20:45:48.158703+00:00`; no fraction where it is zero, as Python's `str` does
        case offset
    }

    /// In UTC.
    package func formatted(_ style: Style) -> String {
        let civil = self.civil
        var text = Self.padded(civil.year, 4) + "-" + Self.padded(civil.month, 2) + "-" + Self.padded(civil.day, 2)
        text += style == .naive || style == .offset ? " " : "T"
        text += Self.padded(civil.hour, 2) + ":" + Self.padded(civil.minute, 2) + ":" + Self.padded(civil.second, 2)
        if style != .isoSeconds, civil.microsecond != 0 || style != .offset {
            text += "." + Self.padded(civil.microsecond, 6)
        }
        switch style {
        case .iso, .isoSeconds: return text + "Z"
        case .offset: return text + "+00:00"
        case .isoNaive, .naive: return text
        }
    }

    /// Reads any of the styles, a plain date, and any zone offset; nil for anything else.
    package init?(_ text: String) {
        var scanner = Scanner(bytes: Array(text.utf8))
        guard let year = scanner.digits(4), scanner.take("-"), let month = scanner.digits(2), scanner.take("-"),
            let day = scanner.digits(2), (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        var hour = 0
        var minute = 0
        var second = 0
        var fraction = 0
        var offset = 0
        if scanner.take("T") || scanner.take(" ") || scanner.take("t") {
            guard let h = scanner.digits(2), scanner.take(":"), let m = scanner.digits(2), h < 24, m < 60 else {
                return nil
            }
            (hour, minute) = (h, m)
            if scanner.take(":") {
                guard let s = scanner.digits(2), s < 61 else { return nil }
                second = s
                if scanner.take(".") {
                    guard let f = scanner.fraction() else { return nil }
                    fraction = f
                }
            }
            if scanner.take("Z") || scanner.take("z") {
                offset = 0
            } else if let sign = scanner.sign() {
                guard let h = scanner.digits(2) else { return nil }
                let colon = scanner.take(":")
                let m = scanner.digits(2)
                guard m != nil || !colon, h < 24, m ?? 0 < 60 else { return nil }
                offset = sign * (h * 60 + (m ?? 0)) * 60
            }
        }
        guard scanner.isAtEnd else { return nil }
        let days = Self.days(year: year, month: month, day: day)
        // The 31st of a month that has 30 days must not become the first of the next.
        guard Self.civil(days: days) == (year, month, day) else { return nil }
        let seconds = Int64(days) * 86400 + Int64(hour * 3600 + minute * 60 + second - offset)
        self.init(microseconds: seconds * 1_000_000 + Int64(fraction))
    }

    private var civil: (year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int, microsecond: Int) {
        let (seconds, microsecond) = Self.floorDivide(microseconds, 1_000_000)
        let (days, second) = Self.floorDivide(seconds, 86400)
        let (year, month, day) = Self.civil(days: Int(days))
        return (
            year, month, day, Int(second) / 3600, Int(second) / 60 % 60, Int(second) % 60, Int(microsecond)
        )
    }

    private static func floorDivide(_ value: Int64, _ by: Int64) -> (Int64, Int64) {
        let remainder = ((value % by) + by) % by
        // As a division of `value - remainder`, which overflows where `value` is the least there is.
        return (value / by - (value % by < 0 ? 1 : 0), remainder)
    }

    /// Days since 1970-01-01 in the proleptic Gregorian calendar; eras of 400 years, years that begin in March.
    private static func days(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(days: Int) -> (Int, Int, Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private struct Scanner {
        var bytes: [UInt8]
        var position = 0

        var isAtEnd: Bool { position == bytes.count }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
            position += 1
            return true
        }

        mutating func sign() -> Int? { take("+") ? 1 : take("-") ? -1 : nil }

        mutating func digits(_ count: Int) -> Int? {
            guard position + count <= bytes.count else { return nil }
            var number = 0
            for byte in bytes[position..<position + count] {
                guard (48...57).contains(byte) else { return nil }
                number = number * 10 + Int(byte - 48)
            }
            position += count
            return number
        }

        /// Up to nine digits of a second's fraction, as microseconds.
        mutating func fraction() -> Int? {
            var number = 0
            var count = 0
            while position < bytes.count, (48...57).contains(bytes[position]) {
                if count < 6 { number = number * 10 + Int(bytes[position] - 48) }
                count += 1
                position += 1
            }
            guard (1...9).contains(count) else { return nil }
            for _ in min(count, 6)..<6 { number *= 10 }
            return number
        }
    }
}

extension Timestamp {
    /// Whether a clock that is so many seconds ahead of UTC may show the local time of a zone: it is off by whole quarter hours,
    /// to a minute, and by no more than 14 hours in either direction.
    package static func isZone(secondsAhead seconds: Double) -> Bool {
        let quarters = (seconds / 900).rounded()
        return quarters != 0 && quarters.magnitude <= 56 && (seconds - quarters * 900).magnitude <= 60
    }
}
