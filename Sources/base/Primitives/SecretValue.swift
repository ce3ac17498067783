/// The value that belongs to the name of a secret, in any of the notations that logs are made of:
///
/// - `name=value`, `name: value`, `name => value`, quoted or not, the value perhaps on the next line, in a YAML block or a list;
/// - `--name value`, `['--name', 'value']`, `name "value"`, `NAME_OF_VARIABLE value`;
/// - JSON, JSON within JSON (`\"name\": \"value\"`), Python's `u'…'` and `b'…'`, HTML's `&quot;`;
/// - `<name>value</name>`, with attributes, prefixes and CDATA;
/// - `{"name": "password", "value": "…"}` in either order, in JSON, YAML and XML.
struct SecretValue {
    let bytes: UnsafeBufferPointer<UInt8>
    var place: Int
    /// Where looking ends; behind it nothing is read.
    var limit: Int
    var name: NameInText?
    var tag: EscapedCharacter?

    /// In bytes: how far a member is looked for that belongs to another.
    static let window = 400
    /// In bytes: of a value whose name comes behind it.
    static let longest = 16 << 10

    init(_ bytes: UnsafeBufferPointer<UInt8>, from place: Int) {
        self.bytes = bytes
        self.place = min(place, bytes.count)
        limit = bytes.count
    }

    /// - Parameter tag: the `<` before the name.
    init(_ bytes: UnsafeBufferPointer<UInt8>, behind name: NameInText, tag: EscapedCharacter?) {
        self.init(bytes, from: name.end)
        (self.name, self.tag) = (name, tag)
    }

    /// What to mask behind the name of a secret; nothing where no value follows it.
    ///
    /// - Parameter isNamed: whether the name is the value of a member such as `key`.
    mutating func find(isLine: Bool, isNamed: Bool) -> [Range<Int>] {
        let behindName = place
        let found = notation(isLine: isLine)
        if !found.isEmpty { return found }
        if isNamed || tag != nil {
            place = behindName
            let found = pairedValue()
            if !found.isEmpty { return found }
        }
        place = behindName
        return freeStanding().map { [$0] } ?? []
    }

    private mutating func notation(isLine: Bool) -> [Range<Int>] {
        if let tag, let element = element(tag) { return [element] }
        let isQuoted = skipQuote() != nil
        // environment["OS_PASSWORD"] = …
        if isQuoted { _ = skip("]") }
        _ = skipBlanks()
        if skipAssignment() { return !isQuoted && isMessage ? [] : assigned(isLine: isLine) }
        guard skip(",") else { return [] }
        skipWhitespace()
        if name?.isOption == true { return quoted().map { [$0] } ?? [] }
        return isQuoted && skipValueName() ? assigned() : []
    }

    /// Whether a message stands behind the name of the node that it is about, which happens to end as that of a secret does:
    /// `old-password: Node old-password, power on: …`.
    private var isMessage: Bool {
        guard name?.isHostName == true, bytes[place - 1] == UInt8(ascii: ":") else { return false }
        return [" Node ", " BMC "].contains { bytes[place...].starts(with: $0.utf8) }
    }

    /// Behind blanks: in quotation marks, behind an option or the name of a variable, or a word that nobody would say.
    private mutating func freeStanding() -> Range<Int>? {
        _ = skipQuote()
        guard skipBlanks() > 0, let name else { return nil }
        if let quoted = quoted() { return quoted }
        if name.isOption { return bare() }
        // node.session.auth.password -v value
        if skip("-v ") || skip("--value ") {
            _ = skipBlanks()
            return word()
        }
        guard let first = peek, !first.isOneOf("(-/<[{|&>$#,;.!?"), let word = bare() else { return nil }
        let text = bytes[word]
        if name.isVariable || name.isPasswd { return Prose.isWord(text) ? nil : word }
        return Prose.isSecret(text) ? word : nil
    }

    /// Behind `Bearer` or `Basic`.
    mutating func credentials() -> [Range<Int>] {
        guard skipBlanks() > 0, let word = bare(atLeast: 8) else { return [] }
        if name?.isText("bearer") == true, !Prose.isSecret(bytes[word]) { return [] }
        return [word]
    }

