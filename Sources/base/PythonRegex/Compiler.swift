/// Turns a parsed pattern into a program.
struct Compiler {
    /// Beyond it a pattern costs more memory than any pattern deserves.
    private static let instructionLimit = 50_000

    private var program = Program()
    private let pattern: String
    /// Counts nodes too, as an empty body emits nothing however often it is repeated.
    private var work = 0

    static func compile(
        _ tree: PatternNode, groupNumbers: PatternGroups, pattern: String
    ) throws(PythonRegexError) -> Program {
        var compiler = Compiler(pattern: pattern)
        compiler.program.groupCount = groupNumbers.count
        compiler.program.groupNumbers = groupNumbers.numbers
        try compiler.emit(.save(0))
        try compiler.node(tree)
        try compiler.emit(.save(1))
        try compiler.emit(.accept)
        return compiler.program
    }

    private init(pattern: String) { self.pattern = pattern }

    private var here: Int { program.instructions.count }

    private mutating func emit(_ instruction: Program.Instruction) throws(PythonRegexError) {
        program.instructions.append(instruction)
        try count()
    }

    private mutating func count() throws(PythonRegexError) {
        work += 1
        guard work <= Self.instructionLimit else {
            throw PythonRegexError(
                code: .tooLarge, message: "The pattern repeats too much to be compiled", pattern: pattern)
        }
    }

    private mutating func node(_ node: PatternNode) throws(PythonRegexError) {
        try count()
        switch node {
        case .empty: break
        case .literal(let code): try emit(.literal(code))
        case .set(let set): try emit(.set(index(of: set)))
        case .sequence(let nodes): for node in nodes { try self.node(node) }
        case .alternatives(let nodes): try alternatives(nodes)
        case .capture(let group, let body):
            try emit(.save(2 * group))
            try self.node(body)
            try emit(.save(2 * group + 1))
        case .repeated(let body, let minimum, let maximum, let greed):
            try repetition(of: body, minimum: minimum, maximum: maximum, greed)
        case .assertion(let assertion): try emit(.assertion(assertion))
        case .look(let body, let behind, let negative):
            let start = here
            try emit(.accept)
            try self.node(body)
            try emit(.accept)
            program.instructions[start] = .look(end: here, back: behind ? body.width.minimum : 0, negative: negative)
        case .atomic(let body): try atomic(body)
        case .backreference(let group, let ignoringCase):
            try emit(.backreference(group, ignoringCase: ignoringCase))
        case .conditional(let group, let matched, let unmatched):
            let start = here
            try emit(.accept)
            try self.node(matched)
            let leave = here
            try emit(.accept)
            program.instructions[start] = .branchUnlessMatched(group: group, here)
            try self.node(unmatched)
            program.instructions[leave] = .jump(here)
        }
    }

    private mutating func atomic(_ body: PatternNode) throws(PythonRegexError) {
        let start = here
        try emit(.accept)
        try node(body)
        try emit(.accept)
        program.instructions[start] = .atomic(end: here)
    }

    private mutating func alternatives(_ nodes: [PatternNode]) throws(PythonRegexError) {
        var leaves: [Int] = []
        for (index, node) in nodes.enumerated() {
            guard index < nodes.count - 1 else {
                try self.node(node)
                break
            }
            let split = here
            try emit(.accept)
            try self.node(node)
            leaves.append(here)
            try emit(.accept)
            program.instructions[split] = .split(split + 1, here)
        }
        for leave in leaves { program.instructions[leave] = .jump(here) }
    }

    private mutating func repetition(
        of body: PatternNode, minimum: Int, maximum: Int?, _ greed: PatternNode.Greed
    ) throws(PythonRegexError) {
        if greed == .possessive {
            return try atomic(.repeated(body, minimum: minimum, maximum: maximum, .greedy))
        }
        let lazy = greed == .lazy
        let single: ScalarSet? =
            switch body {
            case .set(let set): set
            case .literal(let code): ScalarSet(ranges: [code...code])
            default: nil
            }
        if let single {
            return try emit(.repeatSet(index(of: single), minimum: minimum, maximum: maximum ?? .max, lazy: lazy))
        }
        for _ in 0..<minimum { try node(body) }
        guard let maximum else { return try endlessRepetition(of: body, lazy: lazy) }
        var splits: [Int] = []
        for _ in minimum..<max(minimum, maximum) {
            splits.append(here)
            try emit(.accept)
            try node(body)
        }
        for split in splits {
            program.instructions[split] = lazy ? .split(here, split + 1) : .split(split + 1, here)
        }
    }

    private mutating func endlessRepetition(of body: PatternNode, lazy: Bool) throws(PythonRegexError) {
        let register = program.registerCount
        program.registerCount += 1
        let start = here
        try emit(.accept)
        try emit(.mark(register))
        try node(body)
        let check = here
        try emit(.accept)
        try emit(.jump(start))
        program.instructions[start] = lazy ? .split(here, start + 1) : .split(start + 1, here)
        program.instructions[check] = .leaveUnlessAdvanced(register, exit: here)
    }

    private mutating func index(of set: ScalarSet) -> Int {
        program.sets.append(set)
        return program.sets.count - 1
    }
}
