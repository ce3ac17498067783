import OrderedCollections

/// The order in which groups are deployed (`docs/reference/shipyard.md` §10).
enum DeploymentOrder {
    /// Generation by generation: first all groups without parents in the order of the document; then, going through a
    /// generation and each member's children in the order in which their dependencies were stated, every group whose
    /// last parent has been placed.
    static func order(_ groups: OrderedDictionary<String, DeploymentGroup>) throws(DeploymentGroupError) -> [String] {
        var children: [String: [String]] = [:]
        var waiting: [String: Int] = [:]
        for group in groups.values {
            // A parent stated twice is one edge.
            let parents = OrderedSet(group.dependsOn)
            for parent in parents {
                guard groups[parent] != nil else { throw .unknownParent(group: group.name, parent: parent) }
                children[parent, default: []].append(group.name)
            }
            waiting[group.name] = parents.count
        }
        if let cycle = cycle(groups.keys, children) { throw .cycle(cycle.sorted()) }
        var order: [String] = []
        var generation: [String] = groups.keys.filter { waiting[$0] == 0 }
        while !generation.isEmpty {
            order += generation
            var next: [String] = []
            for child in generation.flatMap({ children[$0] ?? [] }) {
                let left = (waiting[child] ?? 0) - 1
                waiting[child] = left
                if left == 0 { next.append(child) }
            }
            generation = next
        }
        return order
    }

    /// The members of the first cycle that a depth-first walk meets; without recursion, since strategies are input.
    private static func cycle(_ names: OrderedSet<String>, _ children: [String: [String]]) -> [String]? {
        var finished: Set<String> = []
        for start in names where !finished.contains(start) {
            var path: [(name: String, next: Int)] = [(start, 0)]
            var onPath: Set<String> = [start]
            while let (name, next) = path.last {
                let below = children[name] ?? []
                guard next < below.count else {
                    finished.insert(name)
                    onPath.remove(name)
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let child = below[next]
                if onPath.contains(child) {
                    return path.drop { $0.name != child }.map(\.name)
                }
                if !finished.contains(child) {
                    path.append((child, 0))
                    onPath.insert(child)
                }
            }
        }
        return nil
    }
}
