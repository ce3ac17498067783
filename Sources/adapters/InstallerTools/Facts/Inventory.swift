import Installation
import OrderedCollections
import Primitives

/// What the installer tells of its machine (`docs/reference/node-protocol.md` §2.4).
package struct Inventory: Sendable {
    /// The address that was booted from.
    package var mac: MACAddress
    /// Serial, UUID, processors, memory, firmware.
    package var identity: MachineIdentity
    /// Of its own BMC; nil where it has none, or that does not tell.
    package var bmcAddress: IPv4Address?
    /// By name, without those that have no medium.
    package var disks: [InventoryDisk]
    /// By name.
    package var cards: [NetworkCard]
    /// What programs write, by their names.
    package var details: [(generator: String, format: String, data: String)]

    /// Looks at this machine. A program that is missing or fails is left out with a line in the log.
    package static func take(
        mac: MACAddress, system: SystemFiles = SystemFiles(), log: InstallerLog
    ) async throws -> Inventory {
        var details: [(generator: String, format: String, data: String)] = []
        let programs = [
            ("lshw", "text/xml", Command(["lshw", "-xml", "-quiet"], deadline: 120, outputLimit: 1536 << 10)),
            ("lldp", "application/json", Command(["lldpctl", "-f", "json"], deadline: 10, outputLimit: 128 << 10)),
        ]
        for (generator, format, command) in programs {
            do {
                let outcome = try await ChildProcess.run(command)
                guard !outcome.isTruncated else {
                    log.write("'\(command.text)' writes more than is sent; it is left out")
                    continue
                }
                details.append((generator, format, outcome.text))
            } catch let failure as CommandFailure {
                log.write("\(generator) is left out of the inventory: \(failure)")
            }
        }
        return Inventory(
            mac: mac, identity: MachineIdentity(in: system), bmcAddress: try await BMCAddress.read(in: system),
            disks: try InventoryDisk.all(in: system), cards: try await NetworkCard.all(in: system), details: details)
    }

    /// The body of the report.
    package var json: Value {
        var members: Value.Object = ["mac": .string(mac.description)]
        members["bmc_address"] = bmcAddress.map { .string($0.description) }
        members["serial"] = identity.serial.map(Value.string)
        members["uuid"] = identity.uuid.map(Value.string)
        members["vendor"] = identity.vendor.map(Value.string)
        members["product"] = identity.product.map(Value.string)
        members["cpu_count"] = identity.cpuCount.map { .int(min($0, 65_536)) }
        members["memory_mib"] = identity.memory.map { .int(min($0, 1 << 30)) }
        members["firmware"] = .string(identity.isUEFI ? "uefi" : "bios")
        members["interfaces"] = .array(cards.prefix(256).map(\.json))
        members["disks"] = .array(disks.prefix(4096).map(\.json))
        members["details"] = .array(
            details.map {
                ["generator": .string($0.generator), "format": .string($0.format), "data": .string($0.data)]
            })
        return .object(members)
    }
}

extension NetworkCard {
    var json: Value {
        [
            "name": .string(name), "mac": .string(mac.description), "address": Value(pciAddress),
            "link": .bool(hasLink), "speed": speed.map(Value.int) ?? .null,
        ]
    }
}

/// A disk of the inventory.
package struct InventoryDisk: Sendable, Hashable {
    /// What the planner knows of it.
    package var facts: MachineFacts.Disk
    /// As its maker wrote it.
    package var model: String?
    /// What has it or one of its partitions open: `md127`, `dm-0`.
    package var holders: [String]

    /// The disks of this machine, by name; without those that have no medium.
    ///
    /// - Throws: `BoatyardError` `file.read` where the kernel does not list them.
    static func all(in system: SystemFiles) throws(BoatyardError) -> [InventoryDisk] {
        let reader = FactsReader(system: system)
        return try reader.diskNames().compactMap { name in
            guard let facts = reader.kernelFacts(ofDisk: name), facts.size > 0 else { return nil }
            let folder = "/sys/block/\(name)"
            let parts = system.names(in: folder).filter { $0.hasPrefix(name) }
            let holders = [folder] + parts.map { "\(folder)/\($0)" }
            return InventoryDisk(
                facts: facts, model: reader.model(ofDisk: name),
                holders: holders.flatMap { system.names(in: "\($0)/holders") })
        }
    }

    var json: Value {
        [
            "name": .string(facts.name), "size": .int(facts.size), "sector_size": .int(facts.logicalSectorSize),
            "address": Value(address), "model": Value(model), "serial": Value(facts.serial),
            "wwn": Value(facts.wwns.last), "read_only": .bool(facts.isReadOnly),
            "removable": .bool(facts.isRemovable), "holders": Value(holders),
        ]
    }

    /// As hardware profiles write it: `0:2.0.0` on SCSI, else the address without its bus.
    private var address: String? {
        guard let first = facts.addresses.first, let at = first.firstIndex(of: "@") else { return nil }
        let place = first[first.index(after: at)...]
        let numbers = place.split(separator: ":")
        guard first.hasPrefix("scsi@"), numbers.count == 4 else { return String(place) }
        return "\(numbers[0]):\(numbers[1]).\(numbers[2]).\(numbers[3])"
    }
}
