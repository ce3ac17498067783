/// The lines on which the nodes of a document were written, in about a byte a node and without any of its text.
///
/// One entry for each event of the document in order: its kind in three bits and how many lines it is below the one
/// before, as a variable-length number.
package struct LineMap: Sendable, Hashable {
    enum Kind: UInt8 {
        case scalar, sequence, mapping, end
        /// `<<`, whose members come from elsewhere.
        case mergeKey
    }

    /// The line, from 1, that the first entry is counted from.
    package let base: Int
    /// The encoded lines; see `init(encoded:)`.
    package let entries: [UInt8]

    package init(base: Int, entries: [UInt8]) {
        self.base = base
        self.entries = entries
    }

    /// Of the node itself; of a collection, of its first member.
    package var line: Int {
        var position = 0
        return base &+ (next(&position)?.lines ?? 0)
    }

    /// For a mapping, the line of each key and the map of its value, in the order in which they are written.
    ///
    /// - Returns: nil for other values, and for a mapping with merge keys, whose members are not in the order in which
    ///   they are written.
    package func members() -> [(line: Int, value: LineMap)]? {
        var members: [(line: Int, value: LineMap)] = []
        var key: Int?
        let isRegular = forEachChild(of: .mapping) { kind, line, value in
            if let line = key {
                members.append((line, value))
                key = nil
            } else {
                key = line
            }
            return kind != .mergeKey
        }
        return isRegular ? members : nil
    }

    /// The line of each key that a mapping has itself, in the order of writing, without merge keys; empty for anything
    /// else.
    package var keyLines: [Int] {
        var lines: [Int] = []
        var isKey = true
        var isMerge = false
        _ = forEachChild(of: .mapping) { kind, line, _ in
            if isKey {
                isMerge = kind == .mergeKey
                if !isMerge { lines.append(line) }
            }
            isKey.toggle()
            return true
        }
        return lines
    }

    /// The map of each element of a sequence; nil for anything else.
    package func elements() -> [LineMap]? {
        var elements: [LineMap] = []
        let isSequence = forEachChild(of: .sequence) { _, _, value in
            elements.append(value)
            return true
        }
        return isSequence ? elements : nil
    }

    /// - Parameter body: takes the kind, line and map of each child; false ends it.
    /// - Returns: whether the node is of `kind`, well formed, and `body` never ended it.
    private func forEachChild(of kind: Kind, _ body: (Kind, Int, LineMap) -> Bool) -> Bool {
        var position = 0
        guard let first = next(&position), first.kind == kind else { return false }
        var line = base &+ first.lines
        var depth = 0
        var start = position
        var startBase = line
        var startKind = Kind.scalar
        var startLine = line
        while let entry = next(&position) {
            if depth == 0, entry.kind != .end {
                startKind = entry.kind
                startBase = line
                startLine = line &+ entry.lines
            }
            line &+= entry.lines
            switch entry.kind {
            case .sequence, .mapping: depth += 1
            case .end:
                if depth == 0 { return true }
                depth -= 1
            case .scalar, .mergeKey: break
            }
            if depth == 0 {
                let child = LineMap(base: startBase, entries: Array(entries[start..<position]))
                guard body(startKind, startLine, child) else { return false }
                start = position
            }
        }
        return false
    }

    private func next(_ position: inout Int) -> (kind: Kind, lines: Int)? {
        guard position < entries.count, let kind = Kind(rawValue: entries[position] & 7) else { return nil }
        var lines = Int(entries[position] >> 3 & 15)
        var shift = 4
        while entries[position] & 0x80 != 0 {
            position += 1
            guard position < entries.count, shift < 48 else { return nil }
            lines |= Int(entries[position] & 0x7f) << shift
            shift += 7
        }
        position += 1
        return (kind, lines)
    }
}

/// Notes the lines of a document's events while it is composed.
struct LineRecorder {
    private var base = 1
    private var line = 1
    private var entries: [UInt8] = []

    /// Where the entries of a collection begin, and the line that they are counted from.
    struct Position {
        fileprivate var entry = 0
        fileprivate var line = 1
    }

    /// Where the next entry will be.
    var position: Position { Position(entry: entries.count, line: line) }

    /// The map of the collection that began there and has just ended.
    func map(from position: Position) -> LineMap {
        LineMap(base: position.line, entries: Array(entries[min(position.entry, entries.count)...]))
    }

    mutating func begin(at mark: Mark) {
        base = mark.line
        line = mark.line
        entries.removeAll(keepingCapacity: true)
    }

    mutating func record(_ kind: LineMap.Kind, at mark: Mark) {
        var lines = max(0, mark.line - line)
        line = max(line, mark.line)
        var byte = kind.rawValue | UInt8(lines & 15) << 3
        lines >>= 4
        while lines > 0 {
            entries.append(byte | 0x80)
            byte = UInt8(lines & 0x7f)
            lines >>= 7
        }
        entries.append(byte)
    }

    mutating func end() { entries.append(LineMap.Kind.end.rawValue) }

    /// The map of the document that has ended.
    func map() -> LineMap { LineMap(base: base, entries: entries) }
}
