import OutOfBand
import Primitives

/// Masks secrets in what a machine writes to its console: as they are, in either case, in hexadecimal and in Base64, also with
/// escape sequences, control characters and ends of lines in between. What comes in pieces is masked as if it came at once.
///
/// What an escape sequence is that has not ended nobody knows: a secret is also looked for as if `ESC [` and the like had no
/// parameters, so that none is taken for a part of one.
///
/// Bytes that may be the beginning of a secret are held back until the next ones decide that. Escaped in other ways, or with
/// characters in between, a secret is not found.
struct ConsoleSecrets: Sendable {
    /// What of the bytes is a character.
    private enum Reading: Int, Sendable, CaseIterable {
        /// What is in no escape sequence.
        case withoutSequences
        /// All but `ESC`, and what begins a sequence behind it.
        case withoutIntroducers
    }

    private struct Search: Sendable {
        let reading: Reading
        let pattern: SearchPattern
        /// Whether it is looked for in lower case.
        let folds: Bool
        var matched = 0
    }

    /// In bytes: with more than that in between, a secret is not found.
    private static let limit = 4096
    /// In bytes: a beginning that is shorter is shown where nothing follows it.
    private static let shortest = 4

    /// Whether there are secrets among them that are in any text by chance. They are not masked: a text without them would tell
    /// them, and a console that shows nothing is none.
    let leavesOut: Bool

    private var searches: [Search] = []
    /// For each byte, whether a secret begins with it.
    private var begins = [Bool](repeating: false, count: 256)
    private var escapes = ConsoleEscapes()
    private var held: [UInt8] = []
    /// For each of these, whether it is of a secret that was found.
    private var isFound: [Bool] = []
    /// Whether the byte before was `ESC`.
    private var isEscaped = false
    /// For each reading, where in `held` the characters are.
    private var characters = [[Int]](repeating: [], count: Reading.allCases.count)
    /// How many of the first bytes of it were shown already.
    private var ahead = 0
    /// Whether the mask was shown last.
    private var hasMasked = false

    init(_ secrets: [Secret<String>]) {
        let texts = secrets.map { $0.reveal() }.filter { !$0.isEmpty }
        let copies = texts.compactMap { SecretCopies($0) }
        leavesOut = copies.count < texts.count
        for copy in copies {
            for reading in Reading.allCases {
                searches += [copy.text, copy.hexadecimal].map { Search(reading: reading, pattern: $0, folds: true) }
                searches += copy.base64.map { Search(reading: reading, pattern: $0, folds: false) }
            }
        }
        for search in searches {
            guard let first = search.pattern.bytes.first else { continue }
            begins[Int(first)] = true
            if search.folds, (0x61...0x7a).contains(first) { begins[Int(first ^ 0x20)] = true }
        }
    }

    mutating func masked(_ bytes: [UInt8]) -> [UInt8] {
        guard !searches.isEmpty else { return bytes }
        var shown: [UInt8] = []
        shown.reserveCapacity(bytes.count)
        for byte in bytes {
            let readings = readings(of: byte)
            if held.isEmpty, readings.isEmpty || !begins[Int(byte)] {
                shown.append(byte)
                hasMasked = false
                continue
            }
            held.append(byte)
            isFound.append(false)
            for reading in readings {
                characters[reading.rawValue].append(held.count - 1)
                search(reading, for: byte)
            }
            if !readings.isEmpty { show(begin ?? held.count, &shown) }
            guard held.count > Self.limit else { continue }
            for at in searches.indices { searches[at].matched = 0 }
            show(held.count, &shown)
        }
        return shown
    }

    /// Whether there are bytes that `shownWhileQuiet` would give.
    var hasBegun: Bool { ahead < held.count && (searches.map(\.matched).max() ?? 0) < Self.shortest }

    /// What is held back, where nothing follows for a while: who types waits for the echo. The rest of a secret that begins so is
    /// masked all the same.
    mutating func shownWhileQuiet() -> [UInt8] {
        guard hasBegun else { return [] }
        var shown: [UInt8] = []
        add(ahead..<held.count, to: &shown)
        ahead = held.count
        return shown
    }

    /// What is held back, once the console has ended.
    mutating func finished() -> [UInt8] {
        // What has been seen of a secret is enough to guess the rest.
        for search in searches where search.matched >= Self.shortest {
            let characters = characters[search.reading.rawValue]
            for at in characters[characters.count - search.matched]...characters[characters.count - 1] {
                isFound[at] = true
            }
        }
        for at in searches.indices { searches[at].matched = 0 }
        escapes = ConsoleEscapes()
        isEscaped = false
        var shown: [UInt8] = []
        show(held.count, &shown)
        hasMasked = false
        return shown
    }

    /// In which readings the next byte is a character.
    private mutating func readings(of byte: UInt8) -> [Reading] {
        let isText = escapes.part(byte) == .text
        let isIntroducer = isEscaped && [0x23, 0x28, 0x29, 0x5b].contains(byte)
        isEscaped = byte == 0x1b
        guard byte >= 0x20, byte != 0x7f else { return [] }
        return (isText ? [.withoutSequences] : []) + (isIntroducer ? [] : [.withoutIntroducers])
    }

    /// Where in `held` the first character is that may belong to a secret that has not ended.
    private var begin: Int? {
        searches.compactMap { search in
            let characters = characters[search.reading.rawValue]
            return search.matched == 0 ? nil : characters[characters.count - search.matched]
        }.min()
    }

    /// Takes the next character of a reading.
    private mutating func search(_ reading: Reading, for byte: UInt8) {
        let folded = (0x41...0x5a).contains(byte) ? byte | 0x20 : byte
        let characters = characters[reading.rawValue]
        for at in searches.indices where searches[at].reading == reading {
            let search = searches[at]
            let matched = search.pattern.matched(search.matched, then: search.folds ? folded : byte)
            searches[at].matched = matched
            guard matched == search.pattern.bytes.count else { continue }
            for place in characters[characters.count - matched]..<held.count { isFound[place] = true }
        }
    }

    /// Shows the first bytes of what is held back.
    private mutating func show(_ count: Int, _ shown: inout [UInt8]) {
        guard count > 0 else { return }
        add(min(ahead, count)..<count, to: &shown)
        ahead = max(0, ahead - count)
        held = Array(held.dropFirst(count))
        isFound = Array(isFound.dropFirst(count))
        for at in characters.indices { characters[at] = characters[at].compactMap { $0 < count ? nil : $0 - count } }
    }

    private mutating func add(_ range: Range<Int>, to shown: inout [UInt8]) {
        for at in range {
            if !isFound[at] {
                shown.append(held[at])
            } else if !hasMasked {
                shown += LogRedactor.mask.utf8
            }
            hasMasked = isFound[at]
        }
    }
}
