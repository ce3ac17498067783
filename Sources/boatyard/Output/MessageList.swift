import Primitives

/// Validation messages and errors, the way the shipyard CLI lays them out.
enum MessageList {
    private enum Rank: Int {
        case error
        /// What Shipyard could not go on with because of another error.
        case consequence
        case warning
        case information
    }

    /// Errors first.
    ///
    /// - Parameters:
    ///   - said: lines that stand above; what they say already is left out.
    ///   - place: where a document stands that a message names.
    static func lines(
        _ messages: [Value], leavingOut said: [String] = [], place: (Value) -> String? = { _ in nil }
    ) -> [String] {
        var lines: [String] = []
        let ranked = messages.enumerated().sorted {
            (rank($0.element).rawValue, $0.offset) < (rank($1.element).rawValue, $1.offset)
        }
        for message in ranked.map(\.element) {
            let text = message["message"]?.stringValue ?? ""
            if said.contains(where: { $0.hasSuffix(": " + text) }) { continue }
            let level = message["level"]?.stringValue.map(capitalized) ?? (isError(message) ? "Error" : "Info")
            let hint = UnquotedMACAddress.hint(for: text).map { ["    Hint: \($0)"] } ?? []
            guard let name = message["name"]?.stringValue, !name.isEmpty else {
                lines += ["- \(level): \(text)"] + hint
                continue
            }
            lines += ["- \(level): \(name)", "    Message: \(text)"] + hint
            if let diagnostic = message["diagnostic"]?.stringValue, !diagnostic.isEmpty {
                lines.append("    Diagnostic: \(diagnostic)")
            }
            for document in message["documents"]?.arrayValue ?? [] {
                let file = place(document).map { " (\($0))" } ?? ""
                let name = document["name"]?.stringValue ?? ""
                lines.append(
                    "    Document: \(document["schema"]?.stringValue ?? "") - \(name.isEmpty ? "(no name)" : name)\(file)"
                )
            }
            if let source = message["source"]?.stringValue { lines.append("    Source: \(source)") }
        }
        return lines
    }

    /// The status object of configdocs: what happened, errors and warnings, and how much else there is to say.
    static func status(
        _ value: Value, done: String, verbose: Bool, place: (Value) -> String? = { _ in nil }
    ) -> String {
        let messages = value["details"]?["messageList"]?.arrayValue ?? []
        let shown = verbose ? messages : messages.filter { rank($0) != .information }
        var lines = [
            done, "Status: \(value["message"]?.stringValue ?? "")", "Reason: \(value["reason"]?.stringValue ?? "")",
        ]
        lines += self.lines(shown, place: place)
        let hidden = messages.count - shown.count
        if hidden > 0 {
            lines.append("\(hidden) informational \(hidden == 1 ? "message" : "messages"), which -v shows.")
        }
        return lines.joined(separator: "\n")
    }

    private static func isError(_ message: Value) -> Bool {
        message["error"]?.boolValue ?? (message["level"]?.stringValue?.lowercased() == "error")
    }

    private static func rank(_ message: Value) -> Rank {
        if isError(message) { return message["name"] == "DocumentValidationProcessingError" ? .consequence : .error }
        return message["level"]?.stringValue?.lowercased() == "warning" ? .warning : .information
    }

    private static func capitalized(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}
