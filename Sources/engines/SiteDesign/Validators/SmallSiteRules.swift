import OrderedCollections
import Primitives

// What small sites trip over, in the form of Drydock's validators. All but what would install the wrong machine or be
// unsafe are warnings, so that whatever is valid upstream stays valid.

extension Validator {
    /// Two machines with one boot MAC, or one BMC, would be taken for each other.
    static let duplicateMachines = Validator("BY1001", "Distinct Machines", confirms: false) { site, findings in
        var owners: [MACAddress: DocumentReference] = [:]
        for node in site.nodes {
            guard let mac = node.bootMACAddress else { continue }
            if let owner = owners[mac] {
                findings.error(
                    "Boot MAC address \(mac) of BaremetalNode \(node.name) is that of BaremetalNode \(owner.name) too",
                    "Give each node the MAC address of its own boot interface.", node.reference, owner,
                    at: ["metadata", "boot_mac"])
            } else {
                owners[mac] = node.reference
            }
        }
        var managers: [IPAddress: DocumentReference] = [:]
        for node in site.nodes {
            guard let address = node.outOfBandAddress.flatMap({ IPAddress($0) }) else { continue }
            if let manager = managers[address] {
                findings.error(
                    "BMC address \(address) of BaremetalNode \(node.name) is that of BaremetalNode \(manager.name) too",
                    "Give each node the address of its own BMC.", node.reference, manager,
                    at: node.path(ofAddressOn: node.outOfBandNetwork ?? ""))
            } else {
                managers[address] = node.reference
            }
        }
    }

    /// Machines boot from a network that serves addresses.
    static let networkBoot = Validator("BY1002", "Network Boot", confirms: false) { site, findings in
        let serving = Set(site.networks.filter(\.servesAddresses).map(\.name))
        var clients: [String: String] = [:]
        for node in site.nodes {
            for assignment in node.addressing where assignment.kind == .dhcp && clients[assignment.network] == nil {
                clients[assignment.network] = node.name
            }
        }
        for network in site.networks where !serving.contains(network.name) && !network.isIPv6 {
            guard let node = clients[network.name] else { continue }
            findings.warning(
                "Network \(network.name) gives addresses by DHCP to BaremetalNode \(node) but has no range of type"
                    + " dhcp",
                "Add a range of type dhcp to the network.", network.reference, at: ["ranges"])
        }
        for node in site.nodes where !node.interfaces.isEmpty {
            let boots = node.interfaces.contains { $0.networks.contains { serving.contains($0) } }
            if !boots {
                findings.warning(
                    "BaremetalNode \(node.name) has no interface on a network with a range of type dhcp",
                    "Connect the interface that boots to a network that serves addresses, or serve them from elsewhere.",
                    node.reference, at: ["interfaces"])
            }
        }
    }

    /// No address that is served is anybody's own.
    static let dynamicRanges = Validator("BY1003", "Dynamic Range", confirms: false) { site, findings in
        var ranges: [String: [ClosedRange<UInt32>]] = [:]
        for network in site.networks {
            let served = network.addressRanges(of: "dhcp")
            ranges[network.name] = served
            if let subnet = network.subnet,
                served.contains(where: {
                    !subnet.contains(IPv4Address(rawValue: $0.lowerBound))
                        || !subnet.contains(IPv4Address(rawValue: $0.upperBound))
                })
            {
                findings.warning(
                    "Network \(network.name) has a range of type dhcp that is not within \(network.cidr)",
                    "Choose addresses of the network.", network.reference, at: ["ranges"])
            }
            checkServed(served, of: network, &findings)
            for fixed in network.addressRanges(of: "static") where served.contains(where: { $0.overlaps(fixed) }) {
                findings.warning(
                    "Network \(network.name) has a range of type dhcp that overlaps one of type static",
                    "Separate the ranges.", network.reference, at: ["ranges"])
            }
        }
        for node in site.nodes {
            for assignment in node.addressing {
                guard let address = assignment.ipv4,
                    ranges[assignment.network]?.contains(where: { $0.contains(address.rawValue) }) ?? false
                else { continue }
                findings.warning(
                    "Address \(address) of BaremetalNode \(node.name) lies in a range of type dhcp of network"
                        + " \(assignment.network)",
                    "Choose an address outside the range.", node.reference,
                    at: node.path(ofAddressOn: assignment.network))
            }
        }
    }

