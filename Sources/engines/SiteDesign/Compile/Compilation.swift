import Primitives

/// Turns what was read into the effective site: inheritance, targets of boot actions, route domains
/// (`docs/reference/drydock.md` §6, §7).
struct Compilation {
    let region: Region?
    let racks: [Rack]
    let networkLinks: [NetworkLink]
    private(set) var networks: [Network]
    let hardwareProfiles: [HardwareProfile]
    private(set) var hostProfiles: [HostProfile]
    private(set) var nodes: [BaremetalNode]
    private(set) var bootActions: [BootAction]

    private let hardwareIndex: [String: Int]
    private let profileIndex: [String: Int]
    private let domains: [String: String]

    init(_ ingest: Ingest) {
        region = ingest.region
        racks = ingest.racks
        networkLinks = ingest.networkLinks
        networks = ingest.networks
        hardwareProfiles = ingest.hardwareProfiles
        hostProfiles = ingest.hostProfiles
        nodes = ingest.nodes
        bootActions = ingest.bootActions
        hardwareIndex = Self.index(hardwareProfiles.map(\.name))
        profileIndex = Self.index(hostProfiles.map(\.name))
        domains = Dictionary(networks.map { ($0.name, $0.dnsDomain) }, uniquingKeysWith: { first, _ in first })
    }

    /// What has been compiled so far, as a site.
    var site: EffectiveSite {
        EffectiveSite(
            region: region, racks: racks, networkLinks: networkLinks, networks: networks,
            hardwareProfiles: hardwareProfiles, hostProfiles: hostProfiles, nodes: nodes, bootActions: bootActions)
    }

    /// - Throws: `DesignError` where documents do not fit together; what was compiled before stays.
    mutating func run() throws {
        for index in nodes.indices {
            try DesignError.about(nodes[index].reference) { try compile(nodeAt: index) }
        }
        for index in bootActions.indices {
            let filter = bootActions[index].nodeFilter
            do {
                bootActions[index].targetNodes =
                    filter.isNull ? nodes.map(\.name) : try NodeFilter(filter).apply(to: nodes) ?? []
            } catch {
                throw DesignError("\(error)", in: bootActions[index].reference)
            }
        }
        RouteDomains.expand(&networks)
    }

    private mutating func compile(nodeAt index: Int) throws {
        if let parent = nodes[index].parentProfile {
            var chain: Set<String> = []
            let settings = try compiledProfile(parent, chain: &chain).settings
            nodes[index].settings = nodes[index].settings.inheriting(from: settings)
        }
        let node = nodes[index]
        guard let hardwareName = node.hardwareProfile else {
            throw DesignError(
                "Hardware profile not set for BaremetalNode \(node.name)", at: ["hardware_profile"],
                remedy: "Name a HardwareProfile in hardware_profile of the node, or of its host profile."
                    + Suggestion.sentence(for: "", among: hardwareProfiles.map(\.name)))
        }
        guard let hardwareAt = hardwareIndex[hardwareName] else {
            throw DesignError.notFound(
                "HardwareProfile", hardwareName, among: hardwareProfiles.map(\.name), at: ["hardware_profile"])
        }
        let hardware = hardwareProfiles[hardwareAt]
        nodes[index].settings.interfaces = try node.interfaces.map { try $0.withSelectors(from: hardware) }
        nodes[index].settings.kernelParameters = try KernelParameters.resolved(node.kernelParameters, from: hardware)
        nodes[index].domain = node.primaryNetwork.flatMap { domains[$0] } ?? "local"
        nodes[index].source = .compiled
    }

    /// The profile `name` with its parents' settings, compiled once; `chain` holds the profiles that are under way.
    private mutating func compiledProfile(_ name: String, chain: inout Set<String>) throws -> HostProfile {
        guard let index = profileIndex[name] else {
            throw DesignError.notFound("HostProfile", name, among: hostProfiles.map(\.name), at: ["host_profile"])
        }
        if hostProfiles[index].source == .compiled { return hostProfiles[index] }
        guard chain.insert(name).inserted else {
            throw DesignError(
                "HostProfile \(name) is among its own parents", at: ["host_profile"],
                remedy: "Remove host_profile from the most general of them.")
        }
        if let parent = hostProfiles[index].settings.parentProfile {
            guard chain.count < Self.deepestChain else {
                throw DesignError("HostProfile \(name) has more than \(Self.deepestChain) ancestors")
            }
            let settings = try DesignError.about(hostProfiles[index].reference) {
                try compiledProfile(parent, chain: &chain).settings
            }
            hostProfiles[index].settings = hostProfiles[index].settings.inheriting(from: settings)
        }
        hostProfiles[index].source = .compiled
        return hostProfiles[index]
    }

    /// Keeps the stack safe from a design made to exhaust it.
    private static let deepestChain = 200

    private static func index(_ names: [String]) -> [String: Int] {
        Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }
}

extension Interface {
    /// Where the slaves are: by PCI address where the hardware profile knows them, else by name.
    func withSelectors(from hardware: HardwareProfile) throws -> Interface {
        guard !slaves.isEmpty else { return self }
        var selected = self
        selected.selectors = try slaves.map { slave in
            guard let device = hardware.devices.first(where: { $0.alias == slave && $0.busType == "pci" }) else {
                return SlaveSelector(kind: .name, address: slave, deviceType: nil)
            }
            guard let address = device.address else {
                throw DesignError(
                    "Field `address' cannot be None", in: hardware.reference, at: ["device_aliases", .key(slave)],
                    remedy: "Give the alias \(slave) its address.")
            }
            guard let type = device.deviceType else {
                throw DesignError(
                    "Field `device_type' cannot be None: alias \(slave) of HardwareProfile \(hardware.name)",
                    in: hardware.reference, at: ["device_aliases", .key(slave)],
                    remedy: "Give the alias \(slave) its dev_type.")
            }
            return SlaveSelector(kind: .address, address: address, deviceType: type)
        }
        return selected
    }
}
