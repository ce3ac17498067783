import OrderedCollections
import Primitives

/// A machine of the site, with everything that its profiles give it.
///
/// The settings that profiles have too are members as well: `node.image`, `node.interfaces`.
@dynamicMemberLookup
package struct BaremetalNode: Sendable, Hashable {
    /// The name of the document, which is the host name without its domain.
    package var name: String
    /// Its addresses, in the order of the document; of a network at most one is used: the first.
    package var addressing: [NodeAddress]
    /// As written.
    package let bootMAC: String?
    /// The boot MAC in its canonical form; nil where there is none or it cannot be read.
    package let bootMACAddress: MACAddress?
    /// `compiled` once its profiles are merged into `settings`.
    package var source: CompilationSource = .designed
    /// The domain of the primary network, `local` where there is none.
    package var domain = "local"

    /// Shared between copies: nodes are passed around by the thousand, and their settings seldom change.
    private var shared: SharedSettings

    /// - Parameter bootMAC: the MAC of the interface that boots by PXE, in any common spelling.
    package init(name: String, settings: HostSettings, addressing: [NodeAddress], bootMAC: String? = nil) {
        self.name = name
        shared = SharedSettings(settings)
        self.addressing = addressing
        self.bootMAC = bootMAC
        bootMACAddress = bootMAC.flatMap { MACAddress($0) }
    }

    /// What its profiles and the node itself say, merged once it is compiled.
    package var settings: HostSettings {
        get { shared.settings }
        set { shared = SharedSettings(newValue) }
    }

    package subscript<Member>(dynamicMember path: KeyPath<HostSettings, Member>) -> Member {
        shared.settings[keyPath: path]
    }

    /// The fully qualified domain name, `n1.example.org`.
    package var fqdn: String { "\(name).\(domain)" }

    /// The static address on `network`, as written.
    package func address(on network: String?) -> String? {
        guard let network else { return nil }
        return addressing.first { $0.network == network && $0.address != nil }?.address
    }

    /// The network of its BMC.
    package var outOfBandNetwork: String? { shared.settings.outOfBandParameters["network"] }

    /// The address of its BMC: the static one on the out-of-band network.
    package var outOfBandAddress: String? { address(on: outOfBandNetwork) }

    /// Where the machine is switched: the address of its BMC, or that of libvirt without credentials. Nil for a node of the type
    /// `manual`, and where the design does not say.
    package var powerAddress: String? {
        switch shared.settings.outOfBandType {
        case "manual": nil
        case "libvirt": shared.settings.outOfBandParameters["libvirt_uri"].map(AddressCredentials.removed)
        default: outOfBandAddress
        }
    }

    /// Whether the installer comes by the drive of its BMC, and not by the network (`oob.boot`).
    package var bootsFromMedia: Bool { shared.settings.outOfBandParameters["boot"] == "media" }

    /// The user of its BMC.
    package var outOfBandAccount: String? { shared.settings.outOfBandParameters["account"] }

    /// The password of its BMC.
    package var outOfBandCredential: Secret<String>? {
        shared.settings.outOfBandParameters["credential"].map { Secret($0) }
    }

    /// The key of its BMC itself (K_G), beside the passwords of users.
    package var outOfBandKey: Secret<String>? {
        guard let key = shared.settings.outOfBandParameters["kg"], !key.isEmpty else { return nil }
        return Secret(key)
    }
}

private final class SharedSettings: Sendable, Hashable {
    let settings: HostSettings

    init(_ settings: HostSettings) { self.settings = settings }

    static func == (left: SharedSettings, right: SharedSettings) -> Bool {
        left === right || left.settings == right.settings
    }

    func hash(into hasher: inout Hasher) { hasher.combine(settings) }
}

/// An address of a node on a network.
package struct NodeAddress: Sendable, Hashable {
    /// How the address is assigned.
    package enum Kind: String, Sendable {
        case dhcp
        case fixed = "static"
    }

    /// The name of a `Network` document.
    package let network: String
    /// How the address is assigned.
    package let kind: Kind
    /// As written; nil where DHCP gives it.
    package let address: String?
    /// nil where there is none or it cannot be read.
    package let ipv4: IPv4Address?
    /// The address of either family; nil where there is none or it cannot be read.
    package let ip: IPAddress?

    /// - Parameter address: as written; it is parsed here, once.
    package init(network: String, kind: Kind, address: String?) {
        self.network = network
        self.kind = kind
        self.address = address
        ipv4 = address.flatMap { IPv4Address($0) }
        ip = address.flatMap { IPAddress($0) }
    }
}
