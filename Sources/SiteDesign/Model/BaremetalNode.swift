import OrderedCollections
import Primitives

/// A machine of the site, with everything that its profiles give it.
///
/// The settings that profiles have too are members as well: `node.image`, `node.interfaces`.
@dynamicMemberLookup
package struct BaremetalNode: Sendable, Hashable {
    package var name: String
    package var settings: HostSettings
    package var addressing: [NodeAddress]
    /// As written; see `bootMACAddress`.
    package var bootMAC: String?
    package var source: CompilationSource = .designed
    /// The domain of the primary network, `local` where there is none.
    package var domain = "local"

    package init(name: String, settings: HostSettings, addressing: [NodeAddress], bootMAC: String? = nil) {
        self.name = name
        self.settings = settings
        self.addressing = addressing
        self.bootMAC = bootMAC
    }

    package subscript<Member>(dynamicMember path: KeyPath<HostSettings, Member>) -> Member { settings[keyPath: path] }

    package var fqdn: String { "\(name).\(domain)" }

    /// The boot MAC in its canonical form; nil where there is none or it cannot be read.
    package var bootMACAddress: MACAddress? { bootMAC.flatMap { MACAddress($0) } }

    /// The static address on `network`, as written.
    package func address(on network: String?) -> String? {
        guard let network else { return nil }
        return addressing.first { $0.network == network && $0.address != nil }?.address
    }

    /// The network of its BMC.
    package var outOfBandNetwork: String? { settings.outOfBandParameters["network"] }

    /// The address of its BMC: the static one on the out-of-band network.
    package var outOfBandAddress: String? { address(on: outOfBandNetwork) }

    package var outOfBandAccount: String? { settings.outOfBandParameters["account"] }

    package var outOfBandCredential: Secret<String>? { settings.outOfBandParameters["credential"].map { Secret($0) } }
}

/// An address of a node on a network.
package struct NodeAddress: Sendable, Hashable {
    package enum Kind: String, Sendable {
        case dhcp
        case fixed = "static"
    }

    package var network: String
    package var kind: Kind
    /// nil where DHCP gives it.
    package var address: String?

    package init(network: String, kind: Kind, address: String?) {
        self.network = network
        self.kind = kind
        self.address = address
    }
}
