import OrderedCollections

/// A deployment in groups, as a value: it says what to submit to Drydock next and is told what came of it.
///
/// Groups follow each other strictly, unless those that do not depend on each other are taken together. A failed group fails all that depend on it; a failed critical group does not stop
/// the others, but fails the deployment (`docs/reference/shipyard.md` §10).
package struct DeploymentProgress: Sendable, Hashable {
    /// What Drydock is to do.
    package enum Work: Sendable, Hashable {
        case prepare(group: String, nodes: [String])
        case deploy(group: String, nodes: [String])
    }

    package let groups: OrderedDictionary<String, DeploymentGroup>
    /// Every group after those that it depends on.
    package let order: [String]
    /// A group's nodes without those that an earlier group has.
    package let actionable: [String: [String]]
    package private(set) var groupStages: [String: DeploymentStage]
    package private(set) var nodeStages: OrderedDictionary<String, DeploymentStage> = [:]
    /// Why groups failed, in the order in which they did.
    package private(set) var failures: [(group: String, shortfalls: [SuccessCriteria.Shortfall])] = []

    /// - Parameter list: with their nodes looked up; of groups with the same name the last counts, in the first's place.
    package init(_ list: [DeploymentGroup]) throws(DeploymentGroupError) {
        var groups = OrderedDictionary<String, DeploymentGroup>()
        for group in list { groups[group.name] = group }
        self.groups = groups
        order = try DeploymentOrder.order(groups)
        groupStages = groups.mapValues { _ in .notStarted }.reduce(into: [:]) { $0[$1.key] = $1.value }
        var actionable: [String: [String]] = [:]
        for name in order {
            var nodes: [String] = []
            for node in groups[name]?.nodes ?? [] where nodeStages[node] == nil {
                nodes.append(node)
                nodeStages[node] = .notStarted
            }
            actionable[name] = nodes
        }
        self.actionable = actionable
    }

    /// What to do now; nil when every group has been dealt with.
    package mutating func next() -> Work? {
        for name in order where groupStages[name] == .notStarted {
            let nodes = actionable[name] ?? []
            guard nodes.isEmpty else { return .prepare(group: name, nodes: nodes) }
            evaluate(name, .prepared)
            evaluate(name, .deployed)
        }
        return nil
    }

    /// The groups to prepare now, whose nodes may be worked on together; empty when every group has been dealt with.
    ///
    /// - Parameter concurrently: whether all groups are taken whose parents have been dealt with, not only the first.
    package mutating func nextWave(concurrently: Bool) -> [(group: String, nodes: [String])] {
        var wave: [(group: String, nodes: [String])] = []
        if case .prepare(let group, let nodes) = next() { wave.append((group, nodes)) }
        guard concurrently, !wave.isEmpty else { return wave }
        for name in order where name != wave[0].group && groupStages[name] == .notStarted {
            let nodes = actionable[name] ?? []
            let parents = groups[name]?.dependsOn ?? []
            guard !nodes.isEmpty, parents.allSatisfy({ isSettled($0) }) else { continue }
            wave.append((name, nodes))
        }
        return wave
    }

    /// Whether nothing more will be done for the group.
    private func isSettled(_ name: String) -> Bool {
        groupStages[name] == .deployed || groupStages[name] == .failed
    }

    /// What came of preparing `group`.
    ///
    /// - Returns: the nodes to deploy; nil where the group has failed or has none.
    package mutating func prepared(_ group: String, successes: Set<String>) -> Work? {
        let nodes = actionable[group] ?? []
        for node in nodes { nodeStages[node] = successes.contains(node) ? .prepared : .failed }
        evaluate(group, .prepared)
        guard groupStages[group] != .failed else { return nil }
        let ready = nodes.filter { nodeStages[$0] == .prepared }
        guard ready.isEmpty else { return .deploy(group: group, nodes: ready) }
        evaluate(group, .deployed)
        return nil
    }

    /// What came of deploying `group`.
    package mutating func deployed(_ group: String, successes: Set<String>) {
        for node in actionable[group] ?? [] where nodeStages[node] == .prepared {
            nodeStages[node] = successes.contains(node) ? .deployed : .failed
        }
        evaluate(group, .deployed)
    }

    /// Whether a critical group has failed, and with it the deployment.
    package var hasFailed: Bool { groups.values.contains { $0.isCritical && groupStages[$0.name] == .failed } }

    private mutating func evaluate(_ name: String, _ stage: DeploymentStage) {
        guard let group = groups[name] else { return }
        let successful = nodeStages.filter { $0.value == .deployed || stage == .prepared && $0.value == .prepared }
        let shortfalls = group.criteria.shortfalls(successful: Set(successful.keys), of: Set(group.nodes))
        if shortfalls.isEmpty {
            if groupStages[name] != .failed { groupStages[name] = stage }
        } else {
            if groupStages[name] != .failed { failures.append((name, shortfalls)) }
            fail(name)
        }
    }

    private mutating func fail(_ name: String) {
        var failing = [name]
        while let current = failing.popLast() {
            groupStages[current] = .failed
            for group in groups.values where group.dependsOn.contains(current) && groupStages[group.name] != .failed {
                failing.append(group.name)
            }
        }
    }

    package static func == (left: DeploymentProgress, right: DeploymentProgress) -> Bool {
        left.groups == right.groups && left.groupStages == right.groupStages && left.nodeStages == right.nodeStages
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(groupStages) }
}
