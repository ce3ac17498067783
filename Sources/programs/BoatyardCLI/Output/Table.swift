import Primitives

/// Columns of text, left aligned. Each cell is one line, whatever it came with.
struct Table {
    var headings: [String]
    var rows: [[String]] = []

    init(_ headings: String...) { self.headings = headings }

    var text: String { text(of: [headings] + rows) }

    /// Without the headings.
    var bodyText: String { text(of: rows) }

    private func text(of lines: [[String]]) -> String {
        let all = lines.map { $0.map(Text.line) }
        let widths = headings.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            var line = ""
            let last = row.lastIndex { !$0.isEmpty } ?? 0
            for (column, cell) in row.prefix(last + 1).enumerated() {
                line += cell
                if column < last { line += String(repeating: " ", count: widths[column] - cell.count + 3) }
            }
            return line
        }.joined(separator: "\n")
    }
}
