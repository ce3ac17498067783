import IPMI
import Primitives
import Synchronization

/// What a BMC has been told in confidence and must not be shown where it repeats that: the password, the account as HTTP's
/// basic authentication has it, the tokens of its sessions, and with IPMI its own key (K_G).
///
/// Copies of it are found as they are, in either case, with characters in between that nobody sees, in hexadecimal and Base64,
/// and behind up to four layers of the escapes that `EscapedText` reads. A BMC that encodes them in a way of its own is not understood.
final class BMCSecrets: Sendable {
    /// Of the BMC that the current task talks to; `RedfishMessage.shown` leaves them out of every text.
    @TaskLocal static var current: BMCSecrets?

    /// In Unicode scalars: how much behind what is shown is looked at for the ends of copies.
    private static let lookahead = 8192
    /// What stands in the place of texts that cannot be masked.
    static let hidden = "[not shown: the BMC's password is too short to be masked]"

    private let secrets: Mutex<[SecretCopies]>
    /// Whether no text is shown at all.
    private let hidesAll: Bool

    init(_ credentials: BMCCredentials) {
        let password = credentials.password.reveal()
        hidesAll = !password.isEmpty && SecretCopies(password) == nil
        secrets = Mutex(
            [password, Self.basic(credentials), credentials.shownKey].compactMap { $0 }.compactMap { SecretCopies($0) })
    }

    /// The value of `Authorization: Basic`, without that word.
    static func basic(_ credentials: BMCCredentials) -> String {
        String(
            decoding: Base64.encode(Array("\(credentials.user):\(credentials.password.reveal())".utf8)), as: UTF8.self)
    }

    func add(_ token: String) {
        guard let secret = SecretCopies(token) else { return }
        secrets.withLock { $0.append(secret) }
    }

    /// A text that was shown, or nil where there is none to go on with.
    static func known(_ shown: String?) -> String? {
        shown.flatMap { $0.isEmpty || $0 == hidden ? nil : $0 }
    }

    /// A text of IPMI without them: no field has as many characters as are shown.
    func masked(_ text: String) -> String { masked(text, 1024) }

    /// The first scalars of a text without them: one that begins before the end is not left in part.
    func masked(_ text: some StringProtocol, _ limit: Int) -> String {
        guard !hidesAll else { return Self.hidden }
        let secrets = secrets.withLock { $0 }
        let begin = text.unicodeScalars.prefix(limit + Self.lookahead)
        let isCut = begin.endIndex < text.unicodeScalars.endIndex
        let bytes = Array(String(String.UnicodeScalarView(begin)).utf8)
        var shown = ""
        var end = 0
        for secret in EscapedText.places(of: secrets, in: bytes, isCut: isCut) {
            shown += String(decoding: bytes[end..<secret.lowerBound], as: UTF8.self) + "[secret]"
            end = secret.upperBound
        }
        shown += String(decoding: bytes[end...], as: UTF8.self)
        return String(String.UnicodeScalarView(shown.unicodeScalars.prefix(limit)))
    }
}

extension BMCCredentials {
    /// The BMC's own key (K_G) as it may be printed: without the prefix of one in hexadecimal.
    var shownKey: String? {
        bmcKey.map { key in
            let text = key.reveal()
            return text.hasPrefix("0x") ? String(text.dropFirst(2)) : text
        }
    }
}
