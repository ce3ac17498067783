import OrderedCollections
import Primitives

extension Validator {
    /// Names lead to documents. Those that end a compilation, or that Drydock's own rules look up, are not looked up again.
    static let knownNames = Validator("BY1022", "Known Names", confirms: false) { site, findings in
        let networks = KnownNames(site.networks.map(\.name))
        let names = KnownNames(site.nodes.map(\.name))
        let racks = KnownNames(site.racks.map(\.name))
        for node in site.nodes {
            check(node.primaryNetwork, "Network", among: networks, of: node.reference, ["primary_network"], &findings)
            check(node.outOfBandNetwork, "Network", among: networks, of: node.reference, ["oob", "network"], &findings)
            if !site.racks.isEmpty {
                check(node.rack, "Rack", among: racks, of: node.reference, ["metadata", "rack"], &findings)
            }
            checkVolumeGroups(of: node, &findings)
            for (name, value) in node.kernelParameters where value.hasPrefix("hardwareprofile:") {
                findings.warning(
                    "Kernel parameter \(name) of BaremetalNode \(node.name) refers to \(value.shownSafely), which its "
                        + "hardware profile does not have: the reference itself stands on the kernel's command line",
                    "Refer to hardwareprofile:cpuset.NAME, hardwareprofile:hugepages.NAME.size or .count.",
                    node.reference,
                    at: ["platform", "kernel_params", .key(name)])
            }
        }
        for link in site.networkLinks {
            for network in link.allowedNetworks {
                check(
                    network, "Network", among: networks, of: link.reference, ["allowed_networks", .element(network)],
                    &findings)
            }
        }
        for action in site.bootActions {
            for (index, set) in (action.nodeFilter["filter_set"]?.arrayValue ?? []).enumerated() {
                for name in (set["node_names"]?.arrayValue ?? []).compactMap(\.stringValue) {
                    check(
                        name, "BaremetalNode", among: names, of: action.reference,
                        ["node_filter", "filter_set", .index(index), "node_names", .element(name)], &findings)
                }
            }
        }
    }

    private static func checkVolumeGroups(of node: BaremetalNode, _ findings: inout Findings) {
        let groups = KnownNames(node.volumeGroups.map(\.name))
        for device in node.storageDevices {
            let path: [DesignStep] = ["storage", "physical_devices", .key(device.name)]
            check(
                device.volumeGroup, "Volume group", among: groups, of: node.reference, path + ["volume_group"],
                &findings)
            for partition in device.partitions ?? [] {
                check(
                    partition.volumeGroup, "Volume group", among: groups, of: node.reference,
                    path + ["partitions", .element(partition.name), "volume_group"], &findings)
            }
        }
        for array in node.arrays {
            check(
                array.volumeGroup, "Volume group", among: groups, of: node.reference,
                ["storage", "raid", .key(array.name), "volume_group"], &findings)
        }
    }

    private static func check(
        _ name: String?, _ kind: String, among known: KnownNames, of document: DocumentReference, _ path: [DesignStep],
        _ findings: inout Findings
    ) {
        guard let name, !name.isEmpty, !known.all.contains(name) else { return }
        let suggestion = findings.suggestion(for: name, among: known.ordered)
        let field = path.compactMap { step in if case .key(let key) = step { key } else { nil } }.joined(separator: ".")
        findings.warning(
            "\(field): there is no \(kind) \(name.shownSafely)",
            "Correct the name, or add the \(kind).\(suggestion)", document, at: path)
    }

    /// Devices and cards are aliases of the hardware profile, or names as a kernel gives them; a card may be named by its MAC address.
    static let knownDevices = Validator("BY1023", "Known Devices", confirms: false) { site, findings in
        for node in site.nodes {
            guard let hardware = site.hardwareProfile(of: node) else { continue }
            let aliases = hardware.devices.map(\.alias)
            let known = Set(aliases)
            for interface in node.interfaces {
                for slave in interface.slaves
                where !known.contains(slave) && !KernelNames.isCard(slave) && MACAddress(slave) == nil {
                    unknown(
                        "Card \(slave.shownSafely) of interface \(interface.name)", slave, aliases, hardware, node,
                        ["interfaces", .key(interface.name), "slaves", .element(slave)], &findings)
                }
            }
            for device in node.storageDevices where !known.contains(device.name) && !KernelNames.isDisk(device.name) {
                unknown(
                    "Storage device \(device.name.shownSafely)", device.name, aliases, hardware, node,
                    ["storage", "physical_devices", .key(device.name)], concernsKey: true, &findings)
            }
        }
    }

