import Glibc
import Primitives

/// Ends the program: a text for standard error and an exit status.
struct Failure: Error {
    var text: String
    /// 1: the daemon refused or an action failed; 2: used wrongly; 3: the daemon cannot be reached.
    var exitCode: Int32 = 1

    init(_ text: String, exitCode: Int32 = 1) {
        self.text = text
        self.exitCode = exitCode
    }

    /// From any face's error body: Shipyard's and Deckhand's `message`, `reason` and `messageList`, Drydock's `message`,
    /// a framework's `title`.
    init(status: Int, body: Value?) {
        var lines = [
            "Error: \(body?["message"]?.stringValue ?? body?["title"]?.stringValue ?? "HTTP status \(status)")"
        ]
        if let reason = body?["reason"]?.stringValue, !reason.isEmpty { lines.append("Reason: \(reason)") }
        lines += MessageList.lines(body?["details"]?["messageList"]?.arrayValue ?? [], leavingOut: lines)
        self.init(lines.joined(separator: "\n"))
    }
}

func writeToStandardError(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    // A closed standard error leaves nobody to tell.
    _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
}
