/// The variable `loop` inside a `for`.
final class Loop {
    let items: [JinjaValue]
    let depth: Int
    /// For `loop(…)` of a recursive loop.
    let statement: LoopStatement
    let scope: Scope
    var index = 0
    /// What `loop.changed` compares with.
    var lastChanged: [JinjaValue]?

    init(_ statement: LoopStatement, items: [JinjaValue], depth: Int, scope: Scope) {
        self.statement = statement
        self.items = items
        self.depth = depth
        self.scope = scope
    }

    func attribute(_ name: String) -> JinjaValue? {
        switch name {
        case "index": .int(index + 1)
        case "index0": .int(index)
        case "revindex": .int(items.count - index)
        case "revindex0": .int(items.count - index - 1)
        case "first": .bool(index == 0)
        case "last": .bool(index == items.count - 1)
        case "length": .int(items.count)
        case "depth": .int(depth + 1)
        case "depth0": .int(depth)
        case "previtem": index > 0 ? items[index - 1] : .undefined("there is no previous item")
        case "nextitem": index + 1 < items.count ? items[index + 1] : .undefined("there is no next item")
        case "cycle", "changed": .method(.loop(self), name)
        default: nil
        }
    }
}
