/// A MAC address of digits alone is a number to base 60 for YAML 1.1 where it is not quoted: `52:54:00:20:01:13` is
/// 41135112073.
package enum UnquotedMACAddress {
    /// The address that stood where there is `number` now; nil for a number that none makes.
    package static func address(readAs number: Int) -> String? {
        var rest = number
        var parts: [String] = []
        while parts.count < 5 {
            parts.append(twoDigits(rest % 60))
            rest /= 60
        }
        guard number > 0, (1...99).contains(rest) else { return nil }
        return ([twoDigits(rest)] + parts.reversed()).joined(separator: ":")
    }

    /// An explanation for a validator's message such as `41135112073 is not of type 'string'`; nil for any other
    /// message.
    package static func hint(for message: String) -> String? {
        guard let end = message.firstRange(of: " is not of type 'string'")?.lowerBound,
            let number = message[..<end].split(separator: " ").last.flatMap({ Int($0) }),
            let address = address(readAs: number)
        else { return nil }
        return "\(number) is what YAML makes of \(address) without quotes: quote the MAC address, '\(address)'."
    }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
