import OrderedCollections
import Primitives

/// A subnet, its VLAN, its ranges and routes.
package struct Network: Sendable, Hashable {
    package var name: String
    /// As written; see `subnet`.
    package var cidr: String
    package var vlan: String?
    package var mtu: Int?
    package var routeDomain: String?
    package var ranges: [AddressRange] = []
    /// With those that its route domain adds (`spec/drydock.md` §7).
    package var routes: [Route] = []
    package var dnsDomain = "local"
    /// Addresses separated by commas, as written.
    package var dnsServers: String?
    package var relay: DHCPRelay?
    package var labels: Labels = [:]

    package init(name: String, cidr: String) {
        self.name = name
        self.cidr = cidr
    }

    /// nil where `cidr` cannot be read.
    package var subnet: IPv4Network? { IPv4Network(cidr) }

    /// The gateway of the first route to exactly `0.0.0.0/0`.
    package var defaultGateway: String? { routes.first { $0.subnet == Route.everywhere }?.gateway }

    package var dnsServerList: [String] {
        (dnsServers ?? "").split(whereSeparator: { $0 == "," || $0 == " " }).map(String.init)
    }

    package var isConfigured: Bool { labels["noconfig"] == nil }
}

/// Addresses from `start` to `end`, both included.
package struct AddressRange: Sendable, Hashable {
    /// `static`, `dhcp`, `reserved`; free text
    package var kind: String?
    package var start: String?
    package var end: String?
}

package struct Route: Sendable, Hashable {
    static let everywhere = "0.0.0.0/0"

    package var subnet: String?
    package var gateway: String?
    /// A number, kept as text.
    package var metric: String?
    package var routeDomain: String?
    /// Made by the route domain of the network, not written in its document.
    package var isFromRouteDomain = false
}

package struct DHCPRelay: Sendable, Hashable {
    package var selfAddress: String?
    package var upstreamTarget: String?
}
