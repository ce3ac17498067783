import OrderedCollections
import Primitives

/// The data of the document `deployment-configuration` as a flat object, with defaults (`docs/reference/shipyard.md`
/// §9).
package struct DeploymentConfiguration: Sendable, Hashable {
    /// The 27 members, such as `physical_provisioner.deploy_timeout`.
    package let value: Value.Object

    /// Reads the data of the document. Zero, an empty text, null, and a section that is null mean the default.
    package init(_ data: Value) {
        value = Self.defaults.reduce(into: Value.Object()) { result, entry in
            let parts = entry.key.split(separator: ".", maxSplits: 1)
            let given = data[String(parts[0])]?[String(parts[1])] ?? .null
            result[entry.key] = Self.isFalse(given) ? entry.value : given
        }
    }

    /// Reads what a step left for later ones: `value`, or nil for defaults alone.
    package init(flat value: Value?) {
        self.value = Self.defaults.merging(value?.objectValue ?? [:]) { $1 }
    }

    /// The name of the document `shipyard/DeploymentStrategy/v1` to follow; nil deploys all nodes at once.
    package var deploymentStrategy: String? { value["physical_provisioner.deployment_strategy"]?.stringValue }

    /// A time in seconds. A text of digits counts as the number, anything else as the default.
    package func seconds(_ key: String) -> Double {
        let fallback = Self.defaults[key]?.intValue ?? 0
        let number =
            switch value[key] {
            case .int(let number): number
            case .string(let text): Int(text) ?? fallback
            default: fallback
            }
        return Double(min(max(number, 0), 1_000_000_000))
    }

    private static func isFalse(_ value: Value) -> Bool {
        switch value {
        case .null, .bool(false), .int(0), .string(""): true
        case .double(let number): number == 0
        case .array(let elements): elements.isEmpty
        case .object(let members): members.isEmpty
        default: false
        }
    }

    private static let defaults: Value.Object = [
        "physical_provisioner.deployment_strategy": nil, "physical_provisioner.deploy_interval": 30,
        "physical_provisioner.deploy_timeout": 3600, "physical_provisioner.destroy_interval": 30,
        "physical_provisioner.destroy_timeout": 900, "physical_provisioner.join_wait": 120,
        "physical_provisioner.prepare_node_interval": 30, "physical_provisioner.prepare_node_timeout": 1800,
        "physical_provisioner.prepare_site_interval": 10, "physical_provisioner.prepare_site_timeout": 300,
        "physical_provisioner.verify_interval": 10, "physical_provisioner.verify_timeout": 60,
        "physical_provisioner.relabel_nodes_interval": 30, "physical_provisioner.relabel_nodes_timeout": 900,
        "kubernetes.node_status_interval": 30, "kubernetes.node_status_timeout": 1800,
        "kubernetes_provisioner.drain_timeout": 3600, "kubernetes_provisioner.drain_grace_period": 1800,
        "kubernetes_provisioner.clear_labels_timeout": 1800, "kubernetes_provisioner.remove_etcd_timeout": 1800,
        "kubernetes_provisioner.etcd_ready_timeout": 600, "armada.get_releases_timeout": 300,
        "armada.get_status_timeout": 300, "armada.manifest": "full-site", "armada.update_manifest": "full-site",
        "armada.post_apply_timeout": 2700, "armada.validate_design_timeout": 600,
    ]
}
