import OrderedCollections
import Primitives

extension NetworkLink {
    init(name: String, fields: FieldReader) throws {
        let bonding = try Bonding(fields.section("bonding"))
        guard let mtu = try fields.number("mtu") else { throw IngestError.missing("mtu") }
        let linkSpeed = try fields.requiredText("linkspeed")
        guard let allowed = try fields.texts("allowed_networks") else { throw IngestError.missing("allowed_networks") }
        self.init(name: name, mtu: mtu, linkSpeed: linkSpeed, allowedNetworks: allowed)
        self.bonding = bonding
        let trunking = try fields.section("trunking")
        if let mode = try trunking.text("mode") {
            guard let known = TrunkingMode(rawValue: mode) else { throw IngestError.invalid("trunk_mode", mode) }
            trunkingMode = known
        }
        nativeNetwork = try trunking.text("default_network")
        labels = try fields.labels("labels") ?? [:]
    }
}

extension Bonding {
    /// Absent options get Drydock's defaults; options of a link without a bond are dropped
    /// (`docs/reference/drydock.md` §5).
    init(_ fields: FieldReader) throws {
        self.init()
        if let text = try fields.text("mode") {
            guard let known = BondingMode(rawValue: text) else { throw IngestError.invalid("bonding_mode", text) }
            mode = known
        }
        guard mode != .disabled else { return }
        monitorRate = try fields.number("mon_rate") ?? 100
        upDelay = try fields.number("up_delay") ?? 200
        downDelay = try fields.number("down_delay") ?? 200
        if mode == .lacp {
            transmitHash = try fields.text("hash") ?? "layer3+4"
            peerRate = try fields.text("peer_rate") ?? "fast"
        }
    }
}

extension Network {
    init(name: String, fields: FieldReader) throws {
        self.init(name: name, cidr: try fields.requiredText("cidr"))
        vlan = try fields.text("vlan")
        mtu = try fields.number("mtu")
        routeDomain = try fields.text("routedomain")
        ranges = try (fields["ranges"].arrayValue ?? []).map { range in
            let members = try FieldReader(range, "ranges")
            return AddressRange(
                kind: try members.text("type"), start: try members.text("start"), end: try members.text("end"))
        }
        routes = try (fields["routes"].arrayValue ?? []).map { route in
            let members = try FieldReader(route, "routes")
            return Route(
                subnet: try members.text("subnet"), gateway: try members.text("gateway"),
                metric: try members.text("metric"), routeDomain: try members.text("routedomain"))
        }
        let dns = try fields.section("dns")
        dnsDomain = try dns.text("domain") ?? "local"
        dnsServers = try dns.text("servers")
        if let section = try fields.optionalSection("dhcp_relay") {
            relay = DHCPRelay(
                selfAddress: try section.text("self_ip"), upstreamTarget: try section.text("upstream_target"))
        }
        labels = try fields.labels("labels") ?? [:]
    }
}
