/// An address of a bus in one form, however it is written.
///
/// Hardware profiles write SCSI as `lshw` does, `0:2.0.0` for host 0, channel 2, id 0, LUN 0; the kernel writes
/// `0:2:0:0`. PCI is written with and without its domain, `0000:01:00.0` and `01:00.0`. Anything else is compared in
/// lower case.
package enum BusAddress {
    /// - Parameter text: `scsi@0:2.0.0`, `0:2:0:0`, `pci@0000:01:00.0`, `virtio@2`.
    package static func canonical(_ text: String) -> String {
        let lower = text.lowercased()
        guard let at = lower.firstIndex(of: "@") else { return place(lower[...], bus: nil) }
        return place(lower[lower.index(after: at)...], bus: String(lower[..<at]))
    }

    /// `address` on `bus`, which may be nil or empty.
    package static func canonical(_ address: String, bus: String?) -> String {
        guard let bus, !bus.isEmpty, !address.contains("@") else { return canonical(address) }
        return canonical("\(bus)@\(address)")
    }

    private static func place(_ text: Substring, bus: String?) -> String {
        let numbers = text.split(omittingEmptySubsequences: false) { $0 == ":" || $0 == "." }
        if bus == nil || bus == "scsi", numbers.count == 4, numbers[0].utf8.count < 4,
            numbers.allSatisfy({ isNumber($0) })
        {
            return "scsi@" + numbers.map { trimmed($0) }.joined(separator: ":")
        }
        if bus == nil || bus == "pci", let address = pci(text) { return "pci@" + address }
        return bus.map { "\($0)@\(text)" } ?? String(text)
    }

    private static func isNumber(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.count <= 20 && text.utf8.allSatisfy { (48...57).contains($0) }
    }

    private static func trimmed(_ digits: Substring) -> String {
        let rest = digits.drop { $0 == "0" }
        return rest.isEmpty ? "0" : String(rest)
    }

    /// `dddd:bb:dd.f`; nil for what is no PCI address.
    private static func pci(_ text: Substring) -> String? {
        let colons = text.split(separator: ":", omittingEmptySubsequences: false)
        guard colons.count == 2 || colons.count == 3, let end = colons.last else { return nil }
        let device = end.split(separator: ".", omittingEmptySubsequences: false)
        guard device.count == 2 else { return nil }
        let domain = colons.count == 3 ? colons[0] : "0000"
        let bus = colons[colons.count - 2]
        guard isHex(domain, 4...8), isHex(bus, 2...2), isHex(device[0], 2...2), isHex(device[1], 1...1) else {
            return nil
        }
        return "\(domain):\(bus):\(device[0]).\(device[1])"
    }

    private static func isHex(_ text: Substring, _ lengths: ClosedRange<Int>) -> Bool {
        lengths.contains(text.utf8.count)
            && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}
