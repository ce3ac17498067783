/// Two texts as a unified diff of their lines with three lines of context, as Python's `difflib.unified_diff` writes it.
enum UnifiedDifference {
    private static let context = 3

    static func text(_ old: String, _ new: String) -> String {
        let before = lines(old)
        let after = lines(new)
        var output = ["--- ", "+++ "]
        for group in groups(SequenceMatcher(before, after).opcodes) {
            guard let first = group.first, let last = group.last else { continue }
            let lead = min(context, first.old.lowerBound, first.new.lowerBound)
            let tail = min(context, before.count - last.old.upperBound)
            let oldRange = (first.old.lowerBound - lead)..<(last.old.upperBound + tail)
            let newRange = (first.new.lowerBound - lead)..<(last.new.upperBound + tail)
            output.append("@@ -\(span(oldRange)) +\(span(newRange)) @@")
            var position = oldRange.lowerBound
            for opcode in group {
                output += before[position..<opcode.old.lowerBound].map { " " + $0 }
                output += before[opcode.old].map { "-" + $0 }
                output += after[opcode.new].map { "+" + $0 }
                position = opcode.old.upperBound
            }
            output += before[position..<oldRange.upperBound].map { " " + $0 }
        }
        return output.joined(separator: "\n")
    }

    private static func lines(_ text: String) -> [String] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    /// Differences whose context touches belong together.
    private static func groups(
        _ opcodes: [SequenceMatcher<String>.Opcode]
    ) -> [[SequenceMatcher<String>.Opcode]] {
        var groups: [[SequenceMatcher<String>.Opcode]] = []
        for opcode in opcodes {
            if let previous = groups.last?.last, opcode.old.lowerBound - previous.old.upperBound <= 2 * context {
                groups[groups.count - 1].append(opcode)
            } else {
                groups.append([opcode])
            }
        }
        return groups
    }

    /// `start,count`, `start` alone for one line, and the line before for none.
    private static func span(_ range: Range<Int>) -> String {
        switch range.count {
        case 0: "\(range.lowerBound),0"
        case 1: "\(range.lowerBound + 1)"
        default: "\(range.lowerBound + 1),\(range.count)"
        }
    }
}
