/// The filter `wordwrap`: lines of at most a width, broken between words, inside those that are longer than a line.
enum TextWrapping {
    static func wrap(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        let given = try arguments.bound("width", "break_long_words", "wrapstring", "break_on_hyphens", in: run)
        let width = try run.integer(given[0], default: 79)
        guard width > 0 else { throw run.typeError("invalid width \(width) (must be > 0)") }
        let breaksLong = given[1]?.isTrue ?? true
        let lineEnd: String
        if let end = given[2], case .string(let text) = end { lineEnd = text } else { lineEnd = "\n" }
        var lines: [String] = []
        for line in PythonText.lines(try run.text(of: value)) {
            let chunks = chunks(line, onHyphens: given[3]?.isTrue ?? true)
            lines.append(wrapped(chunks, width, breaksLong).joined(separator: lineEnd))
        }
        let (added, overflow) = lines.count.multipliedReportingOverflow(by: lineEnd.utf8.count)
        try run.chargeValue(overflow ? .max : added)
        let text = lines.joined(separator: lineEnd)
        try run.chargeValue(text.utf8.count)
        return .string(text)
    }

    private typealias Chunk = ArraySlice<Unicode.Scalar>

    /// Words, or their parts up to a hyphen between letters, and the blanks between them.
    private static func chunks(_ line: String, onHyphens: Bool) -> [Chunk] {
        let scalars = Array(line.unicodeScalars)
        func isLetter(_ index: Int) -> Bool {
            scalars.indices.contains(index) && scalars[index].properties.isAlphabetic
        }
        var chunks: [Chunk] = []
        var start = 0
        for index in scalars.indices {
            let next = index + 1
            let isEnd =
                next == scalars.count
                || PythonText.isBlank(scalars[index]) != PythonText.isBlank(scalars[next])
                || onHyphens && scalars[index] == "-" && isLetter(index - 1) && isLetter(index - 2)
                    && isLetter(next) && isLetter(next + 1)
            if isEnd {
                chunks.append(scalars[start...index])
                start = next
            }
        }
        return chunks
    }

    private static func wrapped(_ chunks: [Chunk], _ width: Int, _ breaksLong: Bool) -> [String] {
        var lines: [String] = []
        var rest = chunks[...]
        while var first = rest.first {
            if !lines.isEmpty, isBlank(first) {
                rest.removeFirst()
                guard let next = rest.first else { break }
                first = next
            }
            var line: [Chunk] = []
            var length = 0
            while let chunk = rest.first, length + chunk.count <= width {
                line.append(chunk)
                length += chunk.count
                rest.removeFirst()
            }
            if let chunk = rest.first, chunk.count > width {
                if breaksLong {
                    line.append(chunk.prefix(width - length))
                    rest[rest.startIndex] = chunk.dropFirst(width - length)
                } else if line.isEmpty {
                    line.append(chunk)
                    rest.removeFirst()
                }
            }
            if let last = line.last, isBlank(last) { line.removeLast() }
            if !line.isEmpty { lines.append(text(line)) }
        }
        return lines
    }

    private static func isBlank(_ chunk: Chunk) -> Bool { chunk.allSatisfy(PythonText.isBlank) }

    private static func text(_ chunks: [Chunk]) -> String {
        var view = String.UnicodeScalarView()
        for chunk in chunks { view.append(contentsOf: chunk) }
        return String(view)
    }
}
