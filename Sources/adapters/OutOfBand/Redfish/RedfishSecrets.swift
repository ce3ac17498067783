import IPMI
import Primitives
import Synchronization

/// What a BMC has been told in confidence and must not be shown where it repeats that: the password, the account as HTTP's
/// basic authentication has it, and the tokens of its sessions. Copies of it are found as they are, escaped as JSON,
/// addresses and HTML do it, up to twice, and in Base64.
final class RedfishSecrets: Sendable {
    /// Of the BMC that the current task talks to; `RedfishMessage.shown` leaves them out of every text.
    @TaskLocal static var current: RedfishSecrets?

    /// In bytes: what is shorter is in any text by chance, and a text without it would tell it.
    private static let shortest = 4
    /// How much longer than itself an escape makes a byte: `\\u0070`, and an entity of HTML.
    private static let longestEscape = 10
    /// What stands in the place of texts that cannot be masked.
    static let hidden = "[not shown: the BMC's password is too short to be masked]"

    private let secrets: Mutex<[SecretCopies]>
    /// Whether no text is shown at all.
    private let hidesAll: Bool

    init(_ credentials: BMCCredentials) {
        let password = credentials.password.reveal()
        hidesAll = (1..<Self.shortest).contains(password.utf8.count)
        secrets = Mutex([password, Self.basic(credentials)].compactMap(Self.secret))
    }

    /// The value of `Authorization: Basic`, without that word.
    static func basic(_ credentials: BMCCredentials) -> String {
        String(
            decoding: Base64.encode(Array("\(credentials.user):\(credentials.password.reveal())".utf8)), as: UTF8.self)
    }

    func add(_ token: String) {
        guard let secret = Self.secret(token) else { return }
        secrets.withLock { $0.append(secret) }
    }

    private static func secret(_ text: String) -> SecretCopies? {
        text.utf8.count >= shortest ? SecretCopies(text) : nil
    }

    /// A text that was shown, or nil where there is none to go on with.
    static func known(_ shown: String?) -> String? {
        shown.flatMap { $0.isEmpty || $0 == hidden ? nil : $0 }
    }

    /// The first scalars of a text without them: one that begins before the end is not left in part.
    func masked(_ text: some StringProtocol, _ limit: Int) -> String {
        guard !hidesAll else { return Self.hidden }
        let secrets = secrets.withLock { $0 }
        let longest = secrets.map(\.length).max() ?? 0
        let begin = String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit + longest * Self.longestEscape)))
        var shown = ""
        var rest = Array(begin.utf8)[...]
        for secret in EscapedText.places(of: secrets, in: Array(rest)) {
            shown += String(decoding: rest[..<secret.lowerBound], as: UTF8.self) + "[secret]"
            rest = rest[secret.upperBound...]
        }
        shown += String(decoding: rest, as: UTF8.self)
        return String(String.UnicodeScalarView(shown.unicodeScalars.prefix(limit)))
    }
}