    /// What an option has: the next word, or the next element of a list.
    mutating func argument() -> Range<Int>? {
        let isQuoted = skipQuote() != nil
        if isQuoted, skip(",") {
            skipWhitespace()
            return quoted()
        }
        _ = skip("=")
        _ = skipBlanks()
        return word()
    }

    mutating func word() -> Range<Int>? { quoted() ?? bare() }

    /// Behind `=` or `:`.
    mutating func assigned(isLine: Bool = false, depth: Int = 0) -> [Range<Int>] {
        _ = skipBlanks()
        if let quoted = quoted() { return [quoted] }
        if isLine { return upToLineEnd().map { [$0] } ?? [] }
        guard depth < 4, let first = peek else { return bare().map { [$0] } ?? [] }
        if first.isOneOf("[(") { return list() }
        if first.isOneOf("{") { return object(depth) }
        let start = place
        // YAML's !tag and &anchor.
        if first.isPlain, first.isOneOf("!&"), let tag = bare() {
            place = tag.upperBound
            if skipBlanks() > 0, peek.map({ !isLineEnd($0) }) ?? false {
                return [tag] + assigned(depth: depth + 1)
            }
            place = start
            return [tag]
        }
        // `|-`, `>`: a block follows.
        let isBlock = first.isOneOf("|>")
        if isBlock { while let sign = peek, sign.isOneOf("|>-+0123456789") { place = sign.end } }
        _ = skipBlanks()
        guard let next = peek, isLineEnd(next) else {
            place = start
            return bare().map { [$0] } ?? []
        }
        return (isBlock ? block() : nextLine()).map { [$0] } ?? []
    }

    /// `["a", "b"]`, `(a, b)`
    private mutating func list() -> [Range<Int>] {
        guard let bracket = peek else { return [] }
        let start = place
        let word = bare()
        place = bracket.end
        var found: [Range<Int>] = []
        while true {
            skipWhitespace(and: ",")
            guard let next = peek else { return found }
            if next.isOneOf("])") { return found }
            if let quoted = quoted() {
                found.append(quoted)
                continue
            }
            let first = place
            var end = first
            while let character = peek, !character.isOneOf("])\n\r") { (place, end) = (character.end, character.end) }
            if found.isEmpty, let word, word.upperBound > end { return [start..<max(word.upperBound, end)] }
            return end > first ? found + [first..<end] : found
        }
    }

    /// `{"id": "value"}`; others have names of their own.
    private mutating func object(_ depth: Int) -> [Range<Int>] {
        guard let brace = peek else { return [] }
        let start = place
        place = brace.end
        skipWhitespace()
        if skipValueName() { return assigned(depth: depth + 1) }
        place = brace.end
        skipWhitespace()
        guard let next = peek, !next.isQuote, place == brace.end else { return [] }
        place = start
        return bare().map { [$0] } ?? []
    }

    /// `<name …>value</`, where `place` is behind the name.
    mutating func element(_ tag: EscapedCharacter, depth: Int = 0) -> Range<Int>? {
        guard let first = peek, first.isBlank || isEnd(first, of: tag) else { return nil }
        var isClosed = false
        let limit = place + Self.window
        while place < limit, let character = peek {
            place = character.end
            if isEnd(character, of: tag) {
                guard !isClosed else { return nil }
                return content(of: tag, depth)
            }
            isClosed = character.byte == UInt8(ascii: "/")
        }
        return nil
    }

    private func isEnd(_ character: EscapedCharacter, of tag: EscapedCharacter) -> Bool {
        character.byte == UInt8(ascii: ">") && (character.isPlain || character.form == tag.form)
    }

    private func isTag(_ character: EscapedCharacter, like tag: EscapedCharacter) -> Bool {
        character.byte == UInt8(ascii: "<") && (character.isPlain || character.form == tag.form)
    }

