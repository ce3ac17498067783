/// Plans the erasure of a machine's disks.
package enum ErasurePlanner {
    /// What is done to the disks of a machine, between the reports `started` and `erased`.
    ///
    /// Every disk is erased but those that cannot be: read-only ones, and such without a medium. Removable media are
    /// left alone, because a BMC shows its own as one, and disks of a network that several machines use.
    package static func operations(_ plan: ErasurePlan, _ facts: MachineFacts) -> [InstallationOperation] {
        let disks = erased(facts)
        var operations = [
            InstallationOperation("report started", "Begin to erase \(plan.node).", .report(.started))
        ]
        operations += WipePlanner(facts: facts).operations(for: disks, discards: plan.mode == .secure)
        if plan.mode == .secure {
            for disk in disks where !disk.secureErasures.isEmpty {
                operations.append(
                    InstallationOperation(
                        "erase \(disk.name)", "Let \(disk.name) erase itself.",
                        .eraseSecurely(SecureErasure(disk: DiskIdentity(disk), methods: disk.secureErasures))))
            }
        }
        let left = left(facts).filter { $0.reason != Self.noMedium }
        let rest = left.isEmpty ? "" : ", but for " + left.map { "\($0.name): \($0.reason)" }.joined(separator: "; ")
        operations.append(
            InstallationOperation("report erased", "All disks of \(plan.node) are erased\(rest).", .report(.erased)))
        return operations
    }

    /// The disks that are erased.
    package static func erased(_ facts: MachineFacts) -> [MachineFacts.Disk] {
        facts.disks.filter { reasonToLeave($0, facts) == nil }
    }

    /// The disks that are left alone, each with the reason, for the log.
    package static func left(_ facts: MachineFacts) -> [(name: String, reason: String)] {
        facts.disks.compactMap { disk in reasonToLeave(disk, facts).map { (disk.name, $0) } }
    }

    private static let noMedium = "it has no medium"

    private static func reasonToLeave(_ disk: MachineFacts.Disk, _ facts: MachineFacts) -> String? {
        if disk.size <= 0 { return noMedium }
        if disk.isReadOnly { return "it is read-only" }
        if disk.isRemovable { return "it is removable" }
        // Boot areas of eMMC hold firmware.
        if disk.name.hasPrefix("mmcblk"), disk.name.contains("boot") || disk.name.hasSuffix("rpmb") {
            return "it holds firmware"
        }
        if let mark = DiskSelection.sharedMark(on: disk, facts) {
            return "it has \(mark) on it, a file system that several machines use at once"
        }
        return nil
    }
}
