/// A collection that has begun and not ended yet.
struct Frame<Target: Construction> {
    let tag: Tag
    let mark: Mark
    var anchor: String?
    var weight = Weight(nodes: 1)
    private var elements: [Target.Node] = []
    private var members = Target.Members()
    /// What merge keys brought, which the mapping's own members follow and override.
    private var merged = Target.Members()
    private var awaited = Awaited.key

    private enum Awaited {
        case key
        case value(of: Target.Node)
        case mergeSource
    }

    init(tag: Tag, mark: Mark) {
        self.tag = tag
        self.mark = mark
    }

    private var isMapping: Bool { tag == .mapping || tag == .set }

    /// Whether the next node is a key of a mapping.
    var takesKey: Bool {
        if case .key = awaited { isMapping } else { false }
    }

    /// A merge key came; the next node says what to merge.
    mutating func beginMerge(at mark: Mark) { awaited = .mergeSource }

    mutating func put(_ node: Target.Node, at mark: Mark) throws(YAMLError) {
        guard isMapping else {
            elements.append(node)
            return
        }
        switch awaited {
        case .key:
            guard Target.isKey(node) else { throw mark.error("found unhashable key", context: context) }
            awaited = .value(of: node)
        case .value(let key):
            members.set(key, node)
            awaited = .key
        case .mergeSource:
            guard let sources = Target.mergeSources(node) else {
                throw mark.error("expected a mapping or list of mappings for merging", context: context)
            }
            for source in sources { merged.merge(source) }
            awaited = .key
        }
    }

    func node() throws(YAMLError) -> Target.Node {
        switch tag {
        case .mapping, .set:
            var all = members
            if !merged.isEmpty {
                all = merged
                all.merge(members)
            }
            return tag == .set ? try Target.set(all, at: mark) : Target.mapping(all)
        case .orderedMap, .pairs:
            guard let pairs = Target.pairs(elements) else {
                throw mark.error("expected a sequence of mappings of length 1")
            }
            return pairs
        default: return Target.sequence(elements)
        }
    }

    private var context: String { "while constructing a mapping from line \(mark.line)" }
}