    /// Up to the next tag. Of CDATA its content, and of an element without text that of the first one in it.
    private mutating func content(of tag: EscapedCharacter, _ depth: Int) -> Range<Int>? {
        let first = place
        skipWhitespace()
        if let next = peek, isTag(next, like: tag) {
            place = next.end
            if skip("![CDATA[") {
                let start = place
                while place < limit, !bytes[place...].starts(with: "]]".utf8) { place += 1 }
                return place > start ? start..<place : nil
            }
            guard depth < 3, let inner = peek, inner.byte.isNameByte else { return nil }
            while let character = peek, character.byte.isNameByte || character.isOneOf(":") { place = character.end }
            return element(tag, depth: depth + 1)
        }
        place = first
        while let character = peek, !isTag(character, like: tag) { place = character.end }
        return place > first ? first..<place : nil
    }

    /// From `place` to whatever closes the quotation that begins here; nil where none does.
    mutating func quoted() -> Range<Int>? {
        let start = place
        // Python's prefixes.
        while place < limit, place - start < 2, "bBuUrRfF".utf8.contains(bytes[place]) { place += 1 }
        guard let quote = skipQuote() else {
            place = start
            return nil
        }
        let first = place
        while let character = peek {
            let here = place
            place = character.end
            guard character.isQuote, character.closes(quote) else { continue }
            if isReopened(character) { continue }
            return first..<here
        }
        return first < limit ? first..<limit : nil
    }

    /// Whether the quotation goes on: `'it''s'`, `'it'\''s'`, `"""`.
    private mutating func isReopened(_ quote: EscapedCharacter) -> Bool {
        guard let next = peek, next.byte == quote.byte else { return false }
        if next.form == quote.form, next.backslashes == quote.backslashes {
            place = next.end
            return true
        }
        guard quote.isPlain, quote.byte == UInt8(ascii: "'"), next.form == .backslash, next.end < bytes.count,
            bytes[next.end] == quote.byte
        else { return false }
        place = next.end + 1
        return true
    }

    /// Up to a blank, a quote or a tag, without what closes a list or a sentence behind it.
    mutating func bare(atLeast minimum: Int = 1) -> Range<Int>? {
        var end = place
        scan: while end < limit {
            let character = EscapedCharacter(bytes, at: end)
            switch character.form {
            case .plain where character.byte <= 0x20 || character.isQuote || character.isOneOf("<"): break scan
            case .backslash where character.isQuote: break scan
            default: end = character.end
            }
        }
        end = min(end, max(limit, place))
        while end > place, ",;}])>".utf8.contains(bytes[end - 1]) { end -= 1 }
        return end - place >= minimum ? place..<end : nil
    }

    private mutating func upToLineEnd() -> Range<Int>? {
        guard place < limit else { return nil }
        let end = bytes[place..<limit].firstIndex { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") } ?? limit
        return end > place ? place..<end : nil
    }

    /// The first line with something in it, and those behind it that are elements of the same list.
    private mutating func nextLine() -> Range<Int>? {
        let isEscaped = peek.map { !$0.isPlain || $0.backslashes > 0 } ?? false
        skipWhitespace()
        if let quoted = quoted() { return quoted }
        guard isEscaped else {
            let isList = peek?.byte == UInt8(ascii: "-")
            guard var line = upToLineEnd() else { return nil }
            while isList {
                place = line.upperBound
                skipWhitespace()
                guard skip("- "), let next = upToLineEnd() else { break }
                line = line.lowerBound..<next.upperBound
            }
            return line
        }
        let start = place
        while let character = peek, !isLineEnd(character), !(character.isQuote && character.isPlain) {
            place = character.end
        }
        return place > start ? start..<place : nil
    }

    /// All lines that are indented more than the one with the name.
    private mutating func block() -> Range<Int>? {
        guard let next = peek, next.isPlain, next.backslashes == 0, let name else { return nextLine() }
        let line = (bytes[..<name.start].lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
        let indentation = bytes[line..<name.start].prefix { $0 == UInt8(ascii: " ") }.count
        skipWhitespace()
        let first = place
        var end = place
        while let range = upToLineEnd() {
            end = range.upperBound
            place = end
            skipWhitespace()
            let start = (bytes[..<place].lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
            guard place < bytes.count, place - start > indentation else { break }
        }
        return end > first ? first..<end : nil
    }
}
