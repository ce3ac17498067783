import Primitives

/// A change that somebody has asked for, and what became of it.
package struct AuditEntry: Hashable, Sendable {
    /// When it was answered.
    package var time: Timestamp
    /// The id of the request, which the answer and the journal have as well.
    package var request: String
    /// The listener that it came in by: `admin`, `api`.
    package var listener: String
    /// From where: `203.0.113.7:51944`, or `pid 812 uid 0` on the Unix socket.
    package var peer: String
    /// The name of whoever asked for it.
    package var user: String
    /// The id of the user; nil for one without a token.
    package var userID: String?
    /// The HTTP method.
    package var method: String
    /// The path, and the query where there is one.
    package var path: String
    /// What was made or changed, where the path does not say it: `deploy_site 01J…`.
    package var subject: String?
    /// The HTTP status of the answer.
    package var status: Int
    /// Why it was refused or failed; nil where it was done, and where the answer may quote what was sent.
    package var message: String?
    /// What the client marked the request with; nil where it did not.
    package var marker: String?

    /// Makes an entry. Texts of clients are cut to a length that a table can have.
    package init(
        time: Timestamp, request: String, listener: String, peer: String, user: String, userID: String?, method: String,
        path: String, subject: String?, status: Int, message: String?, marker: String?
    ) {
        self.time = time
        self.request = request
        self.listener = listener
        self.peer = peer
        self.user = Self.shown(user)
        self.userID = userID.map(Self.shown)
        self.method = method
        self.path = Self.shown(path)
        self.subject = subject.map(Self.shown)
        self.status = status
        self.message = message.map(Self.shown)
        self.marker = marker
    }

    /// `done`, `refused` where the answer is an error of the client's, `failed` where it is one of the daemon's.
    package var outcome: String { status < 400 ? "done" : status < 500 ? "refused" : "failed" }

    /// In characters.
    private static let lengthLimit = 1000

    private static func shown(_ text: String) -> String {
        ControlCharacters.escaped(String(text.prefix(lengthLimit)), keepsLines: false)
    }
}

/// An entry with its number, from 1, in the order in which the entries were written.
package struct NumberedAuditEntry: Hashable, Sendable {
    package let number: Int64
    package let entry: AuditEntry
}
