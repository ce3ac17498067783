import TestSupport

/// Makes inputs out of seeds: each from a seed number alone, so that any of them can be made again.
struct Mutator {
    let seeds: [[UInt8]]
    /// Pieces of the language that is read: what random bytes would never hit upon.
    let words: [[UInt8]]
    let sizeLimit: Int
    /// Nil where seeds are no trees.
    let trees: TreeMutator?

    init(seeds: [[UInt8]], words: [String], sizeLimit: Int, form: TreeMutator.Form?) {
        self.seeds = seeds
        self.words = words.map { Array($0.utf8) }
        self.sizeLimit = sizeLimit
        trees = form.map { TreeMutator(form: $0, seeds: seeds) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Numbers at which arithmetic ends, as texts.
    private static let numbers = [
        "0", "-1", "1", "127", "128", "255", "256", "32767", "65535", "65536", "-32769", "2147483647", "2147483648",
        "4294967295", "4294967296", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
        "-9223372036854775809", "18446744073709551616", "340282366920938463463374607431768211456", "1e308", "1e309",
        "-1e400", "1e-400", "0.1", ".inf", ".nan", "nan", "0x7fffffffffffffff", "0o777", "00000000000000000000001",
        "99999999999999999999999999999999999999999999999", "1_0", "5e-324",
    ].map { Array($0.utf8) }

    private static let bytes: [UInt8] = [0, 1, 0x7f, 0x80, 0xff, 0x0a, 0x20, 0x22, 0x27, 0x5c, 0xc0, 0xe2, 0xf4]

    /// - Parameter number: of the input; the same number gives the same bytes.
    func input(seed: UInt64, number: Int) -> [UInt8] {
        var generator = SplitMix(seed: seed &+ UInt64(bitPattern: Int64(number)) &* 0x9e37_79b9_7f4a_7c15)
        // Mixed once, as neighbouring states give neighbouring sequences.
        generator = SplitMix(seed: generator.next())
        if seeds.isEmpty || generator.chance(in: 24) { return noise(&generator) }
        if let trees, generator.chance(in: 2) { return trees.input(&generator) }
        var bytes = seeds[generator.index(seeds.count)]
        let changes = generator.chance(in: 2) ? 1 : 1 + generator.index(5)
        for _ in 0..<changes { mutate(&bytes, &generator) }
        if bytes.count > sizeLimit { bytes.removeSubrange(sizeLimit...) }
        return bytes
    }

    private func noise(_ generator: inout SplitMix) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<generator.index(40) {
            switch generator.index(3) {
            case 0 where !words.isEmpty: bytes += words[generator.index(words.count)]
            case 1: bytes += Self.numbers[generator.index(Self.numbers.count)]
            default: bytes += generator.bytes(1 + generator.index(4))
            }
        }
        return bytes
    }

    private func mutate(_ bytes: inout [UInt8], _ generator: inout SplitMix) {
        let place = generator.index(bytes.count + 1)
        let length = min(bytes.count - place, 1 + generator.index(generator.chance(in: 4) ? 200 : 8))
        let range = place..<(place + length)
        switch generator.index(11) {
        case 0 where !range.isEmpty: bytes[place] ^= 1 << UInt8(truncatingIfNeeded: generator.index(8))
        case 1 where !range.isEmpty: bytes[place] = Self.bytes[generator.index(Self.bytes.count)]
        case 2: bytes.insert(contentsOf: generator.bytes(1 + generator.index(4)), at: place)
        case 3: bytes.removeSubrange(range)
        case 4: bytes.insert(contentsOf: Array(bytes[range]), at: place)
        case 5 where !words.isEmpty:
            bytes.replaceSubrange(
                generator.chance(in: 2) ? range : place..<place, with: words[generator.index(words.count)])
        case 6: replaceNumber(&bytes, from: place, &generator)
        case 7: splice(&bytes, range, &generator)
        case 8: repeatPiece(&bytes, range, &generator)
        case 9: bytes.removeSubrange(place...)
        default: swapPieces(&bytes, range, &generator)
        }
    }

    /// The next number behind `start` becomes another.
    private func replaceNumber(_ bytes: inout [UInt8], from start: Int, _ generator: inout SplitMix) {
        let isDigit = { (byte: UInt8) in (48...57).contains(byte) }
        guard let first = bytes[start...].firstIndex(where: isDigit) else { return }
        let end = bytes[first...].firstIndex { !isDigit($0) } ?? bytes.count
        bytes.replaceSubrange(first..<end, with: Self.numbers[generator.index(Self.numbers.count)])
    }

    /// A piece of another seed takes the place of a piece.
    private func splice(_ bytes: inout [UInt8], _ range: Range<Int>, _ generator: inout SplitMix) {
        let other = seeds[generator.index(seeds.count)]
        let start = generator.index(other.count + 1)
        let end = min(other.count, start + 1 + generator.index(100))
        bytes.replaceSubrange(range, with: other[start..<end])
    }

    /// Nesting, and long runs of one thing.
    private func repeatPiece(_ bytes: inout [UInt8], _ range: Range<Int>, _ generator: inout SplitMix) {
        let useWord = !words.isEmpty && generator.chance(in: 2)
        let piece = useWord ? words[generator.index(words.count)] : Array(bytes[range].prefix(12))
        guard !piece.isEmpty else { return }
        let count = generator.chance(in: 16) ? 3000 : 1 + generator.index(40)
        let limit = max(1, sizeLimit / piece.count)
        bytes.insert(contentsOf: (0..<min(count, limit)).flatMap { _ in piece }, at: range.lowerBound)
    }

    private func swapPieces(_ bytes: inout [UInt8], _ range: Range<Int>, _ generator: inout SplitMix) {
        let piece = Array(bytes[range])
        bytes.removeSubrange(range)
        bytes.insert(contentsOf: piece, at: generator.index(bytes.count + 1))
    }
}
