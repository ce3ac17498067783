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
                if partition.name == "root" {
                    hasRoot = checkRoot(partition.size, of: node, &findings)
                } else if partition.name == "boot", hasRoot {
                    checkBoot(partition.size, of: node, &findings)
                }
            }
            if !hasRoot, let volume = node.rootVolume {
                // `50%` and `>20g` are only known once there is a disk; the installer checks them.
                let isPlain = volume.size.map { !$0.hasPrefix(">") && !$0.hasSuffix("%") } ?? true
                hasRoot = isPlain ? checkRoot(volume.size, of: node, &findings) : true
            }
            if !hasRoot {
                findings.error(
                    "Root volume has to be set and must be > 20GB on BaremetalNode \(node.name)",
                    "All nodes require a defined root volume at least 20GB in size.", node.reference)
            }
        }
    }

    /// - Returns: whether it is a root at all.
    private static func checkRoot(_ size: String?, of node: BaremetalNode, _ findings: inout Findings) -> Bool {
        guard let bytes = try? StorageSize.plainBytes(size ?? "") else {
            findings.error(
                "Root volume has an invalid size format on BaremetalNode\(node.name).",
                "Use a valid root volume storage specification.", node.reference)
            return false
        }
        if bytes < smallestRoot {
            findings.error(
                "Root volume must be > 20GB on BaremetalNode \(node.name)", "Configure a larger root volume",
                node.reference)
        }
        return true
    }

    private static func checkBoot(_ size: String?, of node: BaremetalNode, _ findings: inout Findings) {
        guard let bytes = try? StorageSize.plainBytes(size ?? "") else {
            findings.error(
                "Boot volume has an invalid size format on BaremetalNode \(node.name).",
                "Use a valid boot volume storage specification.", node.reference)
            return
        }
        if bytes < smallestBoot {
            findings.error(
                "Boot volume must be > 1GB on BaremetalNode \(node.name)", "Configure a larger boot volume.",
                node.reference)
        }
    }
}

extension BaremetalNode {
    /// The logical volume that holds `/`.
    var rootVolume: LogicalVolume? {
        for group in settings.volumeGroups {
            if let volume = group.logicalVolumes?.first(where: { $0.fileSystem.mountPoint == "/" }) { return volume }
        }
        return nil
    }
}
