/// What must not be shown of an address: user and password, tokens in its query, and its fragment, which may be one.
package enum AddressCredentials {
    /// An address without its credentials, for answers, messages and logs: `http://user:password@host/x?token=abc` becomes
    /// `http://host/x?token=***`, and `#…` becomes `#***`. One without any stays as it is.
    ///
    /// The text need not be an address. Where `@` stands behind what cannot be host and port, as after a password with a `/`,
    /// everything between the scheme and the last `@` is left out.
    package static func removed(from text: String) -> String {
        let bytes = text.utf8
        guard bytes.contains(where: { "@?#".utf8.contains($0) }) else { return text }
        return withoutFragment(withoutQuerySecrets(shown(text)))
    }

    private static func shown(_ text: String) -> String {
        let bytes = text.utf8
        guard let last = bytes.lastIndex(of: UInt8(ascii: "@")) else { return text }
        let start: String.Index
        if let slashes = text.firstRange(of: "//") {
            start = slashes.upperBound
        } else if bytes[..<last].contains(UInt8(ascii: ":")) {
            // Without `//` nobody can tell a scheme from a user.
            return String(text[bytes.index(after: last)...])
        } else {
            return text
        }
        guard start <= last else { return text }
        let end = bytes[start...].firstIndex { "/?#".utf8.contains($0) } ?? bytes.endIndex
        let at = bytes[start..<end].lastIndex(of: UInt8(ascii: "@"))
        let host = bytes[(at.map { bytes.index(after: $0) } ?? start)..<end]
        // A path or query may have an "@" of its own.
        let kept = last < end || isHostAndPort(host) ? at : last
        guard let kept else { return text }
        return String(text[..<start]) + String(text[bytes.index(after: kept)...])
    }

    /// Whether it may be `host`, `host:80`, `[2001:db8::1]:80`, or nothing, as before a path.
    private static func isHostAndPort(_ text: Substring.UTF8View) -> Bool {
        let bracket = text.first == UInt8(ascii: "[") ? text.firstIndex(of: UInt8(ascii: "]")) : nil
        guard let colon = text[(bracket ?? text.startIndex)...].firstIndex(of: UInt8(ascii: ":")) else { return true }
        return text[text.index(after: colon)...].allSatisfy { (0x30...0x39).contains($0) }
    }

    /// With `#***` for what is for nobody but who reads the address.
    private static func withoutFragment(_ text: String) -> String {
        guard let mark = text.utf8.firstIndex(of: UInt8(ascii: "#")) else { return text }
        let start = text.utf8.index(after: mark)
        return start == text.endIndex ? text : text[..<start] + LogRedactor.mask
    }

    /// With `***` for the value of each parameter whose name is that of a secret, or of the signature of a signed address, and
    /// of each whose value has such parameters in it.
    private static func withoutQuerySecrets(_ text: String) -> String {
        let bytes = text.utf8
        guard let mark = bytes.firstIndex(of: UInt8(ascii: "?")) else { return text }
        let start = bytes.index(after: mark)
        let end = bytes[start...].firstIndex(of: UInt8(ascii: "#")) ?? bytes.endIndex
        var parameters = ""
        var rest = text[start..<end]
        while true {
            let next = rest.utf8.firstIndex { "&;".utf8.contains($0) } ?? rest.endIndex
            parameters += shown(parameter: rest[..<next])
            guard next < rest.endIndex else { break }
            parameters += text[next...].prefix(1)
            rest = rest[rest.utf8.index(after: next)...]
        }
        return text[..<start] + parameters + text[end...]
    }

    private static func shown(parameter: Substring) -> String {
        guard let equals = parameter.utf8.firstIndex(of: UInt8(ascii: "=")) else { return String(parameter) }
        let name = String(parameter[..<equals])
        let value = PercentCoding.decode(String(parameter[parameter.utf8.index(after: equals)...]))
        let isShown = !isSecret(PercentCoding.decode(name)) && LogRedactor.redact(value) == value
        return isShown ? String(parameter) : "\(name)=\(LogRedactor.mask)"
    }

    private static func isSecret(_ name: String) -> Bool {
        let bytes = Array(name.lowercased().utf8)
        if bytes.elementsEqual("sig".utf8) || bytes.suffix(9).elementsEqual("signature".utf8) { return true }
        return SecretName.kind(of: name) != nil
    }
}
