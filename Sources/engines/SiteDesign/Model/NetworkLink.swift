import OrderedCollections

/// A cable, or a bond of cables, and the networks that run over it.
package struct NetworkLink: Sendable, Hashable {
    /// The name of the document.
    package var name: String
    /// How the cables are bonded; mode `disabled` for one cable.
    package var bonding = Bonding()
    /// In bytes.
    package var mtu: Int
    /// `auto`, or a speed as the document gives it: `10full`.
    package var linkSpeed: String
    /// Whether VLANs are tagged on the link.
    package var trunkingMode: TrunkingMode = .disabled
    /// The untagged network.
    package var nativeNetwork: String?
    /// Names of the networks that may run over it.
    package var allowedNetworks: [String]
    /// Labels of the document.
    package var labels: Labels = [:]

    /// A link without bond and VLANs.
    package init(name: String, mtu: Int, linkSpeed: String, allowedNetworks: [String]) {
        self.name = name
        self.mtu = mtu
        self.linkSpeed = linkSpeed
        self.allowedNetworks = allowedNetworks
    }

    /// Labelled `noconfig`, with whatever value: the provisioner leaves the link and its networks alone.
    package var isConfigured: Bool { labels["noconfig"] == nil }
}

/// Whether VLANs are tagged; the text is that of the documents.
package enum TrunkingMode: String, Sendable {
    case disabled
    case tagged = "802.1q"
}

/// The bonding modes that documents may name.
package enum BondingMode: String, Sendable {
    case disabled
    case lacp = "802.3ad"
    case roundRobin = "balance-rr"
    case activeBackup = "active-backup"
}

/// How the cables of a link are bonded. Times are milliseconds; all nil where the mode is `disabled`.
package struct Bonding: Sendable, Hashable {
    /// `disabled` for no bond.
    package var mode: BondingMode = .disabled
    /// The kernel's `xmit_hash_policy`: `layer3+4`.
    package var transmitHash: String?
    /// The kernel's `lacp_rate`: `slow` or `fast`.
    package var peerRate: String?
    /// Between two looks at the carrier (`miimon`).
    package var monitorRate: Int?
    /// Before a cable with carrier is used.
    package var upDelay: Int?
    /// Before a cable without carrier is given up.
    package var downDelay: Int?

    /// No bond.
    package init() {}
}
