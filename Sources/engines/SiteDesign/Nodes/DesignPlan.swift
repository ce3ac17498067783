import OrderedCollections
import Primitives

/// A site with what the descriptions of all its nodes have in common.
package struct DescribedSite: Sendable {
    package let site: EffectiveSite
    fileprivate let shared: NodeDescription.Shared

    /// Linear in the number of networks and boot actions: made once for a site, not for each node.
    package init(_ site: EffectiveSite) {
        self.site = site
        shared = NodeDescription.Shared(site)
    }
}

/// What a deployment of another version of a design would do to each machine.
package struct DesignPlan: Sendable {
    /// How much of a machine is changed, the least first.
    package enum Effect: String, Sendable, CaseIterable {
        /// The machine stays as it is; what differs, if anything, is how the daemon knows or reaches it.
        case nothing
        /// Only what is laid into the installed system: files, units, packages, keys, repositories, and the labels and tags
        /// that templates see.
        case bootActions = "boot_actions"
        /// Addresses, interfaces and names too; disks and system stay.
        case network
        /// Disks, image or kernel: the machine is installed anew, and what is on its disks is lost.
        case reinstall
        /// The machine is not in the earlier design.
        case new
        /// The machine is not in the later design.
        case gone

        private var weight: Int {
            switch self {
            case .nothing: 0
            case .bootActions: 1
            case .network: 2
            case .reinstall: 3
            case .new, .gone: 4
            }
        }

        func joined(with other: Effect) -> Effect { other.weight > weight ? other : self }
    }

    /// What would happen to one machine.
    package struct Machine: Sendable {
        /// The name of the node.
        package var name: String
        /// How much of it is changed.
        package var effect: Effect
        package var differences: [ValueDifference]
    }

    /// The machines of the later design in its order, then those that only the earlier one has.
    package let machines: [Machine]

    /// - Parameter before: nil where there is nothing yet, so that all machines are new.
    package init(from before: EffectiveSite?, to after: EffectiveSite) {
        let (old, new) = (before.map { DescribedSite($0) }, DescribedSite(after))
        var machines = after.nodes.map { node in
            guard let old, let earlier = old.site.node(named: node.name) else {
                return Machine(name: node.name, effect: .new, differences: [])
            }
            return Self.machine(earlier, in: old, to: node, in: new)
        }
        machines += (before?.nodes ?? []).filter { after.node(named: $0.name) == nil }.map {
            Machine(name: $0.name, effect: .gone, differences: [])
        }
        self.machines = machines
    }

    /// What the later design means for one machine of both.
    package static func machine(
        _ earlier: BaremetalNode, in before: DescribedSite, to node: BaremetalNode, in after: DescribedSite
    ) -> Machine {
        let templates = after.site.bootActions(of: node.name).contains(where: \.hasTemplates)
        let differences = ValueComparison.differences(
            .object(NodeDescription(earlier, in: before.site, shared: before.shared).facts),
            .object(NodeDescription(node, in: after.site, shared: after.shared).facts))
        return Machine(
            name: node.name,
            effect: differences.reduce(.nothing) { $0.joined(with: effect(of: $1, hasTemplates: templates)) },
            differences: differences.map(withoutSecrets))
    }

    /// - Parameter hasTemplates: whether the machine's boot actions have templates, which may show what differs.
    private static func effect(of difference: ValueDifference, hasTemplates: Bool) -> Effect {
        let path = difference.path
        switch path.first {
        case "storage", "platform": return .reinstall
        // Firmware of the other kind boots from other partitions.
        case "boot": return path.last == "mode" ? .reinstall : .nothing
        case "interfaces", "primary_network", "domain", "fqdn": return .network
        case "boot_actions", "site": return .bootActions
        case "labels" where path.dropFirst().contains(where: HardwareExpectations.Label.isOne): return .nothing
        case "addresses", "tags", "labels": return hasTemplates ? .bootActions : .nothing
        default: return .nothing
        }
    }

    private static func withoutSecrets(_ difference: ValueDifference) -> ValueDifference {
        var hidden = difference
        if let key = difference.path.last {
            hidden.before = Value.object([key: difference.before]).withoutAddressCredentials[key] ?? .null
            hidden.after = Value.object([key: difference.after]).withoutAddressCredentials[key] ?? .null
        }
        // The parameters of a BMC, and addresses that differ in their credentials alone.
        guard difference.path.starts(with: ["out_of_band", "parameters"]) || hidden.before == hidden.after else {
            return hidden
        }
        if !hidden.before.isNull { hidden.before = "[secret]" }
        if !hidden.after.isNull { hidden.after = "[secret]" }
        return hidden
    }

    /// `{nodes: [{name, effect, fields: [{path, from, to}]}], summary: {EFFECT: number}}`
    package var value: Value {
        var counts = OrderedDictionary(uniqueKeysWithValues: Effect.allCases.map { ($0.rawValue, 0) })
        for machine in machines { counts[machine.effect.rawValue, default: 0] += 1 }
        return [
            "nodes": .array(
                machines.map { machine in
                    [
                        "name": .string(machine.name), "effect": .string(machine.effect.rawValue),
                        "fields": .array(
                            machine.differences.map {
                                ["path": .string($0.path.joined(separator: ".")), "from": $0.before, "to": $0.after]
                            }),
                    ]
                }),
            "summary": .object(counts.mapValues(Value.int)),
        ]
    }
}

extension BootAction {
    fileprivate var hasTemplates: Bool {
        assets.contains {
            $0.dataPipeline?.contains(.template) ?? false || $0.locationPipeline?.contains(.template) ?? false
        }
    }
}
