import OrderedCollections
import Primitives

/// A machine of the site, with everything that its profiles give it.
///
/// The settings that profiles have too are members as well: `node.image`, `node.interfaces`.
@dynamicMemberLookup
package struct BaremetalNode: Sendable, Hashable {
    package var name: String
    package var addressing: [NodeAddress]
    /// As written.
    package let bootMAC: String?
    /// The boot MAC in its canonical form; nil where there is none or it cannot be read.
    package let bootMACAddress: MACAddress?
    package var source: CompilationSource = .designed
    /// The domain of the primary network, `local` where there is none.
    package var domain = "local"

    /// Shared between copies: nodes are passed around by the thousand, and their settings seldom change.
    private var shared: SharedSettings

    package init(name: String, settings: HostSettings, addressing: [NodeAddress], bootMAC: String? = nil) {
        self.name = name
        shared = SharedSettings(settings)
        self.addressing = addressing
        self.bootMAC = bootMAC
        bootMACAddress = bootMAC.flatMap { MACAddress($0) }
    }

    package var settings: HostSettings {
        get { shared.settings }
        set { shared = SharedSettings(newValue) }
    }

    package subscript<Member>(dynamicMember path: KeyPath<HostSettings, Member>) -> Member {
        shared.settings[keyPath: path]
    }

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

    package var outOfBandAccount: String? { shared.settings.outOfBandParameters["account"] }

    package var outOfBandCredential: Secret<String>? {
        shared.settings.outOfBandParameters["credential"].map { Secret($0) }
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
    package enum Kind: String, Sendable {
        case dhcp
        case fixed = "static"
    }

    package let network: String
    package let kind: Kind
    /// As written; nil where DHCP gives it.
    package let address: String?
    /// nil where there is none or it cannot be read.
    package let ipv4: IPv4Address?

    package init(network: String, kind: Kind, address: String?) {
        self.network = network
        self.kind = kind
        self.address = address
        ipv4 = address.flatMap { IPv4Address($0) }
    }
}
