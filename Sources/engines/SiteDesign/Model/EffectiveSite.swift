/// The site as compiled: what machines are to become.
///
/// Where documents share a name the first one is found by it; all are in the lists (`docs/reference/drydock.md` §4).
package struct EffectiveSite: Sendable {
    /// The region; nil where no document has one. Of several the first.
    package let region: Region?
    /// In the order of the documents, as all lists here.
    package let racks: [Rack]
    /// In the order of the documents.
    package let networkLinks: [NetworkLink]
    /// In the order of the documents.
    package let networks: [Network]
    /// In the order of the documents.
    package let hardwareProfiles: [HardwareProfile]
    /// In the order of the documents; their settings are as designed, not compiled.
    package let hostProfiles: [HostProfile]
    /// In the order of the documents, compiled.
    package let nodes: [BaremetalNode]
    /// In the order of the documents, with their target nodes.
    package let bootActions: [BootAction]

    private let rackIndex: [String: Int]
    private let linkIndex: [String: Int]
    private let networkIndex: [String: Int]
    private let hardwareIndex: [String: Int]
    private let profileIndex: [String: Int]
    private let nodeIndex: [String: Int]
    /// The places of each node's boot actions.
    private let actionIndex: [String: [Int]]

    /// Builds the indices by name; linear in the number of parts.
    package init(
        region: Region?, racks: [Rack], networkLinks: [NetworkLink], networks: [Network],
        hardwareProfiles: [HardwareProfile], hostProfiles: [HostProfile], nodes: [BaremetalNode],
        bootActions: [BootAction]
    ) {
        self.region = region
        self.racks = racks
        self.networkLinks = networkLinks
        self.networks = networks
        self.hardwareProfiles = hardwareProfiles
        self.hostProfiles = hostProfiles
        self.nodes = nodes
        self.bootActions = bootActions
        rackIndex = Self.index(racks.map(\.name))
        linkIndex = Self.index(networkLinks.map(\.name))
        networkIndex = Self.index(networks.map(\.name))
        hardwareIndex = Self.index(hardwareProfiles.map(\.name))
        profileIndex = Self.index(hostProfiles.map(\.name))
        nodeIndex = Self.index(nodes.map(\.name))
        var actions: [String: [Int]] = [:]
        for (place, action) in bootActions.enumerated() {
            for node in action.targetNodes { actions[node, default: []].append(place) }
        }
        actionIndex = actions
    }

    /// The first of that name; nil where there is none. So for all look-ups here.
    package func rack(named name: String) -> Rack? { rackIndex[name].map { racks[$0] } }
    /// The first of that name; nil where there is none.
    package func networkLink(named name: String) -> NetworkLink? { linkIndex[name].map { networkLinks[$0] } }
    /// The first of that name; nil where there is none.
    package func network(named name: String) -> Network? { networkIndex[name].map { networks[$0] } }
    /// The first of that name; nil where there is none.
    package func hardwareProfile(named name: String) -> HardwareProfile? {
        hardwareIndex[name].map { hardwareProfiles[$0] }
    }
    /// The first of that name; nil where there is none.
    package func hostProfile(named name: String) -> HostProfile? { profileIndex[name].map { hostProfiles[$0] } }
    /// The first of that name; nil where there is none.
    package func node(named name: String) -> BaremetalNode? { nodeIndex[name].map { nodes[$0] } }

    /// The hardware profile that `node` names.
    package func hardwareProfile(of node: BaremetalNode) -> HardwareProfile? {
        node.hardwareProfile.flatMap { hardwareProfile(named: $0) }
    }

    /// The boot actions that target `node`, in the order of the documents.
    package func bootActions(of node: String) -> [BootAction] {
        (actionIndex[node] ?? []).map { bootActions[$0] }
    }

    private static func index(_ names: [String]) -> [String: Int] {
        Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }
}
