/// A compiled pattern: instructions for the `Matcher`.
struct Program: Sendable {
    enum Instruction: Sendable {
        case literal(UInt32)
        case set(Int)
        /// As many of the set as wanted, without an instruction for each.
        case repeatSet(Int, minimum: Int, maximum: Int, lazy: Bool)
        case assertion(PatternNode.Assertion)
        case backreference(Int, ignoringCase: Bool)
        case save(Int)
        case jump(Int)
        /// Goes on at the first, and at the second if that fails.
        case split(Int, Int)
        /// Remembers the place where a round of a loop starts.
        case mark(Int)
        /// Leaves the loop when the round matched nothing, which would go on for ever.
        case leaveUnlessAdvanced(Int, exit: Int)
        /// Matches the instructions up to `.accept` before `end` apart; `back` code points before this place.
        case look(end: Int, back: Int, negative: Bool)
        case atomic(end: Int)
        case branchUnlessMatched(group: Int, Int)
        case accept
    }

    var instructions: [Instruction] = []
    var sets: [ScalarSet] = []
    var registerCount = 0
    var groupCount = 0
    var groupNumbers: [String: Int] = [:]

    /// The code point that every match starts with, where there is one: places without it need no attempt.
    var firstLiteral: UInt32? {
        if instructions.count > 1, case .literal(let code) = instructions[1] { code } else { nil }
    }

    /// Whether only the start of the text can match.
    var isAnchored: Bool {
        if instructions.count > 1, case .assertion(.textStart) = instructions[1] { true } else { false }
    }
}
