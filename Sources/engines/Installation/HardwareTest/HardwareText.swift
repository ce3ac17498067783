import Primitives

/// Readers of what tools say of memory and clocks.
package enum HardwareText {
    /// In MiB: the sum of the modules in `dmidecode --type 17` (SMBIOS 3.6 §7.18).
    ///
    /// - Returns: nil where none is listed, or the size of one cannot be read.
    package static func installedMemory(dmidecode text: String) -> Int? {
        var sum = 0
        for line in text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1).map(\.trimmed)
            guard parts.count == 2, parts[0] == "Size" else { continue }
            let words = parts[1].split(separator: " ")
            // `No Module Installed`
            guard words.first != "No", words.first != "Not" else { continue }
            guard words.count == 2, let number = Int(words[0]), (1...(1 << 30)).contains(number),
                let unit = ["kB": 1, "MB": 1024, "GB": 1 << 20, "TB": 1 << 30][String(words[1])]
            else { return nil }
            let size = number.multipliedReportingOverflow(by: unit)
            guard !size.overflow, size.partialValue <= 1 << 50 else { return nil }
            sum = min(sum + size.partialValue / 1024, 1 << 50)
        }
        return sum > 0 ? sum : nil
    }

    /// A line of `/proc/meminfo`, in MiB: `MemAvailable`.
    package static func memory(_ name: String, meminfo text: String) -> Int? {
        text.split(whereSeparator: \.isNewline).lazy
            .filter { $0.hasPrefix("\(name):") }
            .compactMap { line in line.split(separator: " ").dropFirst().first.flatMap { Int($0) } }
            .map { $0 / 1024 }.first
    }

    /// The time of `ipmitool sel time get`: `11/30/2026 04:12:07`, with a year of two digits in newer versions, and with a zone
    /// behind it in some.
    package static func bmcTime(_ text: String) -> Timestamp? {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count >= 2 else { return nil }
        let date = words[0].split(separator: "/").compactMap { Int($0) }
        guard date.count == 3, (1...12).contains(date[0]), (1...31).contains(date[1]) else { return nil }
        // What was never set is at the begin of 1970.
        let year = date[2] >= 100 ? date[2] : date[2] >= 70 ? 1900 + date[2] : 2000 + date[2]
        let two = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
        return Timestamp("\(year)-\(two(date[0]))-\(two(date[1]))T\(words[1])Z")
    }
}
