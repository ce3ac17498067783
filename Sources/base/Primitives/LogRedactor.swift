import OrderedCollections

/// Masks secrets in texts that come from elsewhere, and in what is written to logs (`docs/reference/shipyard.md` §13).
///
/// It masks the values of names such as `password`, `adminPass` or `X-Auth-Token` in many notations (`SecretValue`), and
/// those of options of well-known commands (`SecretOption`), passwords in addresses, credentials after `Bearer` and `Basic`,
/// and private keys in PEM. Names, quotes and what assigns may be escaped as JSON, HTML and addresses do it.
package enum LogRedactor {
    /// What stands in place of a secret.
    package static let mask = "***"

    /// The text with `***` in place of each secret. The time it takes is proportional to the length of the text.
    package static func redact(_ text: String) -> String {
        var text = text
        return text.withUTF8 { bytes in
            var scanner = SecretScanner(bytes)
            return scanner.masked().map { String(decoding: $0, as: UTF8.self) }
                ?? String(decoding: bytes, as: UTF8.self)
        }
    }

    /// The value with `***` for what a member with the name of a secret has, and for the secrets in all texts in it. Names of
    /// members stay.
    ///
    /// - Parameter value: of `{"name": "token", "value": "…"}` the value is a secret, too.
    package static func redact(_ value: Value) -> Value {
        switch value {
        case .string(let text): return .string(redact(text))
        case .array(let elements): return .array(elements.map(redact))
        case .object(let members):
            let isNamed = members.contains { SecretPair.isRole($0.key) && isSecretName($0.value) }
            var shown = members
            for (name, member) in members {
                let isSecret = SecretName.kind(of: name) != nil || isNamed && SecretPair.isValue(name)
                shown[name] = isSecret ? masked(member) : redact(member)
            }
            return .object(shown)
        default: return value
        }
    }

    private static func isSecretName(_ value: Value) -> Bool {
        value.stringValue.map { SecretName.kind(of: $0) != nil } ?? false
    }

    /// All that is in it but names, `null` and truth values.
    private static func masked(_ value: Value) -> Value {
        switch value {
        case .null, .bool: value
        case .array(let elements): .array(elements.map(masked))
        case .object(let members): .object(members.mapValues(masked))
        default: .string(mask)
        }
    }
}

/// Goes through a text once and masks the secrets in it.
struct SecretScanner {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var place = 0
    private var output: [UInt8] = []
    private var copied = 0
    /// Where the value of the name that was read last may be; nil where that says nothing.
    private var role: Int?
    /// The `<` before the name at `place`, perhaps with a prefix between them.
    private var tag: EscapedCharacter?
    /// The command that the line has.
    private var command: SecretOption?
    /// What stands behind a value that is not masked is looked at as any text, save for values: there may be no end of them.
    private var pairsFrom = 0
    private var previous: UInt8 = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// Nil where there is nothing to mask.
    mutating func masked() -> [UInt8]? {
        while place < bytes.count {
            let start = place
            let character = EscapedCharacter(bytes, at: place)
            if character.byte == UInt8(ascii: "-"), let key = privateKey() {
                mask([key])
            } else if character.byte.isNameByte, !previous.isNameByte {
                readName()
            } else {
                read(character)
            }
            place = max(place, start + 1)
        }
        guard copied > 0 else { return nil }
        return output + bytes[copied...]
    }

    private mutating func mask(_ secrets: [Range<Int>]) {
        for secret in secrets where secret.lowerBound >= copied {
            output += bytes[copied..<secret.lowerBound]
            output += LogRedactor.mask.utf8
            copied = secret.upperBound
        }
        place = max(place, copied)
        (tag, role) = (nil, nil)
        previous = 0
    }

    private mutating func read(_ character: EscapedCharacter) {
        if character.byte == UInt8(ascii: ":"), let password = addressPassword(behind: character) {
            return mask([password])
        }
        place = character.end
        previous = character.byte
        switch character.byte {
        case UInt8(ascii: "<"): tag = character
        case UInt8(ascii: ":"): break
        case UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "|"), UInt8(ascii: ";"):
            (tag, role, command) = (nil, nil, nil)
        default:
            tag = nil
            // `name: "`, `<name>`
            let isBetween = character.isBlank || character.isQuote || character.isOneOf("=>")
            if !isBetween { role = nil }
        }
    }

    private mutating func readName() {
        let name = NameInText(bytes, at: place, previous: previous)
        defer { if role != name.fullEnd { role = nil } }
        let secrets = secrets(of: name)
        if !secrets.isEmpty { return mask(secrets) }
        place = name.fullEnd
        previous = UInt8(ascii: "a")
        if let found = SecretOption(command: name) { command = found }
        if SecretPair.isRole(name.folded) { role = name.fullEnd }
    }

    private mutating func secrets(of name: NameInText) -> [Range<Int>] {
        if let command, name.isOption, let secret = command.secret(of: name, in: bytes) { return [secret] }
        var value = SecretValue(bytes, behind: name, tag: tag)
        if let kind = name.kind { return value.find(isLine: kind == .line, isNamed: role != nil) }
        if name.isScheme { return value.credentials() }
        if name.isSignature(previous: previous) { return value.find(isLine: false, isNamed: false) }
        guard name.start >= pairsFrom, SecretPair.isValue(name.folded) else { return [] }
        let (secrets, end) = value.namedLater()
        pairsFrom = end
        return secrets
    }

    /// `password` in `scheme://user:password@host`, where `colon` is before `//`. The last `@` of the authority ends it. Of
    /// `https://token@host` a user as long as a token.
    private func addressPassword(behind scheme: EscapedCharacter) -> Range<Int>? {
        var at = scheme.end
        for _ in 0..<2 {
            guard at < bytes.count else { return nil }
            let slash = EscapedCharacter(bytes, at: at)
            guard slash.byte == UInt8(ascii: "/") else { return nil }
            at = slash.end
        }
        let start = at
        let form = scheme.form
        var colon: Int?
        var end: Int?
        while at < min(bytes.count, start + 1000) {
            let character = EscapedCharacter(bytes, at: at)
            if character.byte <= 0x20, character.isPlain { break }
            if character.isPlain || character.form == form {
                if character.byte == UInt8(ascii: ":") { colon = colon ?? character.end }
                if character.byte == UInt8(ascii: "@") { end = at }
                if character.isOneOf("?#") { break }
            }
            let isAlike = character.isPlain || character.form == form || character.form == .backslash
            if isAlike, character.byte == UInt8(ascii: "/") { break }
            at = character.end
        }
        guard let end else { return nil }
        if let colon, colon <= end { return end > colon ? colon..<end : nil }
        return end - start >= 20 ? start..<end : nil
    }

    /// What stands between the first and the last line of a private key that begins here.
    private func privateKey() -> Range<Int>? {
        guard bytes[place] == UInt8(ascii: "-"), bytes[place...].starts(with: NameInText.pemBegin),
            let label = bytes[(place + NameInText.pemBegin.count)...].prefix(80).firstIndex(of: UInt8(ascii: "-")),
            String(decoding: bytes[place..<label], as: UTF8.self).hasSuffix("PRIVATE KEY")
        else { return nil }
        let start = min(label + 5, bytes.count)
        var end = start
        while end < bytes.count, !bytes[end...].starts(with: "-----END".utf8) { end += 1 }
        return end > start ? start..<end : nil
    }
}
