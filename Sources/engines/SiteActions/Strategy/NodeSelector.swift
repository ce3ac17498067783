import OrderedCollections
import Primitives

/// Criteria that pick nodes. A node must meet each criterion that is not empty (`docs/reference/shipyard.md` §10).
package struct NodeSelector: Sendable, Hashable {
    /// The names of nodes.
    package var nodeNames: [String] = []
    /// The values of labels by their keys, both without blanks around them.
    package var nodeLabels: Value.Object = [:]
    /// The tags of nodes.
    package var nodeTags: [String] = []
    /// The names of racks.
    package var rackNames: [String] = []

    /// The selector without criteria, which picks every node.
    package static let all = NodeSelector()

    package init(nodeNames: [String] = []) { self.nodeNames = nodeNames }

    /// - Throws: `DeploymentGroupError.label` for a label that is not `key:value`.
    init(_ value: Value) throws(DeploymentGroupError) {
        nodeNames = Self.strings(value["node_names"])
        nodeTags = Self.strings(value["node_tags"])
        rackNames = Self.strings(value["rack_names"])
        for label in Self.strings(value["node_labels"]) {
            let (key, text) = try Self.split(label)
            nodeLabels[key] = .string(text)
        }
    }

    package var picksAll: Bool {
        nodeNames.isEmpty && nodeLabels.isEmpty && nodeTags.isEmpty && rackNames.isEmpty
    }

    /// Splits a label into key and value at its only colon. Neither may be blank.
    ///
    /// - Throws: `DeploymentGroupError.label` for another text.
    package static func split(_ label: String) throws(DeploymentGroupError) -> (key: String, value: String) {
        let parts = label.split(separator: ":", omittingEmptySubsequences: false).map(\.trimmed)
        guard parts.count == 2 else { throw .label(label, .oneColon) }
        guard !parts[0].isEmpty, !parts[1].isEmpty else { throw .label(label, .blankSide) }
        return (parts[0], parts[1])
    }

    private static func strings(_ value: Value?) -> [String] { value?.arrayValue?.compactMap(\.stringValue) ?? [] }

    /// The node filter of Drydock for these selectors; null for every node. Selectors without criteria are dropped, so
    /// that beside others they pick nothing (`docs/reference/shipyard.md` §10).
    package static func filter(_ selectors: [NodeSelector]) -> Value {
        let sets: [Value] = selectors.filter { !$0.picksAll }.map { selector in
            [
                "filter_type": "intersection", "node_names": Value(selector.nodeNames),
                "node_tags": Value(selector.nodeTags), "node_labels": .object(selector.nodeLabels),
                "rack_names": Value(selector.rackNames),
            ]
        }
        return sets.isEmpty ? .null : ["filter_set_type": "union", "filter_set": .array(sets)]
    }

    /// The node filter of Drydock for exactly these nodes.
    package static func filter(names: [String]) -> Value { filter([NodeSelector(nodeNames: names)]) }
}
