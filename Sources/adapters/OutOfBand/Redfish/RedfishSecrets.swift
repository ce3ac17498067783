import IPMI
import Primitives
import Synchronization

/// What a BMC has been told in confidence and must not be shown where it repeats that: the password, the account as HTTP's
/// basic authentication has it, and the tokens of its sessions.
final class RedfishSecrets: Sendable {
    /// Of the BMC that the current task talks to; `RedfishMessage.shown` leaves them out of every text.
    @TaskLocal static var current: RedfishSecrets?

    /// In bytes: what is shorter is in any text by chance.
    private static let shortest = 4

    private let texts: Mutex<[String]>

    init(_ credentials: BMCCredentials) {
        let password = credentials.password.reveal()
        texts = Mutex([password, Self.basic(credentials)].filter { $0.utf8.count >= Self.shortest })
    }

    /// The value of `Authorization: Basic`, without that word.
    static func basic(_ credentials: BMCCredentials) -> String {
        String(
            decoding: Base64.encode(Array("\(credentials.user):\(credentials.password.reveal())".utf8)), as: UTF8.self)
    }

    func add(_ token: String) {
        guard token.utf8.count >= Self.shortest else { return }
        texts.withLock { $0.append(token) }
    }

    /// The first scalars of a text without them: one that begins before the end is not left in part.
    func masked(_ text: some StringProtocol, _ limit: Int) -> String {
        let texts = texts.withLock { $0 }
        let longest = texts.map(\.unicodeScalars.count).max() ?? 0
        var shown = String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit + longest)))
        for secret in texts { shown = shown.replacing(secret, with: "[secret]") }
        return String(String.UnicodeScalarView(shown.unicodeScalars.prefix(limit)))
    }
}
