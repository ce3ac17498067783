import Glibc
import Primitives
import YAML

/// Ends the program: a text for standard error and an exit status.
struct Failure: Error, CustomStringConvertible {
    var text: String
    /// 1: the daemon refused, a file is wrong, or an action failed.
    var exitCode: Int32 = 1
    /// Of the daemon's answer, where there is one.
    var status: Int?
    /// What the daemon answered.
    var body: Value?

    /// The program was used wrongly.
    static let usage = EX_USAGE
    /// The daemon cannot be reached.
    static let unreachable: Int32 = 3

    init(_ text: String, exitCode: Int32 = 1) {
        self.text = text
        self.exitCode = exitCode
    }

    var description: String { text }

    /// What is printed: the text, and the way on where there is one to tell.
    var fullText: String { Hint.text(status: status, body: body).map { "\(text)\nHint: \($0)" } ?? text }

    /// Whether Shipyard said that the buffer is empty.
    var isNothingToCommit: Bool {
        body?["reason"]?.stringValue == "There are no documents in the buffer to commit"
    }

    private static func message(_ body: Value?) -> String? {
        if let text = body?["message"]?.stringValue ?? body?["error"]?["message"]?.stringValue { return text }
        let description = body?["description"]?.stringValue.map { ": \($0)" } ?? ""
        return body?["title"]?.stringValue.map { $0 + description }
    }

    /// From any controller's error body: Shipyard's and Deckhand's `message`, `reason` and `messageList`, Drydock's `message`,
    /// Keystone's `error`, a framework's `title` and `description`.
    ///
    /// - Parameters:
    ///   - status: nil where the body did not come from a daemon.
    ///   - showsInfos: shows what is only counted otherwise.
    ///   - place: where a document stands that a message names.
    init(
        status: Int? = nil, body: Value?, showsInfos: Bool = false, place: (Value) -> String? = { _ in nil }
    ) {
        let untitled = status.map { "HTTP status \($0)" } ?? "no reason is given"
        var lines = ["Error: \(Text.block(Self.message(body) ?? untitled))"]
        var messages = body?["details"]?["messageList"]?.arrayValue ?? []
        // `Unspecified` is Deckhand's word for none.
        if let reason = body?["reason"]?.stringValue, !reason.isEmpty, reason != "Unspecified" {
            // Shipyard passes on an error of Deckhand whole, as a text that holds Deckhand's own answer.
            if let inner = Self.answer(inside: reason) {
                messages = inner["details"]?["messageList"]?.arrayValue ?? []
                let summary = inner["message"]?.stringValue ?? ""
                if !messages.contains(where: { $0["message"]?.stringValue == summary }) {
                    lines.append("Reason: \(Text.block(summary))")
                }
            } else {
                lines.append("Reason: \(Text.block(reason))")
            }
        }
        let told = MessageList.lines(
            messages.filter { showsInfos || !MessageList.isInfo($0) }, leavingOut: lines, place: place)
        lines += told
        if !told.isEmpty { lines += ["", MessageList.counts(messages)] }
        self.init(lines.joined(separator: "\n"))
        self.status = status
        self.body = body
    }

    private static func answer(inside reason: String) -> Value? {
        guard reason.hasPrefix("apiVersion:"), let answer = try? YAML.load(Array(reason.utf8)).first,
            answer["details"]?["messageList"] != nil
        else { return nil }
        return answer
    }
}
