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
    package var nodesByStage: Value.Object {
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

    /// Nodes that did not fail themselves, and were not deployed since their group failed.
    package struct HeldBack: Sendable, Hashable {
        package var group: String
        /// The group that fell short: this one, or one that it depends on, directly or not.
        package var failedGroup: String
        /// At least one.
        package var nodes: [String]

        /// `n5, n6 (group workers depends on control, which failed)`, with the first ten nodes.
        package var text: String {
            let rest = nodes.count > Self.namedNodes ? " and \(nodes.count - Self.namedNodes) more" : ""
            let cause =
                group == failedGroup
                ? "group \(group) failed" : "group \(group) depends on \(failedGroup), which failed"
            return "\(nodes.prefix(Self.namedNodes).joined(separator: ", "))\(rest) (\(cause))"
        }

        /// `{"group": "workers", "failed_group": "control", "nodes": ["n5", "n6"]}`
        package var value: Value {
            ["group": .string(group), "failed_group": .string(failedGroup), "nodes": Value(nodes)]
        }

        private static let namedNodes = 10
    }

    /// In the order of the groups.
    package var heldBack: [HeldBack] {
        order.compactMap { name in
            let nodes = (actionable[name] ?? []).filter {
                nodeStages[$0] == .prepared || nodeStages[$0] == .notStarted
            }
            guard groupStages[name] == .failed, !nodes.isEmpty, let failed = groupThatFellShort(for: name) else {
                return nil
            }
            return HeldBack(group: name, failedGroup: failed, nodes: nodes)
        }
    }

    /// The nearest among a group and those that it depends on.
    private func groupThatFellShort(for name: String) -> String? {
        let failed = Set(failures.map(\.group))
        var seen: Set<String> = []
        var ahead = [name]
        while let group = ahead.first {
            ahead = Array(ahead.dropFirst())
            guard seen.insert(group).inserted else { continue }
            if failed.contains(group) { return group }
            ahead += groups[group]?.dependsOn ?? []
        }
        return nil
    }
}