    private static func unknown(
        _ what: String, _ name: String, _ aliases: [String], _ hardware: HardwareProfile, _ node: BaremetalNode,
        _ path: [DesignStep], concernsKey: Bool = false, _ findings: inout Findings
    ) {
        let suggestion = findings.suggestion(for: name, among: aliases)
        findings.warning(
            "\(what) of BaremetalNode \(node.name) is no alias of HardwareProfile \(hardware.name), and no name that a kernel "
                + "gives",
            "Correct the name, or add the alias to device_aliases.\(suggestion)",
            node.reference, at: path, concernsKey: concernsKey)
    }

    /// Sizes can be read. Those of root and boot are checked by DD1001.
    static let storageSizes = Validator("BY1024", "Storage Sizes", confirms: false) { site, findings in
        for node in site.nodes {
            for device in node.storageDevices {
                for partition in device.partitions ?? [] where !["root", "boot"].contains(partition.name) {
                    check(
                        partition.size, "partition \(partition.name)", of: node, node.path(ofPartition: partition.name),
                        &findings)
                }
            }
            for volume in node.volumeGroups.flatMap({ $0.logicalVolumes ?? [] })
            where volume.fileSystem.mountPoint != "/" {
                check(
                    volume.size, "logical volume \(volume.name)", of: node, node.path(ofVolume: volume.name), &findings)
            }
        }
    }

    private static func check(
        _ size: String?, _ what: String, of node: BaremetalNode, _ path: [DesignStep], _ findings: inout Findings
    ) {
        guard let size, (try? StorageSize(size)) == nil else { return }
        findings.error(
            "Size '\(size.shownSafely)' of \(what) of BaremetalNode \(node.name) cannot be read", StorageSize.forms,
            node.reference, at: path)
    }

    /// Whoever reads lines may pass over a last one that does not end: cron does, and `read` of a shell.
    static let textEnds = Validator("BY1025", "Ends of Texts", confirms: false) { site, findings in
        for action in site.bootActions where !action.targetNodes.isEmpty {
            for (index, asset) in action.assets.enumerated() where asset.lacksNewline {
                let isTemplate = asset.dataPipeline?.contains(.template) ?? false
                findings.warning(
                    "Asset \(asset.path ?? "") of BootAction \(action.name) ends without a newline"
                        + (isTemplate ? ": a template loses the last one, as with Drydock" : ""),
                    isTemplate
                        ? "End the template with an empty line: data: |+, and two newlines at the end."
                        : "End the text with a newline: data: |, and not |-.", action.reference,
                    at: ["assets", .index(index), "data"])
            }
        }
    }
}

extension BootActionAsset {
    /// Folders of files whose readers go by lines.
    private static let linewise = [
        "/etc/cron", "/var/spool/cron", "/etc/anacrontab", "/etc/sudoers", "/etc/fstab", "/etc/crypttab", "/etc/hosts",
        "/etc/exports", "/etc/environment", "/etc/ssh/", "/etc/sysctl", "/etc/modules", "/etc/apt/", "/etc/network/",
        "/etc/systemd/", "/etc/profile", "/etc/security/", "/etc/logrotate", "/etc/rsyslog", "/etc/resolv.conf",
    ]

    /// Whether it is a text that is read line by line, and its last line has no end.
    fileprivate var lacksNewline: Bool {
        guard kind != .packageList, location == nil, let data, !data.isEmpty, let path,
            kind == .unit || Self.linewise.contains(where: { path.hasPrefix($0) })
        else { return false }
        let steps = dataPipeline ?? []
        guard !steps.contains(.base64Decode), !steps.contains(.base64Encode) else { return false }
        guard steps.contains(.template) else { return !data.hasSuffix("\n") }
        let rest = data.hasSuffix("\n") ? data.dropLast() : data[...]
        return !rest.hasSuffix("\n")
    }
}

/// The names of documents of one kind.
private struct KnownNames {
    /// In the order of the documents.
    let ordered: [String]
    let all: Set<String>

    init(_ names: [String]) {
        ordered = names
        all = Set(names)
    }
}

