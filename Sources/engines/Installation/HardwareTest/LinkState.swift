import Primitives

/// The link of a network interface, as the kernel sees it.
package struct LinkState: Sendable, Hashable {
    /// Whether something is at the other end of the cable.
    package var hasCarrier: Bool
    /// In Mbit/s; nil where there is no link, or a virtual one.
    package var speed: Int?
    /// nil where the driver does not say.
    package var isFullDuplex: Bool?
    /// In Mbit/s: the fastest that the card can; nil where the driver does not say.
    package var fastest: Int?

    /// - Parameters: as the members.
    package init(hasCarrier: Bool, speed: Int? = nil, isFullDuplex: Bool? = nil, fastest: Int? = nil) {
        self.hasCarrier = hasCarrier
        self.speed = speed
        self.isFullDuplex = isFullDuplex
        self.fastest = fastest
    }

    /// Reads `ethtool NAME` (ethtool(8)).
    ///
    /// - Returns: nil where it does not say whether there is a link.
    package init?(ethtool text: String) {
        var state = LinkState(hasCarrier: false)
        var isKnown = false
        var isInSupported = false
        for line in text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1).map(\.trimmed)
            if parts.count == 2 {
                isInSupported = parts[0] == "Supported link modes"
                switch parts[0] {
                case "Speed": state.speed = Self.number(parts[1])
                case "Duplex": state.isFullDuplex = ["Full": true, "Half": false][parts[1]]
                case "Link detected":
                    isKnown = true
                    // `no (No cable)` of newer drivers.
                    state.hasCarrier = parts[1].hasPrefix("yes")
                default: break
                }
            }
            if isInSupported {
                // `10000baseT/Full 25000baseCR/Full`
                let modes = (parts.last ?? "").split(separator: " ").filter { $0.contains("base") }
                state.fastest = (modes.compactMap { Self.number(String($0)) } + [state.fastest ?? 0]).max()
            }
        }
        guard isKnown else { return nil }
        if state.fastest == 0 { state.fastest = nil }
        self = state
    }

    /// The number that a text begins with; nil for none, and for 0.
    private static func number(_ text: String) -> Int? {
        Int(text.prefix { ("0"..."9").contains($0) }).flatMap { $0 > 0 ? $0 : nil }
    }
}

/// Who speaks LLDP at the other end of a cable.
package struct Neighbour: Sendable, Hashable, CustomStringConvertible {
    /// Its name; nil where it tells none.
    package var system: String?
    /// What identifies it: mostly an Ethernet address.
    package var chassis: String?
    /// The name of its port.
    package var port: String?
    /// What somebody has called the port.
    package var portDescription: String?

    /// - Parameters: as the members.
    package init(system: String?, chassis: String? = nil, port: String?, portDescription: String? = nil) {
        self.system = system
        self.chassis = chassis
        self.port = port
        self.portDescription = portDescription
    }

    private static let limit = 32

    /// Reads `lldpctl -f json0` (lldpcli(8)), in which everything is a list.
    ///
    /// - Returns: by the kernel's name of the interface, at most 32 of each; nil for what is no such report.
    package static func all(lldpctl output: [UInt8]) -> [String: [Neighbour]]? {
        guard let report = try? Value(json: output), let parts = report["lldp"]?.arrayValue else { return nil }
        var found: [String: [Neighbour]] = [:]
        for entry in parts.flatMap({ $0["interface"]?.arrayValue ?? [] }) {
            guard let name = entry["name"]?.stringValue, found[name, default: []].count < limit else { continue }
            let chassis = entry["chassis"]?[0]
            let port = entry["port"]?[0]
            found[name, default: []].append(
                Neighbour(
                    system: text(chassis?["name"]), chassis: text(chassis?["id"]), port: text(port?["id"]),
                    portDescription: text(port?["descr"])))
        }
        return found
    }

    private static func text(_ list: Value?) -> String? {
        guard let text = list?[0]?["value"]?.stringValue?.trimmed, !text.isEmpty else { return nil }
        return String(text.prefix(255))
    }

    /// `switch-3 Ethernet7`
    package var description: String {
        let name = (system ?? chassis ?? "somebody without a name").shownInMessage
        return (port ?? portDescription).map { "\(name) \($0.shownInMessage)" } ?? name
    }

    /// In any case of letters; a switch by its name with or without its domain, or by its address; a port by its name or
    /// description.
    package func isMeant(by expected: ExpectedNeighbour) -> Bool {
        let wanted = expected.system.lowercased()
        let name = system?.lowercased()
        let isSystem =
            name == wanted || name.map { Self.host($0) == wanted || $0 == Self.host(wanted) } ?? false
            || chassis.map { Self.plain($0) == Self.plain(wanted) } ?? false
        guard isSystem, let port = expected.port?.lowercased() else { return isSystem }
        return self.port?.lowercased() == port || portDescription?.lowercased() == port
    }

    private static func host(_ name: String) -> String { String(name.prefix { $0 != "." }) }

    private static func plain(_ text: String) -> String {
        MACAddress(text).map(\.description) ?? text.lowercased()
    }
}
