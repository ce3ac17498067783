/// Runs a program on a text, backtracking over a stack of its own.
struct Matcher {
    enum Outcome {
        case matched
        case failed
        case tooManySteps
    }

    /// What to undo or to try next when a path fails.
    private enum Entry {
        case attempt(instruction: Int32, position: Int32)
        /// A greedy run of one set that may give back what it took, down to `shortest`.
        case giveBack(instruction: Int32, position: Int32, shortest: Int32)
        /// A lazy run of one set that may take one more, up to `furthest`.
        case takeMore(instruction: Int32, position: Int32, set: Int32, furthest: Int32)
        case capture(slot: Int32, was: Int32)
        case register(Int32, was: Int32)
    }

    /// A path that has more to undo than this counts as too long; it bounds the memory to some 20 MB.
    private static let stackLimit = 1_000_000

    private let program: Program
    private let scalars: [UInt32]
    private let stepLimit: Int
    private var steps = 0
    /// Start and end of every group, -1 where it took no part.
    private var captures: [Int32]
    private var registers: [Int32]
    private var stack: [Entry] = []
    /// Where the whole pattern may not match the empty text.
    private var forbiddenEmptyAt = -1

    init(program: Program, text: String, stepLimit: Int) {
        self.program = program
        self.stepLimit = stepLimit
        // Beyond 31 bits of length nothing is matched; no text comes near it.
        scalars = text.unicodeScalars.prefix(Int(Int32.max) - 1).map(\.value)
        captures = Array(repeating: -1, count: 2 * (program.groupCount + 1))
        registers = Array(repeating: -1, count: program.registerCount)
    }

    var count: Int { scalars.count }

    /// Where the last match lies.
    var range: Range<Int> { Int(max(0, captures[0]))..<Int(max(0, captures[1])) }

    func text(_ range: Range<Int>) -> String {
        var text = String.UnicodeScalarView()
        for code in scalars[range] {
            if let scalar = Unicode.Scalar(code) { text.append(scalar) }
        }
        return String(text)
    }

    func match() -> PythonRegex.Match {
        let groups = (0...program.groupCount).map { group in
            let (start, end) = (captures[2 * group], captures[2 * group + 1])
            return start >= 0 && end >= start ? text(Int(start)..<Int(end)) : nil
        }
        return PythonRegex.Match(groups: groups, range: range, groupNumbers: program.groupNumbers)
    }

    /// Looks for a match at `start` or behind it; not for an empty one at `start` itself if it `mustAdvance`.
    mutating func search(from start: Int, mustAdvance: Bool) -> Outcome {
        forbiddenEmptyAt = mustAdvance ? start : -1
        forget()
        let first = program.firstLiteral
        let last = program.isAnchored ? 0 : scalars.count
        var position = start
        while position <= last {
            if let first {
                while position < scalars.count, scalars[position] != first { position += 1 }
            }
            let outcome = attempt(at: position)
            if outcome != .failed { return outcome }
            position += 1
        }
        return .failed
    }

    mutating func matches(at position: Int) -> Outcome {
        forbiddenEmptyAt = -1
        forget()
        return attempt(at: position)
    }

    private mutating func forget() {
        for slot in captures.indices { captures[slot] = -1 }
        stack.removeAll(keepingCapacity: true)
        steps += captures.count / 16
    }

    /// A failed attempt has undone its captures when it returns.
    private mutating func attempt(at position: Int) -> Outcome {
        if run(from: 0, at: position) != nil { return .matched }
        return steps > stepLimit ? .tooManySteps : .failed
    }

    /// Runs to the next `.accept`; answers where it was reached, or nil.
    private mutating func run(from start: Int, at place: Int) -> Int? {
        let base = stack.count
        var instruction = start
        var position = place
        while true {
            steps += 1
            if steps > stepLimit { return nil }
            var succeeded = true
            switch program.instructions[instruction] {
            case .accept:
                // Only the whole pattern's own `.accept` stands at the end of the program.
                if instruction == program.instructions.count - 1, position == forbiddenEmptyAt,
                    captures[0] == Int32(position)
                {
                    succeeded = false
                } else {
                    return position
                }
            case .literal(let code):
                succeeded = position < scalars.count && scalars[position] == code
                position += 1
                instruction += 1
            case .set(let set):
                succeeded = position < scalars.count && program.sets[set].contains(scalars[position])
                position += 1
                instruction += 1
            case .repeatSet(let set, let minimum, let maximum, let lazy):
                succeeded = takeRun(of: set, minimum, maximum, lazy, next: instruction + 1, &position)
                instruction += 1
            case .assertion(let assertion):
                succeeded = holds(assertion, at: position)
                instruction += 1
            case .backreference(let group, let ignoringCase):
                succeeded = skipRepeated(group, ignoringCase: ignoringCase, &position)
                instruction += 1
            case .save(let slot):
                save(slot, position)
                instruction += 1
            case .jump(let target): instruction = target
            case .split(let preferred, let other):
                push(.attempt(instruction: Int32(other), position: Int32(position)))
                instruction = preferred
            case .mark(let register):
                push(.register(Int32(register), was: registers[register]))
                registers[register] = Int32(position)
                instruction += 1
            case .leaveUnlessAdvanced(let register, let exit):
                instruction = registers[register] == Int32(position) ? exit : instruction + 1
            case .look(let end, let back, let negative):
                let found = position >= back && isolated(from: instruction + 1, at: position - back, negative) != nil
                succeeded = found != negative
                instruction = end
            case .atomic(let end):
                if let reached = isolated(from: instruction + 1, at: position, false) {
                    position = reached
                    instruction = end
                } else {
                    succeeded = false
                }
            case .branchUnlessMatched(let group, let target):
                instruction = captures[2 * group + 1] < 0 ? target : instruction + 1
            }
            if !succeeded {
                guard let next = backtrack(to: base) else { return nil }
                (instruction, position) = next
            }
        }
    }

