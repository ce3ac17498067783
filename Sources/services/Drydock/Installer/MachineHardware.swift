import OrderedCollections
import Primitives

/// What a machine consists of, as its newest inventory told it: the `hardware` of `GET nodes`.
///
/// Everything in it comes from the network. Texts are cut at 128 characters, lists at 128 disks and 64 interfaces; what has the
/// wrong type is left out.
package struct MachineHardware: Sendable, Hashable {
    /// A disk with a medium.
    package struct Disk: Sendable, Hashable {
        /// The kernel's name of it: `sda`.
        package var name: String
        /// In bytes.
        package var size: Int?
        /// The place on its bus, as hardware profiles write it: `0:2.0.0`.
        package var address: String?
        package var model: String?
        package var serial: String?
    }

    /// A network interface with hardware under it.
    package struct Interface: Sendable, Hashable {
        /// The kernel's name of it: `eno1`.
        package var name: String
        package var mac: MACAddress?
        /// The PCI address.
        package var address: String?
        /// Whether a carrier was seen; nil where nothing is told.
        package var hasLink: Bool?
    }

    /// Who made the machine.
    package var vendor: String?
    /// What its maker calls it.
    package var product: String?
    /// As the machine tells it; nil for one that identifies nothing, such as `Default string`.
    package var serial: String?
    /// As `serial`.
    package var uuid: String?
    package var cpuCount: Int?
    /// In MiB.
    package var memory: Int?
    /// `bios` or `uefi`: what it was booted by.
    package var firmware: String?
    /// As it says itself, which anybody on its network can.
    package var bmcAddress: IPv4Address?
    package var disks: [Disk]
    package var interfaces: [Interface]

    private static let textLimit = 128
    private static let diskLimit = 128
    private static let interfaceLimit = 64

    /// - Parameter inventory: the body of an inventory (`docs/reference/node-protocol.md` §2.4), or `value`.
    package init(inventory: Value) {
        vendor = Self.text(inventory, "vendor")
        product = Self.text(inventory, "product")
        serial = inventory["serial"]?.stringValue.flatMap(HardwareIdentifier.serial)
        uuid = inventory["uuid"]?.stringValue.flatMap(HardwareIdentifier.uuid)
        cpuCount = Self.number(inventory, "cpu_count", upTo: 1 << 16)
        memory = Self.number(inventory, "memory_mib", upTo: 1 << 30)
        firmware = inventory["firmware"]?.stringValue.flatMap { ["bios", "uefi"].contains($0) ? $0 : nil }
        bmcAddress = inventory["bmc_address"]?.stringValue.flatMap { IPv4Address($0) }
        disks = (inventory["disks"]?.arrayValue ?? []).prefix(Self.diskLimit).compactMap { disk in
            Self.text(disk, "name").map { name in
                Disk(
                    name: name, size: Self.number(disk, "size", upTo: 1 << 60), address: Self.text(disk, "address"),
                    model: Self.text(disk, "model"), serial: Self.text(disk, "serial"))
            }
        }
        interfaces = (inventory["interfaces"]?.arrayValue ?? []).prefix(Self.interfaceLimit).compactMap { card in
            Self.text(card, "name").map { name in
                Interface(
                    name: name, mac: card["mac"]?.stringValue.flatMap { MACAddress($0) },
                    address: Self.text(card, "address"), hasLink: card["link"]?.boolValue)
            }
        }
    }

    /// `vendor`, `product`, `serial`, `uuid`, `cpu_count`, `memory_mib`, `firmware`, `bmc_address`, `disks`, `interfaces`; null
    /// where the machine has not said.
    package var value: Value {
        [
            "vendor": Value(vendor), "product": Value(product), "serial": Value(serial), "uuid": Value(uuid),
            "cpu_count": cpuCount.map(Value.int) ?? .null, "memory_mib": memory.map(Value.int) ?? .null,
            "firmware": Value(firmware), "bmc_address": Value(bmcAddress?.description),
            "disks": .array(
                disks.map { disk in
                    [
                        "name": .string(disk.name), "size": disk.size.map(Value.int) ?? .null,
                        "address": Value(disk.address), "model": Value(disk.model), "serial": Value(disk.serial),
                    ]
                }),
            "interfaces": .array(
                interfaces.map { card in
                    [
                        "name": .string(card.name), "mac": Value(card.mac?.description),
                        "address": Value(card.address), "link": card.hasLink.map(Value.bool) ?? .null,
                    ]
                }),
        ]
    }

    private static func text(_ object: Value, _ key: String) -> String? {
        guard let text = object[key]?.stringValue?.trimmed, !text.isEmpty else { return nil }
        let cut = String(String.UnicodeScalarView(text.unicodeScalars.prefix(textLimit))).trimmed
        return cut.isEmpty ? nil : cut
    }

    private static func number(_ object: Value, _ key: String, upTo limit: Int) -> Int? {
        object[key]?.intValue.flatMap { (1...limit).contains($0) ? $0 : nil }
    }
}
