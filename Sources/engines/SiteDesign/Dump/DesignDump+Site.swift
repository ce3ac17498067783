import OrderedCollections
import Primitives

extension DesignDump {
    static func region(_ region: Region) -> Value {
        [
            "name": .string(region.name), "authorized_keys": Value(region.authorizedKeys),
            "tag_definitions": .array(
                region.tagDefinitions.map {
                    [
                        "tag": .string($0.tag), "type": .string($0.definitionType),
                        "definition": .string($0.definition),
                    ]
                }),
            "repositories": region.repositories.map {
                ["remove_unlisted": .bool($0.removeUnlisted), "list": .array($0.repositories.map(repository))]
            } ?? .null,
        ]
    }

    static func repository(_ repository: Repository) -> Value {
        [
            "name": .string(repository.name), "repo_type": Value(repository.repositoryType),
            "url": Value(repository.url), "distributions": list(repository.distributions),
            "subrepos": list(repository.subrepositories), "components": list(repository.components),
            "gpgkey": Value(repository.gpgKey), "arches": list(repository.architectures),
            "options": repository.options.map { Value($0) } ?? .null,
            "disabled_components": Value(repository.disabledComponents),
            "disabled_subrepos": Value(repository.disabledPockets),
        ]
    }

    static func rack(_ rack: Rack) -> Value {
        [
            "name": .string(rack.name), "location": Value(rack.location), "local_networks": Value(rack.localNetworks),
            // The reference reads the controller's address under another name than documents give it, thus never.
            "tor_switches": .array(
                rack.switches.map {
                    [
                        "switch_name": .string($0.name), "mgmt_ip": Value($0.managementAddress),
                        "sdn_api_uri": nil,
                    ]
                }),
        ]
    }

    static func networkLink(_ link: NetworkLink) -> Value {
        [
            "name": .string(link.name), "mtu": .int(link.mtu), "linkspeed": .string(link.linkSpeed),
            "bonding_mode": .string(link.bonding.mode.rawValue), "bonding_xmit_hash": Value(link.bonding.transmitHash),
            "bonding_peer_rate": Value(link.bonding.peerRate), "bonding_mon_rate": number(link.bonding.monitorRate),
            "bonding_up_delay": number(link.bonding.upDelay), "bonding_down_delay": number(link.bonding.downDelay),
            "trunk_mode": .string(link.trunkingMode.rawValue), "native_network": Value(link.nativeNetwork),
            "allowed_networks": Value(link.allowedNetworks), "metalabels": Value(link.labels),
        ]
    }

    static func network(_ network: Network) -> Value {
        [
            "name": .string(network.name), "cidr": .string(network.cidr), "vlan_id": Value(network.vlan),
            "mtu": number(network.mtu), "routedomain": Value(network.routeDomain),
            "dns_domain": .string(network.dnsDomain), "dns_servers": Value(network.dnsServers),
            "dhcp_relay_self_ip": Value(network.relay?.selfAddress),
            "dhcp_relay_upstream_target": Value(network.relay?.upstreamTarget),
            "default_gateway": Value(network.defaultGateway), "metalabels": Value(network.labels),
            "ranges": .array(
                network.ranges.map { ["type": Value($0.kind), "start": Value($0.start), "end": Value($0.end)] }),
            "routes": .array(network.routes.map(route)),
        ]
    }

    private static func route(_ route: Route) -> Value {
        var members: Value.Object = [
            "subnet": Value(route.subnet), "gateway": Value(route.gateway), "metric": Value(route.metric),
        ]
        if !route.isFromRouteDomain { members["routedomain"] = Value(route.routeDomain) }
        return .object(members)
    }

    static func hardwareProfile(_ profile: HardwareProfile) -> Value {
        [
            "name": .string(profile.name), "vendor": Value(profile.vendor), "generation": Value(profile.generation),
            "hw_version": Value(profile.hardwareVersion), "bios_version": Value(profile.biosVersion),
            "boot_mode": Value(profile.bootMode?.rawValue), "bootstrap_protocol": Value(profile.bootstrapProtocol),
            "pxe_interface": Value(profile.pxeInterface), "cpu_sets": Value(profile.cpuSets),
            "devices": .array(
                profile.devices.map {
                    [
                        "alias": .string($0.alias), "address": Value($0.address), "bus_type": Value($0.busType),
                        "dev_type": Value($0.deviceType),
                    ]
                }),
            "hugepages": .array(
                profile.hugePages.map {
                    ["name": .string($0.name), "size": .string($0.size), "count": .int($0.count)]
                }),
        ]
    }

    static func number(_ number: Int?) -> Value { number.map(Value.int) ?? .null }

    static func list(_ list: [String]?) -> Value { list.map { Value($0) } ?? .null }
}
