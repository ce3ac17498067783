import Primitives

extension Validator {
    /// Arrays can be made of what they name, and nothing of it has another use.
    static let arrays = Validator("BY1028", "Arrays", confirms: false) { site, findings in
        for node in site.nodes {
            var uses: [StorageArray.Member: String] = [:]
            for array in node.arrays { checkArray(array, of: node, &uses, &findings) }
        }
    }

    private static func checkArray(
        _ array: StorageArray, of node: BaremetalNode, _ uses: inout [StorageArray.Member: String],
        _ findings: inout Findings
    ) {
        let path: [DesignStep] = ["storage", "raid", .key(array.name)]
        let what = "Array \(array.name.shownSafely) of BaremetalNode \(node.name)"
        if !StorageArray.isName(array.name) {
            findings.error(
                "\(what) has a name that is none of a device",
                "Choose up to 32 letters, digits, hyphens and underscores: system.", node.reference, at: path,
                concernsKey: true)
        }
        if let level = array.level.flatMap(StorageArray.Level.init(rawValue:)) {
            let count = array.members?.count ?? 0
            if count < level.fewestMembers {
                findings.error(
                    "\(what) has \(count) members, but \(level.rawValue) needs \(level.fewestMembers)",
                    "Add members, or choose another level.", node.reference, at: path + ["members"])
            }
        } else {
            let levels = StorageArray.Level.allCases.map(\.rawValue).joined(separator: ", ")
            findings.error(
                "\(what) has the level \(array.level?.shownSafely ?? "none")", "Choose one of \(levels).",
                node.reference, at: path + ["level"])
        }
        if array.volumeGroup != nil, array.fileSystem != FileSystem() {
            findings.error(
                "\(what) has a file system and belongs to a volume group", "Remove one of them.", node.reference,
                at: path)
        }
        for member in array.parts {
            let shown =
                member.partition.map { "partition \($0.shownSafely) of \(member.device.shownSafely)" }
                ?? "the disk \(member.device.shownSafely)"
            if let problem = problem(of: member, in: node) {
                findings.error(
                    "\(what) is made of \(shown), which \(problem.what)", problem.remedy, node.reference, at: path)
            } else if let other = uses.updateValue(array.name, forKey: member) {
                findings.error(
                    "\(what) is made of \(shown), which is part of \(other.shownSafely) already",
                    "Name each disk and partition once.", node.reference, at: path)
            }
        }
    }

    private static func problem(of member: StorageArray.Member, in node: BaremetalNode) -> (
        what: String, remedy: String
    )? {
        guard let device = node.storageDevices.first(where: { $0.name == member.device }) else {
            return ("the node does not have", "Name a disk of physical_devices.")
        }
        let used = ("has another use", "Remove its partitions, its file system or its volume group.")
        guard member.partition != nil else {
            return device.volumeGroup == nil && device.partitions?.isEmpty ?? true ? nil : used
        }
        guard let partition = node.partition(member) else {
            return ("the disk does not have", "Name a partition of the disk.")
        }
        return partition.volumeGroup == nil && partition.fileSystem == FileSystem() ? nil : used
    }
}
