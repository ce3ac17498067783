/// Aligns two sequences as Python's `difflib.SequenceMatcher` does, by their longest common blocks.
struct SequenceMatcher<Element: Hashable> {
    /// What differs between two equal blocks: either range may be empty, not both.
    struct Opcode: Equatable {
        let old: Range<Int>
        let new: Range<Int>
    }

    private let old: [Element]
    private let new: [Element]
    private let places: [Element: [Int]]

    /// Beyond this many comparisons the rest counts as replaced.
    private static var workLimit: Int { 20_000_000 }

    init(_ old: [Element], _ new: [Element]) {
        self.old = old
        self.new = new
        var places: [Element: [Int]] = [:]
        for (index, element) in new.enumerated() { places[element, default: []].append(index) }
        // Elements that are everywhere in a long sequence say nothing about how to align it.
        if new.count >= 200 { places = places.filter { $0.value.count <= new.count / 100 + 1 } }
        self.places = places
    }

    /// The differences, in order.
    var opcodes: [Opcode] {
        var opcodes: [Opcode] = []
        var (i, j) = (0, 0)
        for block in matchingBlocks {
            if i < block.old || j < block.new { opcodes.append(Opcode(old: i..<block.old, new: j..<block.new)) }
            (i, j) = (block.old + block.length, block.new + block.length)
        }
        if i < old.count || j < new.count { opcodes.append(Opcode(old: i..<old.count, new: j..<new.count)) }
        return opcodes
    }

    private struct Block {
        var old: Int
        var new: Int
        var length: Int
    }

    private var matchingBlocks: [Block] {
        var queue = [(0..<old.count, 0..<new.count)]
        var blocks: [Block] = []
        var work = 0
        while let (oldRange, newRange) = queue.popLast(), work < Self.workLimit {
            let block = longestMatch(oldRange, newRange, &work)
            guard block.length > 0 else { continue }
            blocks.append(block)
            if oldRange.lowerBound < block.old, newRange.lowerBound < block.new {
                queue.append((oldRange.lowerBound..<block.old, newRange.lowerBound..<block.new))
            }
            let (oldEnd, newEnd) = (block.old + block.length, block.new + block.length)
            if oldEnd < oldRange.upperBound, newEnd < newRange.upperBound {
                queue.append((oldEnd..<oldRange.upperBound, newEnd..<newRange.upperBound))
            }
        }
        return blocks.sorted { $0.old < $1.old }
    }

    private func longestMatch(_ oldRange: Range<Int>, _ newRange: Range<Int>, _ work: inout Int) -> Block {
        var best = Block(old: oldRange.lowerBound, new: newRange.lowerBound, length: 0)
        var lengths: [Int: Int] = [:]
        for i in oldRange {
            var next: [Int: Int] = [:]
            for j in places[old[i]] ?? [] where newRange.contains(j) {
                work += 1
                let length = (lengths[j - 1] ?? 0) + 1
                next[j] = length
                if length > best.length { best = Block(old: i - length + 1, new: j - length + 1, length: length) }
            }
            lengths = next
        }
        while best.old > oldRange.lowerBound, best.new > newRange.lowerBound, old[best.old - 1] == new[best.new - 1] {
            best = Block(old: best.old - 1, new: best.new - 1, length: best.length + 1)
        }
        while best.old + best.length < oldRange.upperBound, best.new + best.length < newRange.upperBound,
            old[best.old + best.length] == new[best.new + best.length]
        {
            best.length += 1
        }
        return best
    }
}
