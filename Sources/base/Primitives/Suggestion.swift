/// What somebody may have meant.
package enum Suggestion {
    /// The nearest of `candidates`; nil where none is near.
    package static func closest(to word: String, among candidates: some Sequence<String>) -> String? {
        // Nobody misspells a name that long, and the comparison takes the product of both lengths.
        guard word.utf8.count <= 128 else { return nil }
        let source = Array(word.utf8)
        let measured = candidates.map { (distance(source, Array($0.utf8)), $0) }
        guard let best = measured.min(by: { $0.0 < $1.0 }), best.0 <= max(2, source.count / 4) else { return nil }
        return best.1
    }

    /// ` Did you mean 'worker'?`, or, where nothing is near, ` There is: control, worker.`; empty without candidates.
    package static func sentence(for word: String, among candidates: [String]) -> String {
        if let near = closest(to: word, among: candidates.filter { $0 != word }) { return " Did you mean '\(near)'?" }
        guard !candidates.isEmpty else { return "" }
        let rest = candidates.count > shown ? ", …" : ""
        return " There is: " + candidates.prefix(shown).joined(separator: ", ") + rest + "."
    }

    private static let shown = 12

    /// How many letters to insert, remove or change (Levenshtein).
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let changed = diagonal + (a == b ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(changed, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[right.count]
    }
}
