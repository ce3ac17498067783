import OrderedCollections
import Primitives
import PythonRegex
import SiteDesign

/// Whether the device aliases of a hardware profile are what a machine has, by the rules by which its installer looks for them
/// (`docs/reference/node-protocol.md` §5).
struct DeviceFit {
    /// What the host profile names, and so the installer looks for.
    struct Needs {
        /// Interfaces: aliases, or names of the kernel.
        var cards: OrderedSet<String>
        /// Disks: aliases, or names of the kernel.
        var disks: OrderedSet<String>

        init(_ node: BaremetalNode) {
            cards = OrderedSet(node.interfaces.flatMap(\.slaves))
            disks = OrderedSet(node.storageDevices.map(\.name))
        }
    }

    /// The machine's interface for each name that was found.
    private(set) var cards: [String: DiscoveredMachine.Card] = [:]
    /// The machine's disk for each name that was found.
    private(set) var disks: [String: DiscoveredMachine.Disk] = [:]
    /// What is not as the profile has it, each in a sentence without a full stop.
    private(set) var misses: [String] = []
    /// Names of disks of which the inventory does not tell enough.
    private(set) var uncertain: [String] = []

    /// Whether nothing contradicts the profile.
    var isGood: Bool { misses.isEmpty }

    init(_ profile: HardwareProfile, _ needs: Needs, _ machine: DiscoveredMachine) {
        let mode = profile.bootMode ?? .bios
        if let firmware = machine.firmware, firmware != mode {
            misses.append("boot_mode is \(mode.rawValue), and the machine boots by \(firmware.rawValue)")
        }
        for name in needs.cards {
            guard let card = Self.card(name, profile, machine) else {
                misses.append("there is no interface \(Self.sought(name, profile))")
                continue
            }
            guard !cards.values.contains(card) else {
                misses.append("\(name) is the same interface as another alias")
                continue
            }
            cards[name] = card
        }
        for name in needs.disks {
            switch Self.disk(name, profile, machine) {
            case .found(let disk):
                if disks.values.contains(disk) {
                    misses.append("\(name) is the same disk as another alias")
                } else {
                    disks[name] = disk
                }
            case .uncertain: uncertain.append(name)
            case .missing: misses.append("there is no disk \(Self.sought(name, profile))")
            }
        }
    }

    private static func sought(_ name: String, _ profile: HardwareProfile) -> String {
        guard let device = profile.device(name) else { return "\(name), which is no alias" }
        guard let address = device.address else { return name }
        return "\(name) at \(device.busType.map { "\($0) " } ?? "")\(address)"
    }

    private static let expressionMark = "regexp:"

    private static func card(
        _ name: String, _ profile: HardwareProfile, _ machine: DiscoveredMachine
    ) -> DiscoveredMachine.Card? {
        guard let address = profile.device(name)?.address else {
            return machine.cards.first { $0.name == name || $0.mac != nil && $0.mac == MACAddress(name) }
        }
        if address.hasPrefix(expressionMark) {
            guard let expression = try? PythonRegex(String(address.dropFirst(expressionMark.count))) else { return nil }
            return machine.cards.first { card in
                card.address.map { (try? expression.match(atStartOf: $0)) != nil } ?? false
            }
        }
        let wanted = BusAddress.canonical(address, bus: "pci")
        return machine.cards.first { card in
            card.address.map { BusAddress.canonical($0, bus: "pci") == wanted } ?? false
                || card.mac != nil && card.mac == MACAddress(address)
        }
    }

    private enum DiskMatch {
        case found(DiscoveredMachine.Disk)
        /// The inventory does not tell what the alias goes by.
        case uncertain
        case missing
    }

    private static func disk(_ name: String, _ profile: HardwareProfile, _ machine: DiscoveredMachine) -> DiskMatch {
        guard !machine.disks.isEmpty else { return .missing }
        guard let device = profile.device(name), let address = device.address else {
            if let disk = machine.disks.first(where: { $0.name == name || $0.serial == name }) { return .found(disk) }
            return profile.device(name) == nil ? .missing : .uncertain
        }
        let bus = device.busType?.lowercased()
        switch bus {
        case "serial":
            return machine.disks.first { $0.serial == address }.map { .found($0) } ?? .missing
        case "wwn", "by-id", "by-path": return .uncertain
        default: break
        }
        let wanted = BusAddress.canonical(address, bus: bus)
        let places = machine.disks.map { disk in disk.address.map { BusAddress.canonical($0, bus: disk.bus) } }
        for (disk, place) in zip(machine.disks, places) where place == wanted { return .found(disk) }
        if let disk = machine.disks.first(where: { $0.serial == address }) { return .found(disk) }
        // Of a disk the address on its own bus is told, not that of its controller.
        return wanted.hasPrefix("pci@") || places.contains(nil) ? .uncertain : .missing
    }
}

extension DiscoveredMachine.Disk {
    /// The bus of `address`, as hardware profiles write it; nil where it cannot be told.
    var bus: String? {
        guard let address else { return nil }
        if BusAddress.canonical(address, bus: nil).hasPrefix("scsi@") { return "scsi" }
        if BusAddress.canonical(address, bus: nil).hasPrefix("pci@") { return "pci" }
        if name.hasPrefix("nvme") { return "nvme" }
        return name.hasPrefix("vd") ? "virtio" : nil
    }
}
