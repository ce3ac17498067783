/// The definition of a guest, in the XML that libvirt prints: one element or one tag on a line.
struct DomainDefinition: Hashable {
    private(set) var lines: [Substring]

    /// - Parameter xml: what `virsh dumpxml` prints.
    init(_ xml: String) { lines = xml.split(separator: "\n", omittingEmptySubsequences: false) }

    var xml: String { lines.joined(separator: "\n") + "\n" }

    /// The boot devices in their order: `network`, `hd`. Nil where the definition has no section for them.
    var bootOrder: [String]? {
        guard let section else { return nil }
        return lines[section].compactMap { Self.device(of: $0) }
    }

    /// Boots from these devices in this order. Orders of single devices are removed, as libvirt takes one kind or the other.
    ///
    /// - Returns: nil where the definition has no section for it.
    func booting(from devices: [String]) -> DomainDefinition? {
        guard let section else { return nil }
        var result = self
        let indent = lines[section.lowerBound].prefix { $0 == " " }
        let order = devices.map { "\(indent)  <boot dev='\($0)'/>"[...] }
        let inside = lines[section].filter { Self.device(of: $0) == nil }
        let after = lines[section.upperBound...].filter { !$0.hasElement("boot", with: "order=") }
        result.lines = lines[..<section.lowerBound] + inside + order + after
        return result
    }

    /// The lines of `<os>`, without that of its end.
    private var section: Range<Int>? {
        guard let start = lines.firstIndex(where: { $0.hasElement("os", with: "") }),
            let end = lines[start...].firstIndex(where: { $0.trimmingSpaces == "</os>" })
        else { return nil }
        return start..<end
    }

    /// `network` of `<boot dev='network'/>`.
    private static func device(of line: Substring) -> String? {
        guard line.hasElement("boot", with: "dev=") else { return nil }
        let parts = line.split(whereSeparator: { $0 == "'" || $0 == "\"" })
        return parts.count > 1 ? String(parts[1]) : nil
    }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        let start = drop { $0 == " " || $0 == "\t" }
        guard let last = start.lastIndex(where: { $0 != " " && $0 != "\t" && $0 != "\r" }) else { return "" }
        return start[...last]
    }

    /// Whether the line begins with the tag of an element whose first attribute is that one.
    fileprivate func hasElement(_ name: String, with attribute: String) -> Bool {
        let text = trimmingSpaces
        if attribute.isEmpty { return text.hasPrefix("<\(name)>") || text.hasPrefix("<\(name) ") }
        return text.hasPrefix("<\(name) \(attribute)")
    }
}
