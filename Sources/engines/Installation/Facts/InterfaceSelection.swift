import Primitives
import PythonRegex

/// Finds the network interfaces of a plan on a machine.
struct InterfaceSelection {
    let node: String
    let facts: MachineFacts

    /// The machine's interface for each of the plan's cards, by the plan's name.
    ///
    /// - Throws: `InstallationError` where one is missing, ambiguous, or two are the same.
    func interfaces(of plan: NetworkPlan) throws(InstallationError) -> [String: MachineFacts.Interface] {
        var chosen: [String: MachineFacts.Interface] = [:]
        var takenBy: [String: (name: String, isSame: Bool)] = [:]
        for card in plan.interfaces {
            let interface = try interface(for: card.selector, name: card.name)
            let isSame = isSame(interface, for: card.selector)
            if let other = takenBy.updateValue((card.name, isSame), forKey: interface.name), other.name != card.name {
                throw InstallationError(
                    .interfaceAmbiguous,
                    "\(node): \(other.name) and \(card.name) of the design are the same interface, \(describe(interface))."
                        + " Correct the addresses of their aliases in the HardwareProfile.",
                    isPermanent: isSame && other.isSame)
            }
            guard chosen.updateValue(interface, forKey: card.name) == nil else {
                throw InstallationError(
                    .network,
                    "\(node): the interface \(card.name) is configured twice. Put its networks on one link.")
            }
        }
        return chosen
    }

    /// - Parameter name: the kernel's name as the daemon knows it, else the name in the design.
    func interface(
        for selector: InstallationPlan.Selector, name: String
    ) throws(InstallationError) -> MachineFacts.Interface {
        var found: [MachineFacts.Interface]
        let sought: String
        if let address = selector.address {
            found = interfaces(at: address)
            sought = "\(selector.alias.shownInMessage) at \(address.shownInMessage)"
            // Ports of one card may have the same address: then the name counts that the kernel gave, if it is one of
            // them.
            if found.count > 1, let named = found.first(where: { $0.name == name }) { found = [named] }
        } else {
            sought = name
            let names = [selector.alias, name]
            found = facts.interfaces.filter { interface in
                names.contains(interface.name) || names.contains { MACAddress($0) == interface.mac }
            }
        }
        guard let first = found.first else {
            throw InstallationError(
                .interfaceMissing,
                "\(node) has no network interface \(sought). It has \(describe(facts.interfaces)). Correct the alias in"
                    + " the HardwareProfile.")
        }
        guard found.count == 1 else {
            throw InstallationError(
                .interfaceAmbiguous,
                "\(node) has \(found.count) interfaces that could be \(sought): \(describe(found)). Name one by its MAC"
                    + " address or by the name of the kernel instead.",
                isPermanent: found.allSatisfy { isSame($0, for: selector) })
        }
        return first
    }

    /// Whether a selector finds the same interface at the next boot of this machine: it names its MAC address or its place, and not
    /// a name that the kernel gives, or whichever comes first.
    private func isSame(_ interface: MachineFacts.Interface, for selector: InstallationPlan.Selector) -> Bool {
        guard let address = selector.address else { return MACAddress(selector.alias) == interface.mac }
        return !address.hasPrefix(Self.expressionMark)
    }

    private static let expressionMark = "regexp:"

    private func interfaces(at address: String) -> [MachineFacts.Interface] {
        guard address.hasPrefix(Self.expressionMark) else {
            let wanted = BusAddress.canonical(address, bus: "pci")
            return facts.interfaces.filter { interface in
                interface.pciAddress.map { BusAddress.canonical($0, bus: "pci") == wanted } ?? false
                    || MACAddress(address) == interface.mac
            }
        }
        // The first one counts (docs/reference/drydock.md 13.21).
        guard let expression = try? PythonRegex(String(address.dropFirst(Self.expressionMark.count))) else { return [] }
        let first = facts.interfaces.first { interface in
            interface.pciAddress.map { (try? expression.match(atStartOf: $0)) != nil } ?? false
        }
        return first.map { [$0] } ?? []
    }

    private func describe(_ interfaces: [MachineFacts.Interface]) -> String {
        if interfaces.isEmpty { return "none at all" }
        return interfaces.prefix(16).map { describe($0) }.joined(separator: "; ")
    }

    private func describe(_ interface: MachineFacts.Interface) -> String {
        let address = interface.pciAddress.map { ", \($0.shownInMessage)" } ?? ""
        return "\(interface.name.shownInMessage) (\(interface.mac)\(address))"
    }
}
