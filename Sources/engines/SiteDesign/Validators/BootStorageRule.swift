extension Validator {
    private static let smallestRoot = 20_000_000_000
    private static let smallestBoot = 1_000_000_000

    /// A root of 20 GB and, if there is one, a boot volume of 1 GB.
    ///
    /// Root is a partition of that name or, which upstream cannot install, a logical volume mounted at `/`.
    static let bootStorage = Validator("DD1001", "Rational Boot Storage") { site, findings in
        for node in site.nodes {
            var hasRoot = false
            for partition in node.storageDevices.lazy.flatMap({ $0.partitions ?? [] }) {
                let path = node.path(ofPartition: partition.name)
                if partition.name == "root" {
                    hasRoot = checkRoot(partition.size, of: node, path, &findings)
                } else if partition.name == "boot", hasRoot {
                    checkBoot(partition.size, of: node, path, &findings)
                }
            }
            if !hasRoot, let array = node.rootArray {
                hasRoot = true
                for member in array.members ?? [] where array.level == StorageArray.Level.raid1.rawValue {
                    guard let partition = node.partition(member), let size = partition.size, isPlain(size) else {
                        continue
                    }
                    hasRoot = checkRoot(size, of: node, node.path(ofPartition: partition.name), &findings)
                }
            }
            if !hasRoot, let volume = node.rootVolume {
                let path = node.path(ofVolume: volume.name)
                hasRoot = volume.size.map(isPlain) ?? true ? checkRoot(volume.size, of: node, path, &findings) : true
            }
            if !hasRoot {
                findings.error(
                    "Root volume has to be set and must be > 20GB on BaremetalNode \(node.name)",
                    "All nodes require a defined root volume at least 20GB in size.", node.reference,
                    at: ["storage"],
                    remedy:
                        "Give a partition the name root, or mount a logical volume or an array at /, with at least 20g."
                )
            }
        }
    }

    /// `50%` and `>20g` are only known once there is a disk; the installer checks them.
    private static func isPlain(_ size: String) -> Bool { !size.hasPrefix(">") && !size.hasSuffix("%") }

    /// - Returns: whether it is a root at all.
    private static func checkRoot(
        _ size: String?, of node: BaremetalNode, _ path: [DesignStep], _ findings: inout Findings
    ) -> Bool {
        guard let bytes = try? StorageSize.plainBytes(size ?? "") else {
            findings.error(
                "Root volume has an invalid size format on BaremetalNode\(node.name).",
                "Use a valid root volume storage specification.", node.reference, at: path,
                remedy: plainForm("root", "20g", size))
            return false
        }
        if bytes < smallestRoot {
            findings.error(
                "Root volume must be > 20GB on BaremetalNode \(node.name)", "Configure a larger root volume",
                node.reference, at: path, remedy: "Configure a larger root volume: 20g or more.")
        }
        return true
    }

    private static func checkBoot(
        _ size: String?, of node: BaremetalNode, _ path: [DesignStep], _ findings: inout Findings
    ) {
        guard let bytes = try? StorageSize.plainBytes(size ?? "") else {
            findings.error(
                "Boot volume has an invalid size format on BaremetalNode \(node.name).",
                "Use a valid boot volume storage specification.", node.reference, at: path,
                remedy: plainForm("boot", "1g", size))
            return
        }
        if bytes < smallestBoot {
            findings.error(
                "Boot volume must be > 1GB on BaremetalNode \(node.name)", "Configure a larger boot volume.",
                node.reference, at: path, remedy: "Configure a larger boot volume: 1g or more.")
        }
    }

    private static func plainForm(_ name: String, _ example: String, _ size: String?) -> String {
        "The partition \(name) needs a plain size, a number with m, g, t, MiB, GiB or TiB such as \(example), and neither > nor "
            + "%; here is \(size.map(\.shownSafely) ?? "none")."
    }
}

extension BaremetalNode {
    /// The size of the first partition of that name.
    func path(ofPartition name: String) -> [DesignStep] {
        let device = settings.storageDevices.first { $0.partitions?.contains { $0.name == name } ?? false }
        guard let device else { return ["storage"] }
        return ["storage", "physical_devices", .key(device.name), "partitions", .element(name), "size"]
    }

    /// The size of the first logical volume of that name.
    func path(ofVolume name: String) -> [DesignStep] {
        let group = settings.volumeGroups.first { $0.logicalVolumes?.contains { $0.name == name } ?? false }
        guard let group else { return ["storage"] }
        return ["storage", "volume_groups", .key(group.name), "logical_volumes", .element(name), "size"]
    }

    /// Its address on a network.
    func path(ofAddressOn network: String) -> [DesignStep] { ["addressing", .element(network), "address"] }

    /// The array that holds `/`.
    var rootArray: StorageArray? { settings.arrays.first { $0.fileSystem.mountPoint == "/" } }

    /// The partition that a member of an array is; nil for a whole disk.
    func partition(_ member: StorageArray.Member) -> Partition? {
        settings.storageDevices.first { $0.name == member.device }?.partitions?.first { $0.name == member.partition }
    }

    /// The logical volume that holds `/`.
    var rootVolume: LogicalVolume? {
        for group in settings.volumeGroups {
            if let volume = group.logicalVolumes?.first(where: { $0.fileSystem.mountPoint == "/" }) { return volume }
        }
        return nil
    }
}
