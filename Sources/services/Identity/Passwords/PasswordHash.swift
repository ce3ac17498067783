import Cryptography
import Primitives

/// What is stored of a password: `$scrypt$ln=14,r=8,p=5$SALT$KEY`, salt and key in hexadecimal digits.
struct PasswordHash: Hashable, Sendable {
    let scrypt: Scrypt
    let salt: [UInt8]
    let key: [UInt8]

    /// Derives with a new salt; blocks as `Scrypt` does.
    static func make(_ password: Secret<String>, _ scrypt: Scrypt) throws -> PasswordHash {
        let salt = Random.bytes(16)
        return PasswordHash(scrypt: scrypt, salt: salt, key: try derive(password, scrypt, salt))
    }

    private static func derive(_ password: Secret<String>, _ scrypt: Scrypt, _ salt: [UInt8]) throws -> [UInt8] {
        try scrypt.key(password: Array(password.reveal().utf8), salt: salt, length: 32)
    }

    private init(scrypt: Scrypt, salt: [UInt8], key: [UInt8]) {
        self.scrypt = scrypt
        self.salt = salt
        self.key = key
    }

    /// Nil for text of another form.
    init?(_ text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt" else { return nil }
        var numbers: [Substring: Int] = [:]
        for pair in parts[2].split(separator: ",") {
            let sides = pair.split(separator: "=")
            guard sides.count == 2, let number = Int(sides[1]) else { return nil }
            numbers[sides[0]] = number
        }
        guard let cost = numbers["ln"], let blockSize = numbers["r"], let parallelism = numbers["p"],
            let scrypt = Scrypt(logarithmicCost: cost, blockSize: blockSize, parallelism: parallelism),
            let salt = [UInt8](hex: String(parts[3])), let key = [UInt8](hex: String(parts[4])), key.count == 32
        else { return nil }
        self.init(scrypt: scrypt, salt: salt, key: key)
    }

    var text: String {
        let parameters = "ln=\(scrypt.logarithmicCost),r=\(scrypt.blockSize),p=\(scrypt.parallelism)"
        return "$scrypt$\(parameters)$\(salt.hex)$\(key.hex)"
    }

    /// Blocks as `Scrypt` does; takes the same time for every password.
    func matches(_ password: Secret<String>) throws -> Bool {
        constantTimeEqual(try Self.derive(password, scrypt, salt), key)
    }
}
