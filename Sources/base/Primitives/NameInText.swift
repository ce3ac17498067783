/// A name in a text, which may have escapes in it.
struct NameInText {
    let start: Int
    /// Behind it, without the points and hyphens with which a sentence goes on.
    let end: Int
    /// Behind those.
    let fullEnd: Int
    /// Its end, without escapes.
    private let characters: ArraySlice<UInt8>
    /// Its first characters.
    private let beginning: [UInt8]
    private let isBehindBackslash: Bool

    /// How a PEM block begins, which may stand directly behind a name.
    static let pemBegin = Array("-----BEGIN ".utf8)

    /// Reads the name at `start`, where one begins.
    ///
    /// - Parameter previous: the character before it.
    init(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int, previous: UInt8) {
        var read: [UInt8] = []
        var beginning: [UInt8] = []
        var place = start
        var end = start
        var length = 0
        while place < bytes.count {
            let character = EscapedCharacter(bytes, at: place)
            guard character.byte.isNameByte else { break }
            if place > start, character.byte == UInt8(ascii: "-"), bytes[place...].starts(with: Self.pemBegin) { break }
            place = character.end
            if read.count >= 4 * SecretName.longest {
                let kept = read.suffix(2 * SecretName.longest)
                length -= read.count - kept.count
                read = Array(kept)
            }
            read.append(character.byte)
            if beginning.count < 16 { beginning.append(character.byte) }
            if !character.isOneOf(".-") { (end, length) = (place, read.count) }
        }
        self.start = start
        self.end = end
        fullEnd = place
        characters = read.prefix(max(length, 0))
        self.beginning = beginning
        isBehindBackslash = previous == UInt8(ascii: "\\")
    }

    var isOption: Bool { beginning.first == UInt8(ascii: "-") }

    /// Without separators, case and trailing digits.
    var folded: [UInt8] { SecretName.folded(characters.suffix(SecretName.longest)).name }

    var kind: SecretName.Kind? {
        if let kind = SecretName.kind(of: characters) { return kind }
        // `\npass`: a line begins with it.
        guard isBehindBackslash, let first = beginning.first, "nrt".utf8.contains(first) else { return nil }
        return SecretName.kind(of: characters.dropFirst())
    }

    /// Whether credentials stand behind it without anything that assigns them.
    var isScheme: Bool { ["Bearer", "Basic", "bearer"].contains { characters.elementsEqual($0.utf8) } }

    /// Whether it is the signature of an address.
    func isSignature(previous: UInt8) -> Bool {
        "?&".utf8.contains(previous) && characters.elementsEqual("sig".utf8)
    }

    /// Whether it is written as environment variables are, with several words in capitals.
    var isVariable: Bool {
        characters.contains(UInt8(ascii: "_")) && !characters.contains { (0x61...0x7A).contains($0) }
    }

    /// Whether it is written as hosts are called, in several words.
    var isHostName: Bool {
        !isOption && characters.contains(UInt8(ascii: "-"))
            && characters.allSatisfy {
                $0 == UInt8(ascii: "-") || (0x61...0x7A).contains($0) || (0x30...0x39).contains($0)
            }
    }

    var isPasswd: Bool { characters.elementsEqual("passwd".utf8) }

    func isText(_ text: String) -> Bool { end == fullEnd && characters.elementsEqual(text.utf8) }

    /// The letters of an option such as `-sku`; nil for any other name.
    var optionLetters: [UInt8]? {
        guard isOption, beginning.count > 1, beginning[1] != UInt8(ascii: "-") else { return nil }
        return Array(beginning.dropFirst())
    }

    /// All of it, where it is short; for `--proxy-user`.
    var short: String? {
        end == fullEnd && characters.count < 16 ? String(decoding: characters, as: UTF8.self) : nil
    }
}
