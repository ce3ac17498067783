import OrderedCollections
import Primitives

/// The ids in the context of a boot action's templates, by which the node reports.
package struct BootActionIdentity: Sendable {
    /// 26 characters of Crockford's base 32.
    package var actionID: String
    /// One for all boot actions of a deployment of a node.
    package var key: Secret<[UInt8]>

    package init(actionID: String, key: Secret<[UInt8]>) {
        self.actionID = actionID
        self.key = key
    }
}

/// What templates of boot actions can see, and nothing else (`docs/reference/drydock.md` §15).
enum BootActionContext {
    static func node(_ node: BaremetalNode, in site: EffectiveSite) throws -> Value {
        var networks: Value.Object = [:]
        for assignment in node.addressing {
            guard let address = assignment.address else { continue }
            guard let network = site.network(named: assignment.network) else {
                throw BootActionError(.design, "Network \(assignment.network) not found in design state")
            }
            networks[network.name] = [
                "ip": .string(address), "cidr": .string(network.cidr), "dns_suffix": .string(network.dnsDomain),
            ]
        }
        if let primary = node.primaryNetwork, let entry = networks[primary] { networks["default"] = entry }
        var interfaces: Value.Object = [:]
        for interface in node.interfaces {
            let sriov = interface.sriov
            var entry: Value.Object = ["sriov": .bool(sriov?.isEnabled ?? false)]
            if let sriov, sriov.isEnabled {
                entry["vf_count"] = .int(sriov.count ?? 0)
                entry["trustedmode"] = .bool(sriov.isTrusted ?? false)
            }
            interfaces[interface.name] = .object(entry)
        }
        return [
            "hostname": .string(node.name), "domain": .string(node.domain), "tags": Value(node.tags),
            "labels": Value(HardwareExpectations.labels(of: node)), "network": .object(networks),
            "interfaces": .object(interfaces),
        ]
    }

    static func action(_ identity: BootActionIdentity, reportURL: String, designReference: String) -> Value {
        [
            "action_id": .string(identity.actionID), "action_key": .string(identity.key.reveal().hex),
            "report_url": .string(reportURL), "design_ref": .string(designReference),
        ]
    }
}
