import OrderedCollections
import Primitives
import SiteDesign

/// A machine that has sent an inventory, as `hardware` of `GET nodes` describes it (`docs/reference/drydock.md` §3.33).
package struct DiscoveredMachine: Sendable, Hashable {
    /// A disk with a medium.
    package struct Disk: Sendable, Hashable {
        /// The kernel's name of it: `sda`.
        package var name: String
        /// In bytes; 0 where it is not known.
        package var size: Int
        /// The place on its bus without the bus: `0:2.0.0` of SCSI, `0:1` of NVMe, `0000:01:00.0` of PCI.
        package var address: String?
        package var model: String?
        package var serial: String?
    }

    /// A network interface.
    package struct Card: Sendable, Hashable {
        /// The kernel's name of it: `eno1`.
        package var name: String
        package var mac: MACAddress?
        /// The PCI address.
        package var address: String?
        package var hasLink: Bool
    }

    /// The address that it boots from.
    package var mac: MACAddress
    package var vendor: String?
    package var product: String?
    package var serial: String?
    package var uuid: String?
    /// 0 where it is not known, as is `memory`.
    package var cpuCount: Int
    /// In MiB.
    package var memory: Int
    /// What it was booted by; nil where that is not known.
    package var firmware: BootMode?
    package var bmcAddress: IPAddress?
    package var disks: [Disk]
    package var cards: [Card]

    /// - Parameters:
    ///   - mac: the address that it boots from.
    ///   - hardware: the object `hardware`; what it lacks or has in another type is not known.
    package init(mac: MACAddress, hardware: Value) {
        self.mac = mac
        vendor = hardware["vendor"]?.stringValue
        product = hardware["product"]?.stringValue
        serial = hardware["serial"]?.stringValue
        uuid = hardware["uuid"]?.stringValue
        cpuCount = hardware["cpu_count"]?.intValue ?? 0
        memory = hardware["memory_mib"]?.intValue ?? 0
        firmware = hardware["firmware"]?.stringValue.flatMap { BootMode(rawValue: $0) }
        bmcAddress = hardware["bmc_address"]?.stringValue.flatMap { IPAddress($0) }
        disks = (hardware["disks"]?.arrayValue ?? []).compactMap { disk in
            Self.name(disk["name"]).map { name in
                Disk(
                    name: name, size: max(0, disk["size"]?.intValue ?? 0), address: Self.address(disk["address"]),
                    model: disk["model"]?.stringValue, serial: disk["serial"]?.stringValue)
            }
        }
        cards = (hardware["interfaces"]?.arrayValue ?? []).compactMap { card in
            Self.name(card["name"]).map { name in
                Card(
                    name: name, mac: card["mac"]?.stringValue.flatMap { MACAddress($0) },
                    address: Self.address(card["address"]), hasLink: card["link"]?.boolValue ?? false)
            }
        }
    }

    /// A name as kernels give it; nil for anything else, which would stand in documents.
    private static func name(_ value: Value?) -> String? {
        value?.stringValue.flatMap { name in
            let isName = (1...32).contains(name.utf8.count) && !name.hasPrefix("-") && !name.hasPrefix(".")
            return isName && name.utf8.allSatisfy(AddressCharacters.isUnreserved) ? name : nil
        }
    }

    /// A place on a bus, of hexadecimal digits, colons and dots; nil for anything else, such as a pattern.
    private static func address(_ value: Value?) -> String? {
        value?.stringValue.flatMap { text in
            let isAddress = (1...64).contains(text.utf8.count)
            return isAddress && text.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." } ? text : nil
        }
    }

    /// Maker and name: `Dell Inc. PowerEdge R640`; empty where neither is known.
    package var model: String { [vendor, product].compactMap(\.self).joined(separator: " ") }

    /// `2 disks, 960.2 GB`, `1 disk`; empty where there is none.
    package var diskSummary: String {
        guard !disks.isEmpty else { return "" }
        var total = 0
        for disk in disks { total = total.addingReportingOverflow(disk.size).partialValue }
        let count = disks.count == 1 ? "1 disk" : "\(disks.count) disks"
        return total > 0 ? "\(count), \(ByteCount.text(total))" : count
    }
}
