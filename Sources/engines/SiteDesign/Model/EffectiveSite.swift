/// The site as compiled: what machines are to become.
///
/// Where documents share a name the first one is found by it; all are in the lists (`spec/drydock.md` §4).
package struct EffectiveSite: Sendable {
    package let region: Region?
    package let racks: [Rack]
    package let networkLinks: [NetworkLink]
    package let networks: [Network]
    package let hardwareProfiles: [HardwareProfile]
    package let hostProfiles: [HostProfile]
    package let nodes: [BaremetalNode]
    package let bootActions: [BootAction]

    private let rackIndex: [String: Int]
    private let linkIndex: [String: Int]
    private let networkIndex: [String: Int]
    private let hardwareIndex: [String: Int]
    private let profileIndex: [String: Int]
    private let nodeIndex: [String: Int]
    /// The places of each node's boot actions.
    private let actionIndex: [String: [Int]]

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

    package func rack(named name: String) -> Rack? { rackIndex[name].map { racks[$0] } }
    package func networkLink(named name: String) -> NetworkLink? { linkIndex[name].map { networkLinks[$0] } }
    package func network(named name: String) -> Network? { networkIndex[name].map { networks[$0] } }
    package func hardwareProfile(named name: String) -> HardwareProfile? {
        hardwareIndex[name].map { hardwareProfiles[$0] }
    }
    package func hostProfile(named name: String) -> HostProfile? { profileIndex[name].map { hostProfiles[$0] } }
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
