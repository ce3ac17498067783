import Installation
import OrderedCollections
import Primitives

/// The addresses that the devices of a virtual machine stand for, and that of its BMC.
///
/// QEMU cannot put a device at any address that a design names. `boatyard-rehearse --vm` therefore hands the machine a table by
/// its firmware configuration: cards by MAC address and disks by serial, each with the address of the design, and the address of
/// the BMC, which is outside of QEMU. On metal there is no such table, and devices are where they are.
struct VirtualDevices: Sendable {
    private struct Card {
        var name: String?
        var address: String?
    }

    private struct Disk {
        var bus: String
        var address: String
    }

    private var cards: [MACAddress: Card] = [:]
    private var disks: [String: Disk] = [:]
    private(set) var bmc: IPv4Address?

    /// Of the kernel's module `qemu_fw_cfg`.
    static let file = "/sys/firmware/qemu_fw_cfg/by_name/opt/boatyard/devices/raw"

    /// Empty where there is no table, or one that cannot be read.
    init(in system: SystemFiles) {
        guard let bytes = system.bytes(Self.file), let table = try? Value(json: bytes) else { return }
        bmc = table["bmc"]?.stringValue.flatMap { IPv4Address($0) }
        for card in table["interfaces"]?.arrayValue ?? [] {
            guard let text = card["mac"]?.stringValue, let mac = MACAddress(text) else { continue }
            cards[mac] = Card(name: card["name"]?.stringValue, address: card["address"]?.stringValue)
        }
        for disk in table["disks"]?.arrayValue ?? [] {
            guard let serial = disk["serial"]?.stringValue, let address = disk["address"]?.stringValue else { continue }
            disks[serial] = Disk(bus: disk["bus"]?.stringValue ?? "", address: address)
        }
    }

    func apply(to card: inout NetworkCard) {
        if let address = cards[card.mac]?.address { card.pciAddress = address }
    }

    /// What the design calls the card, for designs that give it no address.
    func name(of card: NetworkCard) -> String { cards[card.mac]?.name ?? card.name }

    func apply(to disk: inout MachineFacts.Disk) {
        guard let known = disk.serial.flatMap({ disks[$0] }) else { return }
        disk.addresses = [known.bus.isEmpty ? known.address : "\(known.bus)@\(known.address)"]
        switch known.bus.lowercased() {
        case "serial": disk.serial = known.address
        case "wwn": disk.wwns.append(known.address)
        case "by-id", "by-path": disk.links.append(known.address)
        default: break
        }
    }
}
