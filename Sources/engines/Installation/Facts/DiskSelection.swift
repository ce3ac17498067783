import Primitives

/// Finds the disks of a plan on a machine.
struct DiskSelection {
    let node: String
    let facts: MachineFacts

    /// The machine's disk for each of the plan's, by the plan's name of the device.
    ///
    /// - Throws: `InstallationError` where one is missing, ambiguous, or none to write to.
    func disks(of plan: InstallationPlan) throws(InstallationError) -> [String: MachineFacts.Disk] {
        var chosen: [String: MachineFacts.Disk] = [:]
        var takenBy: [String: InstallationPlan.Disk] = [:]
        for wanted in plan.disks {
            let disk = try disk(for: wanted.selector, device: wanted.device, name: wanted.name)
            let isSame = isSame(disk, for: wanted.selector)
            try check(disk, for: wanted.device, isSame: isSame)
            let other = takenBy.updateValue(wanted, forKey: disk.name)
            try requireFree(
                disk, for: wanted.device, takenBy: other?.device,
                isSame: isSame && other.map { self.isSame(disk, for: $0.selector) } ?? false)
            guard chosen.updateValue(disk, forKey: wanted.device) == nil else {
                throw InstallationError(
                    .layout, "\(node): the plan lays out \(wanted.device) twice. Give each disk one name.")
            }
        }
        return chosen
    }

    /// - Parameters:
    ///   - other: the device of the design that this disk was found to be; nil for none.
    ///   - isSame: whether both would be that disk at the next boot, too.
    func requireFree(
        _ disk: MachineFacts.Disk, for device: String, takenBy other: String?, isSame: Bool = false
    ) throws(InstallationError) {
        guard let other else { return }
        throw InstallationError(
            .diskAmbiguous,
            "\(node): \(other) and \(device) of the design are the same disk, \(describe(disk)). Correct"
                + " the addresses of their aliases in the HardwareProfile.", isPermanent: isSame)
    }

    /// - Parameters:
    ///   - device: the name in the design.
    ///   - name: the kernel's name as the daemon knows it.
    func disk(
        for selector: InstallationPlan.Selector, device: String, name: String?
    ) throws(InstallationError) -> MachineFacts.Disk {
        let found: [MachineFacts.Disk]
        let sought: String
        if let address = selector.address {
            found = disks(at: address, bus: selector.bus)
            sought = "\(device) at \(selector.bus.map { "\($0) " } ?? "")\(address.shownInMessage)"
        } else {
            found = disks(named: [selector.alias] + [name].compactMap(\.self))
            sought = device
        }
        guard let first = found.first else {
            throw InstallationError(
                .diskMissing,
                "\(node) has no disk \(sought). It has \(describe(facts.disks)). Correct the alias in the"
                    + " HardwareProfile, or look whether the disk is connected.")
        }
        guard found.count == 1 else {
            throw InstallationError(
                .diskAmbiguous,
                "\(node) has \(found.count) disks that could be \(sought): \(describe(found)). Give the alias an"
                    + " address that only one of them has, or its serial with bus_type serial.",
                // One that may be taken out, or be a drive of the BMC, may be gone at the next boot.
                isPermanent: found.allSatisfy { isSame($0, for: selector) })
        }
        return first
    }

    /// Whether a selector finds the same disk at the next boot of this machine, as far as can be told: the disk is known by its
    /// serial or WWN, and the selector names what is its own, or its place, and not a number or name that the kernel counts.
    func isSame(_ disk: MachineFacts.Disk, for selector: InstallationPlan.Selector) -> Bool {
        guard disk.serial != nil || !disk.wwns.isEmpty, !disk.isRemovable else { return false }
        if facts.disks.count == 1 { return true }
        let text = selector.address ?? selector.alias
        let plain = text.hasPrefix("/dev/") ? String(text.dropFirst(5)) : text
        if disk.serial == plain || disk.hasWWN(plain) || disk.links.contains(plain) { return true }
        guard selector.address != nil else { return false }
        let address = BusAddress.canonical(text, bus: selector.bus)
        if address.hasPrefix("pci@") { return true }
        guard let place = Self.placeOnHost(address) else { return false }
        // The kernel counts hosts in the order in which it finds them.
        return !facts.disks.contains { other in
            other.name != disk.name && other.addresses.contains { Self.placeOnHost(BusAddress.canonical($0)) == place }
        }
    }

