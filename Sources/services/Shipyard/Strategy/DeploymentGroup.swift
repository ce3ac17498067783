import Primitives

/// How far a group or a node has come.
package enum DeploymentStage: String, Sendable, Hashable {
    case notStarted = "NOT_STARTED"
    case prepared = "PREPARED"
    case deployed = "DEPLOYED"
    case failed = "FAILED"
}

/// Nodes that are deployed together (`docs/reference/shipyard.md` §10).
package struct DeploymentGroup: Sendable, Hashable {
    package var name: String
    /// Whether the action fails if the group does.
    package var isCritical: Bool
    package var dependsOn: [String]
    package var selectors: [NodeSelector]
    package var criteria: SuccessCriteria
    /// All nodes that the selectors pick, each once.
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

    /// - Parameter value: an element of `groups` in a `shipyard/DeploymentStrategy/v1` document.
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

    /// All nodes at once, every one of which must succeed: what happens without a strategy.
    package static let allAtOnce = DeploymentGroup(
        name: "default", isCritical: true, selectors: [.all], criteria: .everyNode)

    /// The nodes that a targeted action names.
    package static func targets(_ names: [String]) -> DeploymentGroup {
        DeploymentGroup(
            name: "target-group", isCritical: true, selectors: [NodeSelector(nodeNames: names)], criteria: .everyNode)
    }
}
