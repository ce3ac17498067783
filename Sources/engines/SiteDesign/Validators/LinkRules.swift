import Primitives

extension Validator {
    /// More than one network over a link needs tags; a link without tags has one network, without a tag.
    static let trunking = Validator("DD2004", "Network Trunking Rationalty") { site, findings in
        for link in site.networkLinks where link.trunkingMode == .disabled {
            if link.allowedNetworks.count > 1 {
                findings.error(
                    "If there is more than 1 allowed network,trunking mode must be enabled",
                    "Reduce the allowed network list to 1 or enable trunking on the link.", link.reference,
                    at: ["allowed_networks"])
            }
            guard let native = link.nativeNetwork else {
                findings.error(
                    "Trunking mode is disabled, a trunking default_network must be defined",
                    "Non-trunked links must have a native network defined.", link.reference, at: ["trunking"],
                    remedy: "Name the untagged network in trunking.default_network.")
                continue
            }
            guard let network = site.network(named: native) else {
                throw DesignError.notFound(
                    "Network", native, among: site.networks.map(\.name), in: link.reference,
                    at: ["trunking", "default_network"])
            }
            if network.vlan != nil {
                findings.error(
                    "Network link native network has a defined VLAN tag.",
                    "Tagged network not allowed on non-trunked network links.", network.reference, link.reference,
                    at: ["vlan"], remedy: "Remove the vlan, or set trunking.mode of the link to 802.1q.")
            }
        }
    }

    /// The delays of an LACP bond are no shorter than the time between two looks at it.
    ///
    /// Reading a link leaves no options to a link without a bond, nor a hash to one that is no LACP bond, so that
    /// nothing is left to check of those.
    static let bonds = Validator("DD1006", "Network Bond Rationality") { site, findings in
        for link in site.networkLinks where link.bonding.mode == .lacp {
            guard let rate = link.bonding.monitorRate else { continue }
            if let delay = link.bonding.upDelay, delay < rate {
                findings.error(
                    "Up delay \(delay) is less than mon rate \(rate)",
                    "Link up delay must be equal or greater than the mon_rate", link.reference,
                    at: ["bonding", "up_delay"])
            }
            if let delay = link.bonding.downDelay, delay < rate {
                findings.error(
                    "Down delay \(delay) is less than mon rate \(rate)",
                    "Link down delay must be equal or greater than the mon_rate", link.reference,
                    at: ["bonding", "down_delay"])
            }
        }
    }

    /// A network runs over one link, and interfaces have networks that their links carry.
    static let allowedNetworks = Validator("DD1007", "Allowed Network Check") { site, findings in
        var carriers: [String: String] = [:]
        var allowed: [String: Set<String>] = [:]
        for link in site.networkLinks {
            if allowed[link.name] == nil { allowed[link.name] = Set(link.allowedNetworks) }
            for network in link.allowedNetworks {
                if let other = carriers[network] {
                    findings.error(
                        "Allowed network \(network) duplicated on NetworkLink \(other) and NetworkLink \(link.name)",
                        "Each network is only allowed to cross a single network link.")
                } else {
                    carriers[network] = link.name
                }
            }
        }
        for node in site.nodes {
            for interface in node.interfaces {
                let carried = interface.link.flatMap { allowed[$0] }
                for network in interface.networks {
                    guard let carried else {
                        let suggestion = findings.suggestion(
                            for: interface.link ?? "", among: site.networkLinks.map(\.name))
                        findings.error(
                            "Interface \(interface.name) connected to undefined network link"
                                + " \(interface.link ?? "None").",
                            "Define the network link attached to this interface.", node.reference,
                            at: ["interfaces", .key(interface.name), "device_link"],
                            remedy: "Correct device_link, or add the NetworkLink." + suggestion)
                        continue
                    }
                    if !carried.contains(network) {
                        let suggestion = findings.suggestion(for: network, among: carried.sorted())
                        findings.error(
                            "Interface \(interface.name) attached to network \(network) not allowed on interface link",
                            "Interfaces can only be attached to networks allowed on the network link connected to the"
                                + " interface.",
                            node.reference, at: ["interfaces", .key(interface.name), "networks", .element(network)],
                            remedy: "Correct the network, or add it to allowed_networks of NetworkLink "
                                + "\(interface.link ?? "")." + suggestion)
                    }
                }
            }
        }
    }
}