    /// What is given to whoever asks is one machine's, and nobody else's.
    private static func checkServed(
        _ served: [ClosedRange<UInt32>], of network: Network, _ findings: inout Findings
    ) {
        for (place, range) in served.enumerated() where served[..<place].contains(where: { $0.overlaps(range) }) {
            findings.warning(
                "Network \(network.name) has two ranges of type dhcp that overlap",
                "Separate the ranges, or join them.",
                network.reference, at: ["ranges"])
            break
        }
        for fixed in network.addressRanges(of: "reserved") where served.contains(where: { $0.overlaps(fixed) }) {
            findings.warning(
                "Network \(network.name) has a range of type dhcp that overlaps one of type reserved",
                "Separate the ranges.", network.reference, at: ["ranges"])
        }
        for gateway in Set(network.routes.compactMap { $0.gateway.flatMap { IPv4Address($0) } }).sorted()
        where served.contains(where: { $0.contains(gateway.rawValue) }) {
            findings.warning(
                "Gateway \(gateway) of Network \(network.name) lies in a range of type dhcp",
                "Choose a range without it.", network.reference, at: ["ranges"])
        }
        guard let block = network.block, !network.isIPv6 else { return }
        for range in network.ranges where range.kind == "dhcp" {
            for address in [range.start, range.end].compactMap({ $0.flatMap { IPAddress($0) } }) {
                if address.family == .ipv6 {
                    findings.warning(
                        "Network \(network.name) has a range of type dhcp of IPv6, which is not served, in \(network.cidr)",
                        "Choose addresses of the network.", network.reference, at: ["ranges"])
                    break
                }
                guard let role = block.role(of: address) else { continue }
                findings.warning(
                    "Network \(network.name) has a range of type dhcp with \(address), which is \(role) of \(network.cidr)",
                    "Choose a range without it.", network.reference, at: ["ranges"])
            }
        }
    }

    /// The installer makes what the firmware needs on a disk that has partitions.
    static let bootPartition = Validator("BY1004", "Boot Partition", confirms: false) { site, findings in
        for node in site.nodes where node.rootVolume != nil {
            let groups = node.volumeGroups.filter { group in
                (group.logicalVolumes ?? []).contains { $0.fileSystem.isSystem }
            }.map(\.name)
            let boots =
                node.storageDevices.contains { device in
                    let partitions = device.partitions ?? []
                    return !partitions.isEmpty && device.labels?["bootdrive"]?.lowercased() == "true"
                        || partitions.contains { partition in
                            partition.isBootable == true || partition.fileSystem.isSystem
                                || partition.fileSystem.mountPoint == "/boot/efi"
                                || partition.fileSystem.type == "bios_boot"
                                || partition.volumeGroup.map(groups.contains) ?? false
                        }
                }
                || node.arrays.contains {
                    $0.fileSystem.isSystem || $0.volumeGroup.map(groups.contains) ?? false
                }
            if !boots {
                findings.warning(
                    "BaremetalNode \(node.name) has its root on a logical volume and no partition to boot from",
                    "Add a partition mounted at /boot.", node.reference, at: ["storage"])
            }
        }
    }

    /// Addresses can be read, in whatever form they are written.
    static let writtenAddresses = Validator("BY1005", "Written Addresses", confirms: false) { site, findings in
        for node in site.nodes {
            if let text = node.bootMAC, node.bootMACAddress == nil {
                findings.error(
                    "Boot MAC address '\(text)' of BaremetalNode \(node.name) cannot be read",
                    "Write six bytes in hexadecimal, such as 52:54:00:00:00:11.", node.reference,
                    at: ["metadata", "boot_mac"])
            } else if let address = node.bootMACAddress, !address.isOfInterface {
                findings.error(
                    "Boot MAC address '\(address)' of BaremetalNode \(node.name) is of no network interface: it stands for several of "
                        + "them, or for none",
                    "Write the address of the interface that the machine boots from.", node.reference,
                    at: ["metadata", "boot_mac"])
            }
        }
        for network in site.networks {
            for (index, range) in network.ranges.enumerated() {
                let path: [DesignStep] = ["ranges", .index(index)]
                guard let start = range.start.flatMap({ IPAddress($0) }), let end = range.end.flatMap({ IPAddress($0) })
                else {
                    findings.warning(
                        "Range \(range.start ?? "None") to \(range.end ?? "None") of Network \(network.name) cannot be"
                            + " read",
                        "Write the first and the last address, such as 10.0.0.100 and 10.0.0.200.", network.reference,
                        at: path)
                    continue
                }
                if start > end {
                    findings.warning(
                        "Range \(start) to \(end) of Network \(network.name) ends before it begins",
                        "Exchange start and end.", network.reference, at: path)
                }
            }
        }
    }
}

extension Network {
    /// Whether machines can boot from it: firmware is served by IPv4 alone.
    var servesAddresses: Bool { !isIPv6 && ranges.contains { $0.kind == "dhcp" } }

    /// The ranges of a type that can be read and are not upside down.
    func addressRanges(of kind: String) -> [ClosedRange<UInt32>] {
        ranges.compactMap { range in
            guard range.kind == kind, let start = range.start.flatMap({ IPv4Address($0) }),
                let end = range.end.flatMap({ IPv4Address($0) }), start <= end
            else { return nil }
            return start.rawValue...end.rawValue
        }
    }
}
