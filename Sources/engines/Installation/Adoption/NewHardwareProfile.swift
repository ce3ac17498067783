import OrderedCollections
import Primitives
import SiteDesign

/// A hardware profile for a machine that none of the design's fits.
///
/// It has the names that the host profile uses, given to what the machine has: what an alias finds stays; the interface that
/// booted is the one that boots; the rest goes by PCI address and by the kernel's names of disks. What is left keeps the
/// kernel's name as its alias.
struct NewHardwareProfile {
    /// A name of a device, and why it has it.
    struct Alias {
        var name: String
        var address: String
        var bus: String
        var type: String
        /// What it is and why, for a comment.
        var reason: String
    }

    private(set) var name: String
    private(set) var aliases: [Alias] = []
    /// What the host profile needs and the machine does not have, each a sentence.
    private(set) var lacks: [String] = []
    /// Of the profile that the host profile names: kernel parameters refer to them.
    let cpuSets: Labels
    let hugePages: [HugePages]
    /// Why an alias keeps its address.
    private let kept: String

    init(
        for machine: DiscoveredMachine, _ needs: DeviceFit.Needs, bootAlias: String?, current: HardwareProfile?,
        besides taken: Set<String>
    ) {
        name = Self.name(of: machine, besides: taken)
        cpuSets = current?.cpuSets ?? [:]
        hugePages = current?.hugePages ?? []
        kept = "as in \(current?.name ?? "the host profile")"
        let fit = DeviceFit(current ?? HardwareProfile(name: ""), needs, machine)
        nameCards(of: machine, needs, bootAlias: bootAlias, fit)
        nameDisks(of: machine, needs, fit)
    }

    private mutating func nameCards(
        of machine: DiscoveredMachine, _ needs: DeviceFit.Needs, bootAlias: String?, _ fit: DeviceFit
    ) {
        var chosen: OrderedDictionary<String, (card: DiscoveredMachine.Card, reason: String)> = [:]
        let boots = machine.cards.first { $0.mac == machine.mac }
        // What was found stays, but for the one that boots.
        for need in needs.cards {
            guard let card = fit.cards[need], need == bootAlias || card != boots else { continue }
            chosen[need] = (card, kept)
        }
        if let bootAlias, needs.cards.contains(bootAlias), let boots { chosen[bootAlias] = (boots, "booted") }
        var rest = machine.cards.filter { card in !chosen.values.contains { $0.card == card } }
            .sorted { Self.order($0) < Self.order($1) }[...]
        for need in needs.cards where chosen[need] == nil {
            guard let card = rest.popFirst() else {
                lacks.append("The host profile needs an interface \(need), and the machine has none left for it.")
                continue
            }
            chosen[need] = (card, "the next by PCI address")
        }
        for card in rest
        where !needs.cards.contains(card.name) && !needs.disks.contains(card.name) && chosen[card.name] == nil {
            chosen[card.name] = (card, "not used by the host profile")
        }
        let shared = Dictionary(grouping: machine.cards.compactMap(\.address), by: \.self).filter { $1.count > 1 }
        for (alias, choice) in Self.inOrder(chosen, needs.cards) {
            let card = choice.card
            let what = [card.name, card.mac?.description].compactMap(\.self).joined(separator: ", ")
            // Ports of one card may have one address: then the MAC address tells them apart.
            let place = card.address.flatMap { shared[$0] == nil ? $0 : nil }
            guard let address = place ?? card.mac?.description else {
                guard needs.cards.contains(alias) else { continue }
                lacks.append(
                    "Of \(what), which is to be \(alias), the inventory tells no address: name it in the host profile.")
                continue
            }
            aliases.append(
                Alias(
                    name: alias, address: address, bus: place == nil ? "mac" : "pci", type: "Ethernet",
                    reason: "\(what): \(choice.reason)"))
        }
    }

    /// First what is needed, in its order.
    private static func inOrder<Choice>(
        _ chosen: OrderedDictionary<String, Choice>, _ needs: OrderedSet<String>
    ) -> [(String, Choice)] {
        (Array(needs) + chosen.keys.filter { !needs.contains($0) }).compactMap { name in chosen[name].map { (name, $0) }
        }
    }

    private static func order(_ card: DiscoveredMachine.Card) -> String {
        // Those without an address last.
        card.address.map { BusAddress.canonical($0, bus: "pci") } ?? "~\(card.name)"
    }

    private mutating func nameDisks(of machine: DiscoveredMachine, _ needs: DeviceFit.Needs, _ fit: DeviceFit) {
        var chosen: OrderedDictionary<String, (disk: DiscoveredMachine.Disk, reason: String)> = [:]
        for need in needs.disks { if let disk = fit.disks[need] { chosen[need] = (disk, kept) } }
        var rest = machine.disks.filter { disk in !chosen.values.contains { $0.disk == disk } }[...]
        for need in needs.disks where chosen[need] == nil {
            guard let disk = rest.popFirst() else {
                lacks.append("The host profile needs a disk \(need), and the machine has none left for it.")
                continue
            }
            chosen[need] = (disk, "the next by name")
        }
        for disk in rest where chosen[disk.name] == nil && !aliases.contains(where: { $0.name == disk.name }) {
            chosen[disk.name] = (disk, "not used by the host profile")
        }
        for (alias, choice) in Self.inOrder(chosen, needs.disks) {
            let disk = choice.disk
            let size = disk.size > 0 ? ByteCount.text(disk.size) : nil
            let serial = disk.serial.map { "serial \($0)" }
            let what = [disk.name, size, disk.model, serial].compactMap(\.self).joined(separator: ", ")
            let place: (address: String, bus: String)
            if let address = disk.address, let bus = disk.bus {
                place = (address, bus)
            } else if let serial = disk.serial {
                place = (serial, "serial")
            } else {
                guard needs.disks.contains(alias) else { continue }
                lacks.append(
                    "Of \(what), which is to be \(alias), the inventory tells neither address nor serial: add what it is"
                        + " found by.")
                continue
            }
            aliases.append(
                Alias(
                    name: alias, address: place.address, bus: place.bus, type: disk.model ?? "disk",
                    reason: "\(what): \(choice.reason)"))
        }
    }

    /// After vendor and product, in lower case with hyphens: `dell-inc-poweredge-r640`.
    private static func name(of machine: DiscoveredMachine, besides taken: Set<String>) -> String {
        let words = machine.model.lowercased().split { character in
            !(character.isASCII && (character.isLetter || character.isNumber))
        }
        let text = words.joined(separator: "-").prefix(48)
        let base = text.isEmpty ? "machine" : text.hasSuffix("-") ? String(text.dropLast()) : String(text)
        guard taken.contains(base) else { return base }
        // There are no more profiles than names here.
        return (2...taken.count + 2).lazy.map { "\(base)-\($0)" }.first { !taken.contains($0) } ?? base
    }
}