    /// Matches a part that is never re-entered once it is left; its captures stay, unless it is only to be refused.
    private mutating func isolated(from start: Int, at position: Int, _ forgetting: Bool) -> Int? {
        let before = captures
        let base = stack.count
        steps += captures.count / 8
        guard let end = run(from: start, at: position) else { return nil }
        stack.removeSubrange(base...)
        if forgetting {
            captures = before
        } else {
            for slot in captures.indices where captures[slot] != before[slot] {
                push(.capture(slot: Int32(slot), was: before[slot]))
            }
        }
        return end
    }

    private mutating func push(_ entry: Entry) {
        if stack.count >= Self.stackLimit { steps = stepLimit }
        stack.append(entry)
    }

    private mutating func save(_ slot: Int, _ position: Int) {
        push(.capture(slot: Int32(slot), was: captures[slot]))
        captures[slot] = Int32(position)
    }

    /// Undoes the path taken up to the latest choice above `base`, and takes the other one.
    private mutating func backtrack(to base: Int) -> (instruction: Int, position: Int)? {
        while stack.count > base {
            switch stack.removeLast() {
            case .attempt(let instruction, let position): return (Int(instruction), Int(position))
            case .giveBack(let instruction, let position, let shortest):
                if position - 1 > shortest {
                    push(.giveBack(instruction: instruction, position: position - 1, shortest: shortest))
                }
                return (Int(instruction), Int(position) - 1)
            case .takeMore(let instruction, let position, let set, let furthest):
                guard position < furthest, program.sets[Int(set)].contains(scalars[Int(position)]) else { continue }
                push(.takeMore(instruction: instruction, position: position + 1, set: set, furthest: furthest))
                return (Int(instruction), Int(position) + 1)
            case .capture(let slot, let was): captures[Int(slot)] = was
            case .register(let register, let was): registers[Int(register)] = was
            }
        }
        return nil
    }

    private mutating func takeRun(
        of set: Int, _ minimum: Int, _ maximum: Int, _ lazy: Bool, next: Int, _ position: inout Int
    ) -> Bool {
        let start = position
        let left = scalars.count - start
        let furthest = start + min(maximum, left)
        let wanted = lazy ? start + min(minimum, left) : furthest
        while position < wanted, program.sets[set].contains(scalars[position]) { position += 1 }
        steps += (position - start) / 8
        guard position - start >= minimum else { return false }
        if lazy {
            push(
                .takeMore(
                    instruction: Int32(next), position: Int32(position), set: Int32(set), furthest: Int32(furthest)))
        } else if position - start > minimum {
            push(
                .giveBack(
                    instruction: Int32(next), position: Int32(position), shortest: Int32(start + minimum)))
        }
        return true
    }

    private mutating func skipRepeated(_ group: Int, ignoringCase: Bool, _ position: inout Int) -> Bool {
        let (start, end) = (Int(captures[2 * group]), Int(captures[2 * group + 1]))
        guard start >= 0, end >= start, end - start <= scalars.count - position else { return false }
        steps += (end - start) / 8
        for index in start..<end {
            let (expected, found) = (scalars[index], scalars[position])
            guard expected == found || (ignoringCase && CaseFolding.lower(expected) == CaseFolding.lower(found)) else {
                return false
            }
            position += 1
        }
        return true
    }

    private func holds(_ assertion: PatternNode.Assertion, at position: Int) -> Bool {
        switch assertion {
        case .textStart: position == 0
        case .textEnd: position == scalars.count
        case .lastLineEnd:
            position == scalars.count || (position == scalars.count - 1 && scalars[position] == 10)
        case .lineStart: position == 0 || scalars[position - 1] == 10
        case .lineEnd: position == scalars.count || scalars[position] == 10
        case .wordBoundary(let asciiOnly): isWordBoundary(position, asciiOnly)
        case .noWordBoundary(let asciiOnly): !isWordBoundary(position, asciiOnly)
        }
    }

    private func isWordBoundary(_ position: Int, _ asciiOnly: Bool) -> Bool {
        let category = ScalarSet.Category.word
        let before = position > 0 && category.contains(scalars[position - 1], asciiOnly: asciiOnly)
        let after = position < scalars.count && category.contains(scalars[position], asciiOnly: asciiOnly)
        return before != after
    }
}
