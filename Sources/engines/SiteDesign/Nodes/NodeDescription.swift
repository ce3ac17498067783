import OrderedCollections
import Primitives

/// An effective node as data: what its profiles, networks and boot actions make of it, in one value.
///
/// Secrets of its BMC are left out, and the contents of assets told by their digests, as assets may hold keys.
package struct NodeDescription: Sendable {
    let site: EffectiveSite
    let node: BaremetalNode
    /// What networks and assets come to is the same for every node: worked out once for a site.
    let shared: Shared

    /// What the descriptions of all nodes of a site have in common.
    package struct Shared: Sendable {
        let region: Value
        fileprivate let actions: [String: Value]
        fileprivate let links: [String: Value.Object]

        package init(_ site: EffectiveSite) {
            region = NodeDescription.region(site.region)
            actions = Dictionary(
                site.bootActions.map { ($0.name, NodeDescription.action($0)) }, uniquingKeysWith: { first, _ in first })
            links = Dictionary(
                site.networkLinks.map { ($0.name, NodeDescription.link($0)) }, uniquingKeysWith: { first, _ in first })
        }
    }

    package init(_ node: BaremetalNode, in site: EffectiveSite, shared: Shared? = nil) {
        self.site = site
        self.node = node
        self.shared = shared ?? Shared(site)
    }

    /// The node as clients get it who may read the design. It has no secrets.
    package var value: Value {
        var members = facts
        if case .object(var management)? = members["out_of_band"] {
            management["parameters"] = Value((management["parameters"]?.objectValue ?? [:]).keys.sorted())
            members["out_of_band"] = .object(management)
        }
        members["fqdn"] = .string(node.fqdn)
        if case .object(var platform)? = members["platform"] {
            platform["command_line"] = Value(try? node.kernelCommandLine())
            members["platform"] = .object(platform)
        }
        return Value.object(members).withoutAddressCredentials
    }

    /// Every fact once, parameters of the BMC and credentials in addresses included: what comparisons look at.
    var facts: Value.Object {
        [
            "name": .string(node.name), "domain": .string(node.domain),
            "rack": Value(node.rack), "host_profile": Value(node.parentProfile),
            "hardware_profile": Value(node.hardwareProfile), "tags": Value(node.tags),
            "labels": Value(node.ownerData),
            "boot": [
                "mac": Value(node.bootMACAddress?.description ?? node.bootMAC),
                "mode": .string((site.hardwareProfile(of: node)?.bootMode ?? .bios).rawValue),
            ],
            "out_of_band": outOfBand, "platform": platform, "primary_network": Value(node.primaryNetwork),
            "interfaces": .array(node.interfaces.map(interface)), "addresses": .array(node.addressing.map(address)),
            "storage": [
                "devices": .array(node.storageDevices.map(device)), "raid": .array(node.arrays.map(Self.array)),
                "volume_groups": .array(node.volumeGroups.map(Self.volumeGroup)),
            ],
            "boot_actions": .array(site.bootActions(of: node.name).map { shared.actions[$0.name] ?? .null }),
            "site": shared.region,
        ]
    }

    private var outOfBand: Value {
        let shown: Set<String> = ["network", "account"]
        return [
            "type": Value(node.outOfBandType), "network": Value(node.outOfBandNetwork),
            "address": Value(node.outOfBandAddress), "account": Value(node.outOfBandAccount),
            "parameters": Value(node.outOfBandParameters.filter { !shown.contains($0.key) }),
        ]
    }

    private var platform: Value {
        [
            "image": Value(node.image), "kernel": Value(node.kernel),
            "kernel_parameters": Value(node.kernelParameters),
        ]
    }

    private func address(_ address: NodeAddress) -> Value {
        [
            "network": .string(address.network), "type": .string(address.kind.rawValue),
            "address": Value(address.address),
        ]
    }

    private func interface(_ interface: Interface) -> Value {
        let link = interface.link.flatMap { site.networkLink(named: $0) }
        var members: Value.Object = ["name": .string(interface.name), "link": Value(interface.link)]
        members.merge(interface.link.flatMap { shared.links[$0] } ?? [:]) { first, _ in first }
        members["slaves"] = .array(interface.slaves.map(slave))
        members["sriov"] =
            interface.sriov.flatMap { functions in
                guard functions.isEnabled else { return nil }
                return ["vf_count": .int(functions.count ?? 0), "trustedmode": .bool(functions.isTrusted ?? false)]
            } ?? .null
        members["networks"] = .array(interface.networks.map { network($0, native: link?.nativeNetwork) })
        return .object(members)
    }

    private func slave(_ name: String) -> Value {
        ["name": .string(name), "device": selector(name)]
    }

    /// Where the hardware profile says that a device is; null where it does not know the name.
    private func selector(_ name: String) -> Value {
        guard let device = site.hardwareProfile(of: node)?.device(name) else { return .null }
        return [
            "bus_type": Value(device.busType), "address": Value(device.address), "dev_type": Value(device.deviceType),
        ]
    }

    private func network(_ name: String, native: String?) -> Value {
        let assignment = node.addressing.first { $0.network == name }
        var members: Value.Object = [
            "name": .string(name), "type": assignment.map { .string($0.kind.rawValue) } ?? "none",
            "address": Value(assignment?.address),
        ]
        guard let network = site.network(named: name) else { return .object(members) }
        members["cidr"] = .string(network.cidr)
        members["vlan"] = name == native ? .null : Value(network.vlan)
        members["mtu"] = network.mtu.map(Value.int) ?? .null
        members["gateway"] = name == node.primaryNetwork ? Value(network.defaultGateway) : .null
        members["routes"] = .array(
            network.routes.filter { $0.subnet != nil }.map {
                ["subnet": Value($0.subnet), "gateway": Value($0.gateway), "metric": Value($0.metric)]
            })
        members["dns"] = ["domain": .string(network.dnsDomain), "servers": Value(network.dnsServerList)]
        return .object(members)
    }

    private func device(_ device: StorageDevice) -> Value {
        [
            "name": .string(device.name), "device": selector(device.name), "labels": Value(device.labels ?? [:]),
            "volume_group": Value(device.volumeGroup),
            "partitions": .array((device.partitions ?? []).map(Self.partition)),
        ]
    }
}
