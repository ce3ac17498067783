import Primitives

/// Parameters of our own: how much, and for how long.
extension QueryItems {
    /// `limit`, from 1 to 10000; nil where it is not given.
    package func limit() throws -> Int? {
        guard let text = self["limit"] else { return nil }
        guard let limit = Int(text), (1...10_000).contains(limit) else {
            throw RequestError.invalidParameter(
                "The \"limit\" parameter is invalid. The value must be an integer from 1 to 10000.")
        }
        return limit
    }

    /// `wait` in seconds, `60s`, `60` or `2m`; nil where it is not given. More than five minutes counts as five.
    package func wait() throws -> Double? {
        guard let text = self["wait"] else { return nil }
        let isMinutes = text.hasSuffix("m")
        let digits = isMinutes || text.hasSuffix("s") ? text.dropLast() : text[...]
        guard !digits.isEmpty, digits.count < 10, digits.allSatisfy({ $0.isASCII && $0.isNumber }),
            let number = Double(digits)
        else {
            throw RequestError.invalidParameter(
                "The \"wait\" parameter is invalid. The value must be a duration such as 60s or 2m.")
        }
        return min(isMinutes ? number * 60 : number, 300)
    }

    /// A moment: a date, a time of ISO 8601, or how long before `now`: `90s`, `30m`, `2h`, `7d`. Nil where it is not given.
    package func moment(_ name: String, now: Timestamp) throws -> Timestamp? {
        guard let text = self[name] else { return nil }
        if let moment = Timestamp(text) { return moment }
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
        guard let unit = text.last.flatMap({ units[$0] }), text.count < 10, let number = Int(text.dropLast()),
            number >= 0
        else {
            throw RequestError.invalidParameter(
                "The \"\(name)\" parameter is invalid. The value must be a time such as 2026-11-21T20:45:48Z, or how long "
                    + "ago, such as 30m, 2h or 7d.")
        }
        return now.adding(seconds: -Double(number) * unit)
    }
}
