/// A command whose options have secrets, though their names do not tell: `curl -u user:password`, `ipmitool -P password`.
struct SecretOption {
    /// The letters of options with a secret.
    private var secrets: String
    /// Those of options with `user:secret`.
    private var users: String = ""
    /// Whether the secret is only taken where it is joined to the letter.
    private var isJoined = false

    /// In bytes: of a user with a password.
    private static let longestUser = 4096

    /// Nil for a command without such options.
    init?(command name: NameInText) {
        guard let text = name.short else { return nil }
        switch text {
        case "curl": (secrets, users) = ("", "uU")
        case "sshpass", "login", "racadm", "racadm8", "redfishtool", "ilorest", "useradd", "usermod", "ncftp",
            "bmc-config",
            "htpasswd":
            secrets = "p"
        case "ipmitool": secrets = "Py"
        case "ipmipower", "ipmiconsole", "ipmi-power", "ipmi-console", "ipmi-chassis", "ipmi-sel", "ipmi-sensors",
            "ipmi-raw", "ipmi-oem", "ipmi-config", "ipmi-fru", "ipmi-dcmi", "bmc-info", "bmc-device":
            secrets = "pk"
        case "mysql", "mysqldump", "mysqladmin", "mariadb", "mariadb-dump", "mariadb-admin", "7z":
            (secrets, isJoined) = ("p", true)
        case "ldapsearch", "ldapadd", "ldapmodify", "ldapdelete", "ldapwhoami", "ldappasswd": secrets = "w"
        case "snmpget", "snmpwalk", "snmpset", "snmpbulkwalk", "snmptrap": secrets = "cAX"
        case "zip", "unzip": secrets = "P"
        default: return nil
        }
    }

    /// The secret of an option of the command.
    func secret(of name: NameInText, in bytes: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        guard let letters = name.optionLetters, let first = letters.first else {
            guard !users.isEmpty, let text = name.short, text == "--user" || text == "--proxy-user" else {
                return nil
            }
            return password(behind: name, bytes)
        }
        let isUser = has(users, first)
        if letters.count == 1 {
            let isSecret = has(secrets, first) && !isJoined
            guard isUser || isSecret else { return nil }
            var value = SecretValue(bytes, from: name.end)
            return isUser ? password(behind: name, bytes) : value.argument()
        }
        if isUser || has(secrets, first) {
            var value = SecretValue(bytes, from: name.start + 2)
            if isUser { value.limit = min(value.limit, value.place + Self.longestUser) }
            let range = value.word()
            return isUser ? Self.password(in: range, bytes) : range
        }
        // `-sku user:password`
        guard letters.count < 8, let last = letters.last, has(users, last) else { return nil }
        return password(behind: name, bytes)
    }

    private func has(_ letters: String, _ letter: UInt8) -> Bool { letters.utf8.contains(letter) }

    /// Of the argument `user:password`.
    private func password(behind name: NameInText, _ bytes: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        var value = SecretValue(bytes, from: name.end)
        value.limit = min(value.limit, value.place + Self.longestUser)
        return Self.password(in: value.argument(), bytes)
    }

    /// What stands behind the user.
    private static func password(in range: Range<Int>?, _ bytes: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        guard let range, let colon = bytes[range].firstIndex(of: UInt8(ascii: ":")), colon + 1 < range.upperBound else {
            return nil
        }
        return (colon + 1)..<range.upperBound
    }
}
