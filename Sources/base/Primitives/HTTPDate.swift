import Synchronization

/// Times as HTTP writes them: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7).
package enum HTTPDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static let first = Timestamp(microseconds: 0)
    /// The end of 9999.
    private static let last = Timestamp(microseconds: 253_402_300_799_000_000)

    private static let newest = Mutex((second: Int64.min, text: ""))

    /// The same text for a whole second, so it is made once and not for each answer.
    package static func text(_ time: Timestamp) -> String {
        let second = time.microseconds / 1_000_000
        return newest.withLock { newest in
            if newest.second != second { newest = (second, make(time)) }
            return newest.text
        }
    }

    private static func make(_ time: Timestamp) -> String {
        // The form has four digits for the year; a clock that is set to another time has no right one anyway.
        let time = min(max(time, Self.first), Self.last)
        let iso = Array(time.formatted(.iso).utf8)
        let day = Int(time.microseconds / 86_400_000_000)
        func part(_ range: Range<Int>) -> String { String(decoding: iso[range], as: UTF8.self) }
        let month = Int(part(5..<7)).map { months[$0 - 1] } ?? ""
        return "\(days[day % 7]), \(part(8..<10)) \(month) \(part(0..<4)) \(part(11..<19)) GMT"
    }

    /// The time that a header says, in the one form that is written today; nil for any other.
    package static func time(_ text: String) -> Timestamp? {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[5] == "GMT", parts[1].utf8.count == 2, parts[3].utf8.count == 4,
            let month = months.firstIndex(where: { $0 == parts[2] })
        else { return nil }
        let number = (month < 9 ? "0" : "") + String(month + 1)
        return Timestamp("\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z")
    }
}
