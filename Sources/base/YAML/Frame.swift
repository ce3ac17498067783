import Primitives

/// A collection that has begun and not ended yet.
struct Frame<Target: Construction> {
    let tag: Tag
    let mark: Mark
    var anchor: String?
    var weight = Weight(nodes: 1)
    /// Where its nodes begin: elements, or keys and values in turn.
    let start: Int
    /// Where its lines begin, if they are recorded.
    var lines = LineRecorder.Position()
    /// What merge keys brought, which the mapping's own members follow and override.
    private var merged: Target.Members?
    private var awaited = Awaited.key

    private enum Awaited {
        case key, value, mergeSource
    }

    init(tag: Tag, mark: Mark, start: Int) {
        self.tag = tag
        self.mark = mark
        self.start = start
    }

    private var isMapping: Bool { tag == .mapping || tag == .set }

    /// Whether the next node is a key of a mapping.
    var takesKey: Bool { isMapping && awaited == .key }

    /// A merge key came; the next node says what to merge.
    mutating func beginMerge(at mark: Mark) { awaited = .mergeSource }

    /// Whether `node` belongs to the collection's own nodes.
    mutating func keeps(_ node: Target.Node, at mark: Mark) throws(YAMLError) -> Bool {
        guard isMapping else { return true }
        switch awaited {
        case .key:
            guard Target.isKey(node) else { throw mark.error("found unhashable key", context: context) }
            awaited = .value
            return true
        case .value:
            awaited = .key
            return true
        case .mergeSource:
            guard let sources = Target.mergeSources(node) else {
                throw mark.error("expected a mapping or list of mappings for merging", context: context)
            }
            // Taken out, so that what was merged before is not copied each time.
            var all = merged.take() ?? Target.Members(capacity: 0)
            for source in sources { all.merge(source) }
            merged = all
            awaited = .key
            return false
        }
    }

    /// The collection of its own nodes, which it takes off `nodes`.
    ///
    /// - Parameter repeated: is told of keys of a mapping that are written more than once in it.
    func node(
        of nodes: inout MovingStack<Target.Node>, repeated: ([(key: String, places: [Int])]) -> Void
    ) throws(YAMLError) -> Target.Node {
        let count = nodes.count - start
        switch tag {
        case .mapping, .set:
            var members = Target.Members(capacity: count / 2)
            nodes.takeLastPairs(count / 2) { members.set($0, $1) }
            if var all = merged {
                let own = members.repeated
                if !own.isEmpty { repeated(own) }
                all.merge(members)
                members = all
            }
            if tag == .set { return try Target.set(members, at: mark) }
            let node = Target.mapping(members)
            if merged == nil, let distinct = Target.distinctKeys(node), distinct < members.count {
                repeated(members.repeated)
            }
            return node
        case .orderedMap, .pairs:
            guard let pairs = Target.pairs(nodes.takeLast(count)) else {
                throw mark.error("expected a sequence of mappings of length 1")
            }
            return pairs
        default: return Target.sequence(nodes.takeLast(count))
        }
    }

    private var context: String { "while constructing a mapping from line \(mark.line)" }
}
