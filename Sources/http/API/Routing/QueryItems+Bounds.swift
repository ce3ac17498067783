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
}
