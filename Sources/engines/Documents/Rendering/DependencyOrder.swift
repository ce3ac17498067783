/// Puts documents behind those that they are made from, in the very order that networkx gives Deckhand, because what is
/// shared between documents depends on it (`docs/reference/deckhand.md` §7.5).
struct DependencyOrder {
    struct Cycle: Error, CustomStringConvertible {
        let members: [Int]
        var description: String { "\(members.count) documents are made from each other" }
    }

    private struct Edge: Hashable {
        let from: Int
        let to: Int
    }

    private let count: Int
    /// In the order of their first mention.
    private var nodes: [Int] = []
    private var isMentioned: [Bool]
    private var edges: Set<Edge> = []
    private var successors: [[Int]]
    private var indegrees: [Int]

    init(count: Int) {
        self.count = count
        isMentioned = [Bool](repeating: false, count: count)
        successors = [[Int]](repeating: [], count: count)
        indegrees = [Int](repeating: 0, count: count)
    }

    mutating func add(_ node: Int, dependsOn other: Int) {
        mention(node)
        mention(other)
        guard edges.insert(Edge(from: node, to: other)).inserted else { return }
        successors[node].append(other)
        indegrees[other] += 1
    }

    private mutating func mention(_ node: Int) {
        guard !isMentioned[node] else { return }
        isMentioned[node] = true
        nodes.append(node)
    }

    /// The reverse of a topological sort by generations, then the nodes without edges.
    func order() throws(Cycle) -> [Int] {
        var indegrees = indegrees
        var sorted: [Int] = []
        var generation = nodes.filter { indegrees[$0] == 0 }
        while !generation.isEmpty {
            sorted += generation
            var next: [Int] = []
            for node in generation {
                for successor in successors[node] {
                    indegrees[successor] -= 1
                    if indegrees[successor] == 0 { next.append(successor) }
                }
            }
            generation = next
        }
        guard sorted.count == nodes.count else { throw cycle(unsorted: indegrees) }
        return sorted.reversed() + (0..<count).filter { !isMentioned[$0] }
    }

    /// One of the cycles among the nodes that could not be sorted, each of which has a predecessor among them.
    private func cycle(unsorted indegrees: [Int]) -> Cycle {
        var predecessor: [Int: Int] = [:]
        for node in nodes where indegrees[node] > 0 {
            for successor in successors[node] where indegrees[successor] > 0 { predecessor[successor] = node }
        }
        var path: [Int] = []
        var places: [Int: Int] = [:]
        var current = nodes.first { indegrees[$0] > 0 }
        while let node = current, places[node] == nil {
            places[node] = path.count
            path.append(node)
            current = predecessor[node]
        }
        let start = current.flatMap { places[$0] } ?? 0
        return Cycle(members: path[start...].reversed())
    }
}
