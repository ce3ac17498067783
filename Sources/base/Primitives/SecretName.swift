/// Whether a name is that of a secret: `password`, `admin_pass`, `adminPass`, `OS-AUTH-TOKEN`, `chapSecret2`.
///
/// Names are compared without case, separators and trailing digits, and by their end, as oslo.utils does: `ipmi_password`
/// is one, `password_file` and `tokens` are not.
package enum SecretName {
    /// oslo.utils' `_SANITIZE_KEYS`, without separators; behind them the words that Airship's documents and BMCs add, and
    /// those of clouds, directories and network devices.
    private static let endings: [[UInt8]] = [
        "adminpass", "password", "token", "newpass", "secretuuid", "secret", "syspswd", "configdrive", "encryptedkey",
        "privatekey", "fernetkey", "sslkey", "passphrase", "cephclusterfsid", "octaviaheartbeatkey", "rabbitcookie",
        "cephmanilaclientkey", "pacemakerremoteauthkey", "designaterndckey", "cephadminkey", "heatauthencryptionkey",
        "cephclientkey", "keystonecredential", "barbicansimplecryptokek", "cephrgwkey", "swifthashsuffix",
        "migrationsshkey", "cephmdskey", "cephmonkey",
        "passwd", "pswd", "credential", "apikey", "secretkey", "accesskey", "authkey", "bootactionkey", "masterkey",
        "passcode", "userpass", "dbpass", "rootpass", "sshpass", "sharedkey", "signingkey", "encryptionkey",
        "accountkey",
        "sessionkey", "privkey", "tlskey", "clientkeydata", "certificatekey", "secretid", "amzsignature",
        "snmpcommunity", "communitystring",
    ].map { Array($0.utf8) }

    /// These count only as a word of their own: `bypass` is no secret, `user_pass` and `userPass` are.
    private static let words: [[UInt8]] = ["pass", "pwd", "pw", "psk", "jwt", "otp", "totp"].map { Array($0.utf8) }

    /// Headers whose whole value is a secret, blanks included.
    private static let headers: [[UInt8]] = ["authorization", "cookie", "setcookie"].map { Array($0.utf8) }

    /// In bytes: how much of the end of a name is compared.
    static let longest = 128

    /// How much behind a name is secret.
    package enum Kind: Sendable, Hashable {
        /// One value.
        case value
        /// The rest of the line.
        case line
    }

    /// nil for a name that is none of a secret's.
    ///
    /// - Parameter name: in UTF-8.
    package static func kind(of name: ArraySlice<UInt8>) -> Kind? {
        guard name.count >= 2 else { return nil }
        // What counts is how a name ends, and that of a long one ends as any other.
        let (folded, word) = folded(name.suffix(longest))
        guard let last = folded.last else { return nil }
        if endings.contains(where: { $0.last == last && ends(folded, with: $0) }) { return .value }
        if word < folded.count, words.contains(where: { folded[word...].elementsEqual($0) }) { return .value }
        return headers.contains(where: { ends(folded, with: $0) }) ? .line : nil
    }

    /// As `kind(of:)`, for a whole text.
    package static func kind(of name: String) -> Kind? { kind(of: Array(name.utf8)[...]) }

    private static func ends(_ name: [UInt8], with ending: [UInt8]) -> Bool {
        name.count >= ending.count && name.suffix(ending.count).elementsEqual(ending)
    }

    /// A name without case, separators and trailing digits.
    ///
    /// - Returns: it, and where its last word begins: behind a separator, or at a capital after a small letter.
    static func folded(_ name: ArraySlice<UInt8>) -> (name: [UInt8], word: Int) {
        var folded: [UInt8] = []
        folded.reserveCapacity(name.count)
        var word = 0
        var isWordOver = false
        var isAfterSmall = false
        // Up to the last letter.
        var length = 0
        for byte in name {
            guard byte.isNameLetter || (0x30...0x39).contains(byte) else {
                isWordOver = true
                isAfterSmall = false
                continue
            }
            if byte.isNameLetter, isWordOver || isAfterSmall && byte & 0x20 == 0 {
                word = folded.count
                isWordOver = false
            }
            isAfterSmall = byte.isNameLetter && byte & 0x20 != 0
            folded.append(byte | 0x20)
            if byte.isNameLetter { length = folded.count }
        }
        return (Array(folded.prefix(length)), word)
    }
}

extension UInt8 {
    /// Part of a name: a letter, a digit, `_`, or `-` and `.` inside of one.
    package var isNameByte: Bool { isNameLetter || (0x30...0x39).contains(self) || "_-.".utf8.contains(self) }
    /// An ASCII letter.
    package var isNameLetter: Bool { (0x61...0x7A).contains(self | 0x20) }
}