    /// Of a canonical SCSI address without the number of its host; nil for any other address.
    private static func placeOnHost(_ address: String) -> Substring? {
        guard address.hasPrefix("scsi@"), let colon = address.firstIndex(of: ":") else { return nil }
        return address[colon...]
    }

    /// Whether what the disks of a plan have no room for is met again at the next boot: each disk is the same then, or no other one
    /// of the machine is larger.
    ///
    /// - Parameter disks: as `disks(of:)` has found them.
    func hasNoOtherSpace(_ plan: InstallationPlan, _ disks: [String: MachineFacts.Disk]) -> Bool {
        plan.disks.allSatisfy { wanted in
            guard let disk = disks[wanted.device], disk.serial != nil || !disk.wwns.isEmpty else { return false }
            return isSame(disk, for: wanted.selector) || facts.disks.allSatisfy { $0.size <= disk.size }
        }
    }

    private func disks(at address: String, bus: String?) -> [MachineFacts.Disk] {
        switch bus?.lowercased() {
        case "serial": return facts.disks.filter { $0.serial == address }
        case "wwn": return facts.disks.filter { $0.hasWWN(address) }
        case "by-id", "by-path": return facts.disks.filter { $0.links.contains(address) }
        default: break
        }
        let wanted = BusAddress.canonical(address, bus: bus)
        let found = facts.disks.filter { disk in disk.addresses.contains { BusAddress.canonical($0) == wanted } }
        if !found.isEmpty { return found }
        // A bus that nobody knows, or none: the address may be any of the disk's names.
        return facts.disks.filter { $0.links.contains(address) || $0.serial == address || $0.hasWWN(address) }
    }

    /// By the first of `names` that fits any: as the kernel's name, else as a link, serial or WWN.
    private func disks(named names: [String]) -> [MachineFacts.Disk] {
        for name in names {
            let plain = name.hasPrefix("/dev/") ? String(name.dropFirst(5)) : name
            if let disk = facts.disks.first(where: { $0.name == plain }) { return [disk] }
            let found = facts.disks.filter { $0.links.contains(plain) || $0.serial == plain || $0.hasWWN(plain) }
            if !found.isEmpty { return found }
        }
        return []
    }

    /// Whether it can be written to, and is nobody else's.
    ///
    /// - Parameter isSame: whether it would be this disk at the next boot, too.
    func check(_ disk: MachineFacts.Disk, for device: String, isSame: Bool = false) throws(InstallationError) {
        let name = "\(node): \(describe(disk)), which is \(device) of the design,"
        guard disk.size > 0 else {
            throw InstallationError(
                .diskUnusable, "\(name) has no size. Look whether it is connected and its medium is in.")
        }
        guard disk.size <= Self.largest else {
            throw InstallationError(
                .diskUnusable, "\(name) is larger than the \(ByteCount.text(Self.largest)) that can be laid out.",
                isPermanent: isSame)
        }
        // What has locked it may let it go at a boot.
        guard !disk.isReadOnly else {
            throw InstallationError(
                .diskUnusable, "\(name) is read-only. Remove its write protection, or name another disk.")
        }
        guard disk.logicalSectorSize == 512 || disk.logicalSectorSize == 4096 else {
            throw InstallationError(
                .diskUnusable,
                "\(name) has sectors of \(disk.logicalSectorSize) bytes. Format it with 512 or 4096, or name another.",
                isPermanent: isSame)
        }
        let others = facts.disks.filter { other in other.name != disk.name && other.isSamePlace(as: disk) }
        guard others.isEmpty else {
            throw InstallationError(
                .diskAmbiguous,
                "\(name) is seen on several paths: \(describe([disk] + others)) have the same WWN. Disks with several"
                    + " paths cannot be installed on: leave one path connected.")
        }
        if let mark = Self.sharedMark(on: disk, facts) {
            throw InstallationError(
                .diskShared,
                "\(name) has \(mark) on it, a file system that several machines use at once. Nothing was changed. Take"
                    + " it out of the design; if nobody uses it any more, remove the mark in the rescue system:"
                    + " wipefs -a /dev/\(disk.name)", isPermanent: isSame)
        }
    }

