import OrderedCollections
import Primitives

extension Validator {
    /// Names and parameters cannot say more than they are.
    static let unsafeTexts = Validator("BY1006", "Safe Texts", confirms: false) { site, findings in
        for node in site.nodes { checkTexts(of: node, &findings) }
        for network in site.networks { checkTexts(of: network, &findings) }
        for link in site.networkLinks { checkTexts(of: link, &findings) }
        for profile in site.hardwareProfiles {
            let reference = DocumentReference(.hardwareProfile, profile.name)
            for device in profile.devices {
                findings.check(device.alias, "Device alias", reference)
                // An address may be a regular expression; it is matched here and goes nowhere else.
            }
        }
        for action in site.bootActions { checkTexts(of: action, &findings) }
    }

    private static func checkTexts(of node: BaremetalNode, _ findings: inout Findings) {
        let reference = node.reference
        findings.check(node.name, "Name", reference)
        findings.check(node.domain, "Domain", reference)
        findings.check(node.image, "Image", reference)
        findings.check(node.kernel, "Kernel", reference)
        findings.check(node.rack, "Rack", reference)
        for (name, value) in node.kernelParameters {
            findings.check(name, "Kernel parameter", reference)
            findings.check(value, "Kernel parameter \(name)", reference)
        }
        for interface in node.interfaces {
            findings.check(interface.name, "Interface", reference)
            for slave in interface.slaves { findings.check(slave, "Slave of interface \(interface.name)", reference) }
        }
        for device in node.storageDevices {
            findings.check(device.name, "Storage device", reference)
            findings.check(device.volumeGroup, "Volume group of \(device.name)", reference)
            for partition in device.partitions ?? [] {
                findings.check(partition.name, "Partition", reference)
                findings.check(partition.uuid, "UUID of partition \(partition.name)", reference)
                checkTexts(of: partition.fileSystem, reference, &findings)
            }
        }
        for array in node.arrays {
            findings.check(array.name, "Array", reference)
            findings.check(array.volumeGroup, "Volume group of \(array.name)", reference)
            checkTexts(of: array.fileSystem, reference, &findings)
        }
        for group in node.volumeGroups {
            findings.check(group.name, "Volume group", reference)
            for volume in group.logicalVolumes ?? [] {
                findings.check(volume.name, "Logical volume", reference)
                checkTexts(of: volume.fileSystem, reference, &findings)
            }
        }
    }

    private static func checkTexts(
        of fileSystem: FileSystem, _ reference: DocumentReference, _ findings: inout Findings
    ) {
        findings.check(fileSystem.mountPoint, "Mount point", reference)
        findings.check(fileSystem.mountOptions, "Mount options", reference)
        findings.check(fileSystem.type, "File system type", reference)
        findings.check(fileSystem.label, "File system label", reference)
        findings.check(fileSystem.uuid, "File system UUID", reference)
    }

    private static func checkTexts(of network: Network, _ findings: inout Findings) {
        let reference = network.reference
        findings.check(network.name, "Name", reference)
        findings.check(network.dnsDomain, "Domain", reference)
        findings.check(network.dnsServers, "Name servers", reference)
        findings.check(network.vlan, "VLAN", reference)
        for range in network.ranges {
            findings.check(range.start, "Start of a range", reference)
            findings.check(range.end, "End of a range", reference)
        }
        for route in network.routes where !route.isFromRouteDomain {
            findings.check(route.subnet, "Subnet of a route", reference)
            findings.check(route.metric, "Metric of a route", reference)
        }
        findings.check(network.relay?.selfAddress, "DHCP relay", reference)
        findings.check(network.relay?.upstreamTarget, "Target of the DHCP relay", reference)
    }

    private static func checkTexts(of link: NetworkLink, _ findings: inout Findings) {
        let reference = link.reference
        findings.check(link.name, "Name", reference)
        findings.check(link.bonding.transmitHash, "Hash of the bond", reference)
        findings.check(link.bonding.peerRate, "Peer rate of the bond", reference)
    }

    private static func checkTexts(of action: BootAction, _ findings: inout Findings) {
        let reference = DocumentReference(.bootAction, action.name)
        findings.check(action.name, "Name", reference)
        for path in action.assets.lazy.compactMap(\.path) {
            guard let hazard = UnsafeText.hazard(inPath: path) else { continue }
            findings.error(
                "Path of an asset of BootAction \(action.name.shownSafely) has \(hazard)",
                "Write an absolute path without '..'.", reference)
        }
        for package in action.assets.lazy.flatMap({ $0.packages?.keys.elements ?? [] }) {
            findings.check(package, "Package", reference)
        }
    }
}

extension Findings {
    fileprivate mutating func check(
        _ text: String?, _ what: @autoclosure () -> String, _ document: DocumentReference
    ) {
        guard let text, let hazard = UnsafeText.hazard(in: text) else { return }
        let kind = document.schema.split(separator: "/").dropFirst().first ?? ""
        error(
            "\(what().shownSafely) of \(kind) \(document.name.shownSafely) has \(hazard) in it",
            "Such a text could change the meaning of a boot script, a configuration file or a kernel command line;"
                + " remove it.",
            document)
    }
}