/// Names that Linux and systemd give to devices.
enum KernelNames {
    static func isCard(_ name: String) -> Bool {
        let families = [
            "eth", "ens", "eno", "enp", "enx", "enP", "em", "ib", "ibp", "ibs", "wl", "en", "veth", "dummy",
        ]
        // p1p1 of biosdevname
        return families.contains { follows(name, $0) } || follows(name, "p")
    }

    static func isDisk(_ name: String) -> Bool {
        ["sd", "vd", "hd", "xvd"].contains { prefix in
            let rest = name.dropFirst(prefix.count)
            return name.hasPrefix(prefix) && !rest.isEmpty && rest.allSatisfy { $0.isASCII && $0.isLowercase }
        } || ["nvme", "mmcblk", "md", "loop", "pmem", "dm-"].contains { follows(name, $0) } || name.hasPrefix("/dev/")
            || name.hasPrefix("disk/")
    }

    /// Whether a digit, or of `enx` and `enP` anything, comes after the prefix.
    private static func follows(_ name: String, _ prefix: String) -> Bool {
        guard name.hasPrefix(prefix), let next = name.dropFirst(prefix.count).first, next.isASCII else { return false }
        return next.isNumber || prefix == "enx" || prefix == "enP" || prefix == "wl"
    }
}

/// Members of objects whose schema takes any: those that are almost the name of one that means something.
enum OpenMembers {
    private static let outOfBand: Set<String> = [
        "type", "network", "account", "credential", "kg", "libvirt_uri", "port", "scheme", "certificate", "system_id",
        "boot",
    ]

    /// Warnings for the documents of a design, named BY1026.
    static func messages(_ documents: [DesignDocument]) -> [DesignValidationMessage] {
        documents.flatMap { document in objects(of: document).flatMap { messages($0, in: document) } }
    }

    private struct Place {
        let path: [DesignStep]
        let members: Value.Object
        let known: Set<String>
    }

    private static func objects(of document: DesignDocument) -> [Place] {
        func at(_ keys: String..., known: Set<String>) -> [Place] {
            var value: Value? = document.data
            for key in keys { value = value?[key] }
            return value?.objectValue.map { [Place(path: keys.map(DesignStep.key), members: $0, known: known)] } ?? []
        }
        func below(_ key: String, known: Set<String>) -> [Place] {
            (document.data[key]?.objectValue ?? [:]).compactMap { name, value in
                value.objectValue.map { Place(path: [.key(key), .key(name)], members: $0, known: known) }
            }
        }
        switch DesignKind(schema: document.schema) {
        case .hostProfile, .baremetalNode:
            let addresses = (document.data["addressing"]?.arrayValue ?? []).enumerated().compactMap { index, value in
                value.objectValue.map {
                    Place(path: ["addressing", .index(index)], members: $0, known: ["network", "address"])
                }
            }
            return at("oob", known: outOfBand) + addresses
                + below("interfaces", known: ["device_link", "slaves", "networks", "sriov"])
        case .network:
            return at("dns", known: ["domain", "servers"]) + at("dhcp_relay", known: ["self_ip", "upstream_target"])
        case .hardwareProfile:
            return below("device_aliases", known: ["address", "bus_type", "dev_type"])
                + below("hugepages", known: ["size", "count"])
        case .rack: return below("tor_switches", known: ["mgmt_ip", "sdn_api_uri"])
        case .region, .networkLink, .bootAction, nil: return []
        }
    }

    private static func messages(_ place: Place, in document: DesignDocument) -> [DesignValidationMessage] {
        place.members.keys.compactMap { key in
            guard !place.known.contains(key), !key.hasPrefix("!"),
                let near = Suggestion.closest(to: key, among: place.known.filter { place.members[$0] == nil }.sorted())
            else { return nil }
            var message = DesignValidationMessage(
                name: "BY1026", message: "Open Members: the member \(String(key.prefix(80)).pythonRepr) means nothing",
                level: .warning, diagnostic: "Correct or remove it. Did you mean '\(near)'?",
                documents: [DocumentReference(schema: document.schema, name: document.name)])
            message.path = place.path + [.key(key)]
            message.concernsKey = true
            return message
        }
    }
}

extension DesignKind {
    init?(schema: String) {
        guard let kind = Self.allCases.first(where: { $0.schema == schema }) else { return nil }
        self = kind
    }
}
