import Primitives

/// An Ethernet card as the kernel describes it.
package struct NetworkCard: Sendable, Hashable {
    /// `enp1s0`
    package var name: String
    /// The one that the maker gave it, whatever it has now.
    package var mac: MACAddress
    /// `0000:01:00.0`; nil for one that hangs on no PCI device.
    package var pciAddress: String?
    /// Whether a carrier was seen.
    package var hasLink: Bool
    /// In Mbit/s; nil where there is no link, or a virtual one.
    package var speed: Int?
}

extension NetworkCard {
    private static let ethernet = 1

    /// The cards of this machine, by name: what has hardware under it and is Ethernet.
    package static func all(in system: SystemFiles = SystemFiles()) async throws -> [NetworkCard] {
        let virtual = VirtualDevices(in: system)
        var cards: [NetworkCard] = []
        for name in try system.list("/sys/class/net") {
            let folder = "/sys/class/net/\(name)"
            guard system.exists("\(folder)/device"), system.number("\(folder)/type") == ethernet,
                let text = system.text("\(folder)/address"), let present = MACAddress(text), present != .zero
            else { continue }
            let isOwn = system.number("\(folder)/addr_assign_type") == 0
            let mac = isOwn ? present : try await permanentAddress(of: name) ?? present
            let path = system.resolved("\(folder)/device")?.split(separator: "/").map(String.init) ?? []
            var card = NetworkCard(
                name: name, mac: mac, pciAddress: path.last(where: PCIAddress.isOne),
                hasLink: system.flag("\(folder)/carrier"),
                speed: system.number("\(folder)/speed").flatMap { $0 > 0 ? $0 : nil })
            virtual.apply(to: &card)
            cards.append(card)
        }
        return cards
    }

    private static func permanentAddress(of name: String) async throws -> MACAddress? {
        do {
            return permanentAddress(in: try await ChildProcess.run(Command("ethtool", "-P", name, deadline: 10)).text)
        } catch is CommandFailure {
            return nil
        }
    }

    /// `Permanent address: 52:54:00:12:34:56`; all zeros, or none, where the driver does not know it.
    static func permanentAddress(in text: String) -> MACAddress? {
        text.split(whereSeparator: \.isNewline).lazy
            .filter { $0.hasPrefix("Permanent address:") }
            .compactMap { MACAddress($0.dropFirst("Permanent address:".count).trimmed) }
            .first { $0 != .zero }
    }
}
