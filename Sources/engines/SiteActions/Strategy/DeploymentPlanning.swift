import Primitives

/// From a strategy document to groups with their nodes.
package enum DeploymentPlanning {
    /// - Parameter strategy: the data of a `shipyard/DeploymentStrategy/v1` document.
    package static func groups(strategy: Value) throws(DeploymentGroupError) -> [DeploymentGroup] {
        guard let list = strategy["groups"]?.arrayValue else {
            throw .malformed("A deployment strategy must have a list of groups")
        }
        var groups: [DeploymentGroup] = []
        for value in list { groups.append(try DeploymentGroup(value)) }
        return groups
    }

    /// The groups with the nodes that `lookUp` finds for their selectors.
    package static func withNodes(
        _ groups: [DeploymentGroup], lookUp: @Sendable (Value) async throws -> [String]
    ) async throws -> [DeploymentGroup] {
        var result: [DeploymentGroup] = []
        for var group in groups {
            var seen: Set<String> = []
            group.nodes = try await lookUp(NodeSelector.filter(group.selectors)).filter { seen.insert($0).inserted }
            result.append(group)
        }
        return result
    }
}
