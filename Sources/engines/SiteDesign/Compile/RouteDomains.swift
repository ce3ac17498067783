/// Routes between the networks of a route domain (`docs/reference/drydock.md` §7).
enum RouteDomains {
    /// Gives every network that has a route of a domain the routes to the other members of that domain.
    static func expand(_ networks: inout [Network]) {
        var order: [String] = []
        var members: [String: [String]] = [:]
        for network in networks {
            guard let domain = network.routeDomain else { continue }
            if members[domain] == nil { order.append(domain) }
            members[domain, default: []].append(network.cidr)
        }
        guard !order.isEmpty else { return }
        for index in networks.indices {
            let network = networks[index]
            for domain in order {
                guard let own = network.routes.first(where: { $0.routeDomain == domain }), own.gateway != nil,
                    own.metric != nil
                else { continue }
                for cidr in members[domain] ?? [] where cidr != network.cidr && isReached(cidr, from: network.cidr) {
                    networks[index].routes.append(
                        Route(subnet: cidr, gateway: own.gateway, metric: own.metric, isFromRouteDomain: true))
                }
            }
        }
    }

    /// Whether a gateway of the one network can lead to the other: both are of one family, or one cannot be read.
    private static func isReached(_ cidr: String, from own: String) -> Bool {
        guard let family = IPNetwork(own)?.address.family, let other = IPNetwork(cidr)?.address.family else {
            return true
        }
        return family == other
    }
}
