import OrderedCollections

/// The progress of a deployment in groups, as a value. It tells what Drydock has to do next, and is told the result
/// (`docs/reference/shipyard.md` §10).
///
/// Groups are deployed one after the other, or those that do not depend on each other together. A failed group fails
/// all groups that depend on it. A failed critical group does not stop the others, but fails the deployment.
package struct DeploymentProgress: Sendable, Hashable {
    /// Work for Drydock.
    package enum Work: Sendable, Hashable {
        case prepare(group: String, nodes: [String])
        case deploy(group: String, nodes: [String])
    }

    /// The groups by their names, in the order of the strategy.
    package let groups: OrderedDictionary<String, DeploymentGroup>
    /// The names of the groups, each after those that it depends on.
    package let order: [String]
    /// The nodes of each group without those of earlier groups.
    package let actionable: [String: [String]]
    package private(set) var groupStages: [String: DeploymentStage]
    package private(set) var nodeStages: OrderedDictionary<String, DeploymentStage> = [:]
    /// The groups that failed and why, in the order in which they did.
    package private(set) var failures: [(group: String, shortfalls: [SuccessCriteria.Shortfall])] = []

    /// Plans a deployment.
    ///
    /// - Parameter list: the groups with their nodes. Of groups with the same name the last counts, at the place of the
    ///   first.
    /// - Throws: `DeploymentGroupError` for a cycle and an unknown group in `dependsOn`.
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

    /// The next work; nil when every group has been worked on.
    package mutating func next() -> Work? {
        for name in order where groupStages[name] == .notStarted {
            let nodes = actionable[name] ?? []
            guard nodes.isEmpty else { return .prepare(group: name, nodes: nodes) }
            evaluate(name, .prepared)
            evaluate(name, .deployed)
        }
        return nil
    }

    /// The groups to prepare next, whose nodes can be worked on together; empty when every group has been worked on.
    ///
    /// - Parameter concurrently: returns all groups whose parents have been worked on, not only the first.
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

    /// Takes the result of preparing `group`.
    ///
    /// - Parameter successes: the names of the nodes that succeeded.
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

    /// The nodes of `group` that can be deployed while others of it are prepared: those that are ready, once they are so many that the
    /// group meets its criteria for prepared nodes whatever becomes of the others.
    ///
    /// - Parameter successes: the names of the nodes that are ready, of this group and others.
    package func deployable(_ group: String, successes: Set<String>) -> [String] {
        guard let criteria = groups[group]?.criteria, groupStages[group] == .notStarted else { return [] }
        let ready = (actionable[group] ?? []).filter(successes.contains)
        let known = nodeStages.filter { $0.value == .deployed || $0.value == .prepared }.keys
        let shortfalls = criteria.shortfalls(
            successful: Set(known).union(ready), of: Set(groups[group]?.nodes ?? []))
        return shortfalls.isEmpty ? ready : []
    }

    /// Takes the result of deploying `group`.
    ///
    /// - Parameter successes: the names of the nodes that succeeded.
    package mutating func deployed(_ group: String, successes: Set<String>) {
        for node in actionable[group] ?? [] where nodeStages[node] == .prepared {
            nodeStages[node] = successes.contains(node) ? .deployed : .failed
        }
        evaluate(group, .deployed)
    }

    /// Whether a critical group has failed, which fails the deployment.
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
