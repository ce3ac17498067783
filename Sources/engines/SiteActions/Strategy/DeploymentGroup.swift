import Primitives

/// The stage of a group or a node.
package enum DeploymentStage: String, Sendable, Hashable {
    case notStarted = "NOT_STARTED"
    case prepared = "PREPARED"
    case deployed = "DEPLOYED"
    case failed = "FAILED"
}

/// A group of nodes that are deployed together (`docs/reference/shipyard.md` §10).
package struct DeploymentGroup: Sendable, Hashable {
    /// Is unique among the groups of a strategy.
    package var name: String
    /// Whether the action fails where the group does.
    package var isCritical: Bool
    /// The names of the groups that are deployed before it.
    package var dependsOn: [String]
    /// The selectors of its nodes. A node belongs to the group if one of them picks it.
    package var selectors: [NodeSelector]
    /// When the group counts as failed.
    package var criteria: SuccessCriteria
    /// The nodes that the selectors pick, each once.
    package var nodes: [String] = []

    package init(
        name: String, isCritical: Bool, dependsOn: [String] = [], selectors: [NodeSelector],
        criteria: SuccessCriteria = .none
    ) {
        self.name = name
        self.isCritical = isCritical
        self.dependsOn = dependsOn
        self.selectors = selectors
        self.criteria = criteria
    }

    /// Reads a group.
    ///
    /// - Parameter value: an element of `groups` in a document `shipyard/DeploymentStrategy/v1`.
    /// - Throws: `DeploymentGroupError` for a member that is missing or of the wrong type.
    package init(_ value: Value) throws(DeploymentGroupError) {
        guard value.objectValue != nil else { throw .malformed("A deployment group must be a mapping") }
        for attribute in ["name", "critical", "depends_on", "selectors"] where value[attribute] == nil {
            throw .missing(attribute: attribute)
        }
        guard let name = value["name"]?.stringValue else { throw .malformed("A group's name must be a string") }
        guard let isCritical = value["critical"]?.boolValue else {
            throw .malformed("'critical' of group \(name) must be true or false")
        }
        guard let dependsOn = value["depends_on"]?.arrayValue, let selectors = value["selectors"]?.arrayValue else {
            throw .malformed("'depends_on' and 'selectors' of group \(name) must be lists")
        }
        var parsed: [NodeSelector] = []
        for selector in selectors { parsed.append(try NodeSelector(selector)) }
        self.init(
            name: name, isCritical: isCritical, dependsOn: dependsOn.compactMap(\.stringValue),
            selectors: parsed.isEmpty ? [.all] : parsed, criteria: SuccessCriteria(value["success_criteria"]))
    }

    /// The group of a deployment without a strategy: all nodes, every one of which must succeed.
    package static let allAtOnce = DeploymentGroup(
        name: "default", isCritical: true, selectors: [.all], criteria: .everyNode)

    /// The group of a targeted action: the nodes that it names, every one of which must succeed.
    package static func targets(_ names: [String]) -> DeploymentGroup {
        DeploymentGroup(
            name: "target-group", isCritical: true, selectors: [NodeSelector(nodeNames: names)], criteria: .everyNode)
    }
}
