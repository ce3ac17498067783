import Primitives
import PythonRegex

/// Names and addresses for devices of which a design says only what they are like.
struct SampleAddresses {
    private static let expressionMark = "regexp:"
    /// Found for an expression and what was taken: the machines of a site have the same ones.
    private var found: [[String]: String] = [:]

    /// `address` itself, or for a regular expression the first PCI address that it matches and that is not taken; the
    /// expression where it matches none.
    mutating func matching(_ address: String, besides taken: Set<String>) -> String {
        let key = [address] + taken.sorted()
        if let known = found[key] { return known }
        let new = Self.search(address, besides: taken)
        found[key] = new
        return new
    }

    private static func search(_ address: String, besides taken: Set<String>) -> String {
        guard address.hasPrefix(expressionMark),
            let expression = try? PythonRegex(String(address.dropFirst(expressionMark.count)))
        else { return address }
        for bus in 0..<256 {
            for device in 0..<32 {
                for function in 0..<8 {
                    let parts = [hex(bus), hex(device)]
                    let candidate = "0000:\(parts[0]):\(parts[1]).\(function)"
                    if !taken.contains(candidate), (try? expression.match(atStartOf: candidate)) != nil {
                        return candidate
                    }
                }
            }
        }
        return address
    }

    private static func hex(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return digits.count < 2 ? "0" + digits : digits
    }

    /// As the kernel counts SCSI disks: `sda` to `sdz`, `sdaa`.
    static func diskName(_ index: Int) -> String {
        var name = ""
        var rest = index
        repeat {
            name = String(UnicodeScalar(UInt8(97 + rest % 26))) + name
            rest = rest / 26 - 1
        } while rest >= 0
        return "sd" + name
    }
}
