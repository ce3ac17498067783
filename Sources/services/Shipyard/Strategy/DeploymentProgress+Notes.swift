import OrderedCollections
import Primitives

extension DeploymentProgress {
    /// The note on nodes: `Stage.NOT_STARTED: a, b; Stage.DEPLOYED: …; Stage.FAILED: …`. Empty stages are left out
    /// (`docs/reference/shipyard.md` §11).
    package var nodeNote: String {
        nodesByStage.map { stage, nodes in
            "Stage.\(stage): \((nodes.arrayValue ?? []).compactMap(\.stringValue).joined(separator: ", "))"
        }.joined(separator: "; ")
    }

    /// The names of the nodes by their stages: `{"NOT_STARTED": ["a", "b"], "DEPLOYED": …}`, without empty stages.
    var nodesByStage: Value.Object {
        let stages: [DeploymentStage] = [.notStarted, .deployed, .failed]
        return stages.reduce(into: [:]) { members, stage in
            let nodes = nodeStages.filter { $0.value == stage }.keys
            if !nodes.isEmpty { members[stage.rawValue] = Value(Array(nodes)) }
        }
    }

    /// The note on groups: `Stage.DEPLOYED: g1, g2(critical)`. Stages come in the order in which they first occur.
    package var groupNote: String {
        var stages: [(stage: DeploymentStage, names: [String])] = []
        for name in order {
            let stage = groupStages[name] ?? .notStarted
            let text = groups[name]?.isCritical == true ? "\(name)(critical)" : name
            if let index = stages.firstIndex(where: { $0.stage == stage }) {
                stages[index].names.append(text)
            } else {
                stages.append((stage, [text]))
            }
        }
        return stages.map { "Stage.\($0.stage.rawValue): \($0.names.joined(separator: ", "))" }.joined(separator: "; ")
    }
}
