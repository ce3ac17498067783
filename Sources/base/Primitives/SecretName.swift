/// Whether a name is that of a secret: `password`, `admin_pass`, `adminPass`, `OS-AUTH-TOKEN`, `chapSecret2`.
///
/// Names are compared without case, separators and trailing digits, and by their end, as oslo.utils does: `ipmi_password`
/// is one, `password_file` and `tokens` are not.
package enum SecretName {
    /// oslo.utils' `_SANITIZE_KEYS`, without separators; behind them the words that Airship's documents and BMCs add.
    private static let endings: [[UInt8]] = [
        "adminpass", "password", "token", "newpass", "secretuuid", "secret", "syspswd", "configdrive", "encryptedkey",
        "privatekey", "fernetkey", "sslkey", "passphrase", "cephclusterfsid", "octaviaheartbeatkey", "rabbitcookie",
        "cephmanilaclientkey", "pacemakerremoteauthkey", "designaterndckey", "cephadminkey", "heatauthencryptionkey",
        "cephclientkey", "keystonecredential", "barbicansimplecryptokek", "cephrgwkey", "swifthashsuffix",
        "migrationsshkey", "cephmdskey", "cephmonkey",
        "passwd", "pswd", "credential", "apikey", "secretkey", "accesskey", "authkey", "bootactionkey", "masterkey",
    ].map { Array($0.utf8) }

    /// These count only as a word of their own: `bypass` is no secret, `user_pass` and `userPass` are.
    private static let words: [[UInt8]] = ["pass", "pwd", "pw"].map { Array($0.utf8) }

    /// Headers whose whole value is a secret, blanks included.
    private static let headers: [[UInt8]] = ["authorization", "cookie", "setcookie"].map { Array($0.utf8) }

    /// In bytes: how much of the end of a name is compared.
    private static let longest = 128

    /// How much behind a name is secret.
    package enum Kind: Sendable, Hashable {
        /// One value.
        case value
        /// The rest of the line.
        case line
    }

    /// nil for a name that is none of a secret's.
    package static func kind(of name: Slice<UnsafeBufferPointer<UInt8>>) -> Kind? {
        guard name.count >= 2 else { return nil }
        // What counts is how a name ends, and that of a long one ends as any other.
        let name = name.suffix(longest)
        var folded: [UInt8] = []
        folded.reserveCapacity(name.count)
        // Where the last word begins in `folded`: behind a separator, or at a capital after a small letter.
        var word = 0
        var isAfterSmall = false
        for byte in name {
            guard byte.isNameLetter || (0x30...0x39).contains(byte) else {
                if !folded.isEmpty { word = folded.count }
                isAfterSmall = false
                continue
            }
            if isAfterSmall, byte & 0x20 == 0, byte.isNameLetter { word = folded.count }
            isAfterSmall = byte.isNameLetter && byte & 0x20 != 0
            folded.append(byte | 0x20)
        }
        while let last = folded.last, !last.isNameLetter { folded.removeLast() }
        if endings.contains(where: { folded.count >= $0.count && folded.suffix($0.count).elementsEqual($0) }) {
            return .value
        }
        if word < folded.count, words.contains(where: { folded[word...].elementsEqual($0) }) { return .value }
        return headers.contains(where: { folded.count >= $0.count && folded.suffix($0.count).elementsEqual($0) })
            ? .line : nil
    }
}

extension UInt8 {
    /// Part of a name: a letter, a digit, `_`, or `-` and `.` inside of one.
    package var isNameByte: Bool { isNameLetter || (0x30...0x39).contains(self) || "_-.".utf8.contains(self) }
    /// An ASCII letter.
    package var isNameLetter: Bool { (0x61...0x7A).contains(self | 0x20) }
}
