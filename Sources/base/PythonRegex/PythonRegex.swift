/// A regular expression in the dialect of Python's `re`, over code points (`docs/reference/deckhand.md` §6, §7.7).
///
/// It knows what `re` knows, except `(?L)` and named characters `\N{…}`, which are refused. Matching is by
/// backtracking, without recursion in the text's length, and gives up with an error after `stepLimit` steps.
package struct PythonRegex: Sendable {
    /// The pattern as it was given.
    package let pattern: String
    /// How much work one call may do, in instructions of the matcher.
    package var stepLimit: Int
    /// The number of capturing groups, the whole match (group 0) not counted.
    package var groupCount: Int { program.groupCount }

    private let program: Program

    /// Enough for any reasonable pattern on a text of a megabyte, and over in a fraction of a second.
    package static let defaultStepLimit = 4_000_000

    /// - Throws: `PythonRegexError`, `syntax` or `tooLarge`.
    package init(_ pattern: String, stepLimit: Int = defaultStepLimit) throws(PythonRegexError) {
        self.pattern = pattern
        self.stepLimit = stepLimit
        var parser = PatternParser(pattern)
        let tree = try parser.parse()
        program = try Compiler.compile(tree, groupNumbers: parser.groupNumbers, pattern: pattern)
    }

    /// The first place where the pattern matches (`re.search`), or nil.
    ///
    /// - Throws: `PythonRegexError`, `tooManySteps`.
    package func search(in text: String) throws(PythonRegexError) -> Match? {
        var matcher = Matcher(program: program, text: text, stepLimit: stepLimit)
        return try check(matcher.search(from: 0, mustAdvance: false)) ? matcher.match() : nil
    }

    /// The match at the very start of `text` (`re.match`), or nil.
    ///
    /// - Throws: `PythonRegexError`, `tooManySteps`.
    package func match(atStartOf text: String) throws(PythonRegexError) -> Match? {
        var matcher = Matcher(program: program, text: text, stepLimit: stepLimit)
        return try check(matcher.matches(at: 0)) ? matcher.match() : nil
    }

    /// Whether the pattern matches anywhere in `text`.
    ///
    /// - Throws: `PythonRegexError`, `tooManySteps`.
    package func occurs(in text: String) throws(PythonRegexError) -> Bool {
        var matcher = Matcher(program: program, text: text, stepLimit: stepLimit)
        return try check(matcher.search(from: 0, mustAdvance: false))
    }

    /// `text` with every match replaced by `replacement`, taken literally (no `\1`;
    /// `docs/reference/deckhand.md` §7.7e).
    ///
    /// - Throws: `PythonRegexError`, `tooManySteps`.
    package func replaceAll(in text: String, with replacement: String) throws(PythonRegexError) -> String {
        var matcher = Matcher(program: program, text: text, stepLimit: stepLimit)
        var result = ""
        var copied = 0
        var mustAdvance = false
        while try check(matcher.search(from: copied, mustAdvance: mustAdvance)) {
            let range = matcher.range
            result += matcher.text(copied..<range.lowerBound)
            result += replacement
            copied = range.upperBound
            // Behind an empty match the next one may not be empty at the same place.
            mustAdvance = range.isEmpty
        }
        return result + matcher.text(copied..<matcher.count)
    }

    private func check(_ outcome: Matcher.Outcome) throws(PythonRegexError) -> Bool {
        switch outcome {
        case .matched: return true
        case .failed: return false
        case .tooManySteps:
            throw PythonRegexError(
                code: .tooManySteps, message: "Matching was given up after \(stepLimit) steps", pattern: pattern)
        }
    }
}

extension PythonRegex {
    /// A match: its place and the texts of its groups.
    package struct Match: Sendable, Equatable {
        /// Group 0 is the whole match; a group that took no part is nil.
        package let groups: [String?]
        /// The place of the match in code points from the start of the text.
        package let range: Range<Int>
        /// The numbers of the named groups.
        package let groupNumbers: [String: Int]

        /// The text of group `number`; nil where the group took no part or does not exist.
        package subscript(number: Int) -> String? { groups.indices.contains(number) ? groups[number] : nil }

        /// The text of the group of that name; nil where the group took no part or does not exist.
        package subscript(name: String) -> String? { groupNumbers[name].flatMap { self[$0] } }
    }
}
