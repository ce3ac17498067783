import OrderedCollections

/// A cable, or a bond of cables, and the networks that run over it.
package struct NetworkLink: Sendable, Hashable {
    package var name: String
    package var bonding = Bonding()
    package var mtu: Int
    package var linkSpeed: String
    package var trunkingMode: TrunkingMode = .disabled
    /// The untagged network.
    package var nativeNetwork: String?
    package var allowedNetworks: [String]
    package var labels: Labels = [:]

    package init(name: String, mtu: Int, linkSpeed: String, allowedNetworks: [String]) {
        self.name = name
        self.mtu = mtu
        self.linkSpeed = linkSpeed
        self.allowedNetworks = allowedNetworks
    }

    /// Labelled `noconfig`, with whatever value: the provisioner leaves the link and its networks alone.
    package var isConfigured: Bool { labels["noconfig"] == nil }
}

package enum TrunkingMode: String, Sendable {
    case disabled
    case tagged = "802.1q"
}

package enum BondingMode: String, Sendable {
    case disabled
    case lacp = "802.3ad"
    case roundRobin = "balance-rr"
    case activeBackup = "active-backup"
}

/// How the cables of a link are bonded. Times are milliseconds; all nil where the mode is `disabled`.
package struct Bonding: Sendable, Hashable {
    package var mode: BondingMode = .disabled
    package var transmitHash: String?
    package var peerRate: String?
    package var monitorRate: Int?
    package var upDelay: Int?
    package var downDelay: Int?

    package init() {}
}
