import OrderedCollections
import Primitives

/// Whether a plan's disks, partitions and volume groups can be made on this machine.
enum DiskLayout {
    static func verify(_ plan: Value, on machine: MachineDescription) throws(RehearsalError) {
        let disks = plan["disks"]?.arrayValue ?? []
        guard !disks.isEmpty else { throw RehearsalError("The plan lays out no disk.") }
        var mountpoints: Set<String> = []
        var providedGroups: Set<String> = []
        for disk in disks {
            let device = disk["device"]?.stringValue ?? ""
            let address = disk["selector"]?["address"]?.stringValue
            guard
                let real = machine.disks.first(where: {
                    $0.name == device || ($0.address != nil && $0.address == address)
                })
            else {
                throw RehearsalError("The plan lays out \(device) (\(address ?? "no address")), which is not here.")
            }
            if let group = disk["volume_group"]?.stringValue { providedGroups.insert(group) }
            try verify(disk["partitions"]?.arrayValue ?? [], total: real.size, where: device, &mountpoints)
            for partition in disk["partitions"]?.arrayValue ?? [] {
                if let group = partition["volume_group"]?.stringValue { providedGroups.insert(group) }
            }
        }
        for group in plan["volume_groups"]?.arrayValue ?? [] {
            let name = group["name"]?.stringValue ?? ""
            guard providedGroups.contains(name) else {
                throw RehearsalError("The volume group \(name) has no disk or partition to stand on.")
            }
            for volume in group["logical_volumes"]?.arrayValue ?? [] {
                try take(volume["filesystem"]?["mountpoint"]?.stringValue, where: name, &mountpoints)
            }
        }
        guard mountpoints.contains("/") else { throw RehearsalError("Nothing in the plan is mounted at /.") }
    }

    private static func verify(
        _ partitions: [Value], total: Int, where device: String, _ mountpoints: inout Set<String>
    ) throws(RehearsalError) {
        var used = 0
        for partition in partitions {
            let text = partition["size"]?.stringValue ?? ""
            guard let size = bytes(text, total: total) else {
                throw RehearsalError("A partition of \(device) has the size \"\(text)\".")
            }
            guard size <= total - used else {
                throw RehearsalError("\(device) is too small: \(total - used) of \(total) bytes are left for \(size).")
            }
            used += size
            try take(partition["filesystem"]?["mountpoint"]?.stringValue, where: device, &mountpoints)
        }
    }

    private static func take(
        _ mountpoint: String?, where place: String, _ mountpoints: inout Set<String>
    ) throws(RehearsalError) {
        guard let mountpoint else { return }
        guard mountpoint.hasPrefix("/") || mountpoint == "none" || mountpoint == "swap" else {
            throw RehearsalError("\(place) would be mounted at \(mountpoint).")
        }
        guard mountpoints.insert(mountpoint).inserted else {
            throw RehearsalError("\(mountpoint) is mounted twice.")
        }
    }

    /// Drydock's sizes (`docs/reference/drydock.md` §13): decimal and binary units, per cent, and a leading `>` for the
    /// rest.
    private static func bytes(_ text: String, total: Int) -> Int? {
        let digits = text.drop { $0 == ">" }.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits) else { return nil }
        let unit = text.drop { $0 == ">" }.dropFirst(digits.count)
        let factor: Int
        switch unit.lowercased() {
        case "m", "mb": factor = 1_000_000
        case "g", "gb": factor = 1_000_000_000
        case "t", "tb": factor = 1_000_000_000_000
        case "mi", "mib": factor = 1 << 20
        case "gi", "gib": factor = 1 << 30
        case "ti", "tib": factor = 1 << 40
        case "%": return total / 100 * min(number, 100)
        default: return nil
        }
        let (size, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : size
    }
}

/// Whether a plan's network can be configured on this machine.
enum NetworkLayout {
    static func verify(_ plan: Value, on machine: MachineDescription) throws(RehearsalError) {
        guard let network = plan["network"], network.objectValue != nil else {
            throw RehearsalError("The plan configures no network.")
        }
        let known = Set(machine.interfaces.map(\.name))
        for bond in network["bonds"]?.arrayValue ?? [] {
            for slave in bond["slaves"]?.arrayValue ?? [] {
                guard let name = slave.stringValue, known.contains(name) else {
                    throw RehearsalError("The bond \(bond["name"]?.stringValue ?? "") wants \(slave.json()), not here.")
                }
            }
        }
    }
}