    /// So that the sum of a thousand of them is still a number.
    private static let largest = 1 << 51

    /// Types, as blkid has them, of what several machines mount at once.
    static let sharedMarks: Set<String> = [
        "vmfs", "vmfs_volume_member", "gpfs", "gfs", "gfs2", "ocfs", "ocfs2", "oracleasm", "lustre", "cs_cluster",
    ]

    /// The mark of such a file system on a disk or its partitions; nil where there is none.
    static func sharedMark(on disk: MachineFacts.Disk, _ facts: MachineFacts) -> String? {
        facts.marks(on: disk).first { sharedMarks.contains($0.lowercased()) }
    }

    private func describe(_ disks: [MachineFacts.Disk]) -> String {
        if disks.isEmpty { return "none at all" }
        let shown = disks.prefix(16).map { describe($0) }
        let more = disks.count > shown.count ? " and \(disks.count - shown.count) more" : ""
        return shown.joined(separator: "; ") + more
    }

    /// `sda (480.1 GB, scsi@0:2.0.0, serial S1)`
    func describe(_ disk: MachineFacts.Disk) -> String {
        var parts = [ByteCount.text(disk.size)]
        parts += disk.addresses.prefix(2).map(\.shownInMessage)
        if let serial = disk.serial { parts.append("serial \(serial.shownInMessage)") }
        if disk.isReadOnly { parts.append("read-only") }
        return "\(disk.name.shownInMessage) (\(parts.joined(separator: ", ")))"
    }
}

/// Sizes in messages.
package enum ByteCount {
    /// `480.1 GB`; less than a megabyte in bytes.
    package static func text(_ bytes: Int) -> String {
        for (unit, factor) in [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000)]
        where bytes >= factor {
            let tenths = bytes / (factor / 10)
            return "\(tenths / 10).\(tenths % 10) \(unit)"
        }
        return "\(bytes) bytes"
    }
}

extension MachineFacts.Disk {
    /// With and without `0x`, `naa.`, `eui.`, `wwn-` before it, in any case.
    func hasWWN(_ text: String) -> Bool {
        let wanted = Self.plainWWN(text)
        return !wanted.isEmpty && wwns.contains { Self.plainWWN($0) == wanted }
    }

    private static func plainWWN(_ text: String) -> String {
        var text = text.lowercased()[...]
        for prefix in ["wwn-", "nvme-", "0x", "naa.", "eui.", "t10.", "uuid."] where text.hasPrefix(prefix) {
            text = text.dropFirst(prefix.count)
        }
        return String(text)
    }

    /// Whether both are paths to one disk. Controllers that give all their disks one serial are known; with a WWN they
    /// would break the only purpose that it has.
    fileprivate func isSamePlace(as other: MachineFacts.Disk) -> Bool {
        size == other.size && wwns.contains { !Self.plainWWN($0).isEmpty && other.hasWWN($0) }
    }
}

extension MachineFacts {
    /// Names of all layers that stand on the disk or layer `name`, directly or not.
    func layers(on name: String) -> [Layer] {
        var reached: Set<String> = [name]
        var found: [Layer] = []
        // Each is after what it stands on; whoever claims otherwise is looked at until nothing is added.
        var rest = layers[...]
        while true {
            let next = rest.filter { !reached.isDisjoint(with: $0.lowers) }
            if next.isEmpty { return found }
            found += next
            reached.formUnion(next.map(\.name))
            let names = Set(next.map(\.name))
            rest = rest.filter { !names.contains($0.name) }[...]
        }
    }

    /// Types of everything on a disk and on what stands on it.
    func marks(on disk: Disk) -> [String] { disk.signatures + layers(on: disk.name).flatMap(\.signatures) }
}
