import OrderedCollections
import Primitives

/// A subnet, its VLAN, its ranges and routes.
package struct Network: Sendable, Hashable {
    /// The name of the document.
    package var name: String
    /// As written; see `subnet`.
    package var cidr: String
    /// The VLAN id as written, 1 to 4094; nil for untagged.
    package var vlan: String?
    /// In bytes; nil takes the link's.
    package var mtu: Int?
    /// Networks of one route domain get routes to each other.
    package var routeDomain: String?
    /// In the order of the document.
    package var ranges: [AddressRange] = []
    /// With those that its route domain adds (`docs/reference/drydock.md` §7).
    package var routes: [Route] = []
    package var dnsDomain = "local"
    /// Addresses separated by commas, as written.
    package var dnsServers: String?
    /// The relay that forwards DHCP requests of this network; nil where there is none.
    package var relay: DHCPRelay?
    /// Labels of the document; `noconfig` leaves the network alone.
    package var labels: Labels = [:]

    /// A network of which only name and range are known.
    package init(name: String, cidr: String) {
        self.name = name
        self.cidr = cidr
    }

    /// nil where `cidr` cannot be read.
    package var subnet: IPv4Network? { IPv4Network(cidr) }

    /// Its addresses, of either family; nil where `cidr` cannot be read.
    package var block: IPNetwork? { IPNetwork(cidr) }

    /// Where the route with that gateway names it.
    func path(ofGateway gateway: String) -> [DesignStep] {
        let index = routes.firstIndex { $0.gateway == gateway }
        return ["routes"] + (index.map { [.index($0), "gateway"] } ?? [])
    }

    /// The gateway of the first route to exactly `0.0.0.0/0`, or of IPv6 to `::/0` however it is written.
    package var defaultGateway: String? { routes.first(where: \.leadsEverywhere)?.gateway }

    /// Whether it is one of IPv6; false where `cidr` cannot be read.
    package var isIPv6: Bool { block?.address.family == .ipv6 }

    /// `dnsServers` as a list.
    package var dnsServerList: [String] {
        (dnsServers ?? "").split(whereSeparator: { $0 == "," || $0 == " " }).map(String.init)
    }

    /// False with the label `noconfig`, whatever its value.
    package var isConfigured: Bool { labels["noconfig"] == nil }
}

/// Addresses from `start` to `end`, both included.
package struct AddressRange: Sendable, Hashable {
    /// `static`, `dhcp`, `reserved`; free text
    package var kind: String?
    /// The first address, as written.
    package var start: String?
    /// The last address, as written.
    package var end: String?
}

/// A route of a network.
package struct Route: Sendable, Hashable {
    private static let everywhere = "0.0.0.0/0"
    private static let everywhereIPv6 = IPNetwork("::/0")

    /// Whether it is the default route.
    var leadsEverywhere: Bool {
        guard let subnet else { return false }
        return subnet == Self.everywhere || subnet.contains(":") && IPNetwork(subnet) == Self.everywhereIPv6
    }

    /// The destination in CIDR notation, as written.
    package var subnet: String?
    /// The address of the next hop, as written.
    package var gateway: String?
    /// A number, kept as text.
    package var metric: String?
    /// A destination by route domain instead of by subnet.
    package var routeDomain: String?
    /// Made by the route domain of the network, not written in its document.
    package var isFromRouteDomain = false
}

/// A DHCP relay.
package struct DHCPRelay: Sendable, Hashable {
    /// The relay's address in the network.
    package var selfAddress: String?
    /// The server that it forwards to.
    package var upstreamTarget: String?
}
