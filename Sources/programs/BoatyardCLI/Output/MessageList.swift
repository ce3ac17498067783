import OrderedCollections
import Primitives

/// Validation messages and errors, the way the shipyard CLI lays them out.
enum MessageList {
    private enum Rank: Int {
        case error
        /// What Shipyard could not go on with because of another error.
        case consequence
        case warning
        case information
        case other
    }

    /// Errors first.
    ///
    /// - Parameters:
    ///   - shown: lines that stand above; what they say already is left out.
    ///   - place: where a document stands that a message names.
    static func lines(
        _ messages: [Value], leavingOut shown: [String] = [], place: (Value) -> String? = { _ in nil }
    ) -> [String] {
        let ranked = collapsed(messages).enumerated().sorted {
            (rank($0.element).rawValue, $0.offset) < (rank($1.element).rawValue, $1.offset)
        }
        return ranked.flatMap { _, message -> [String] in
            let text = message["message"]?.stringValue ?? "None"
            if shown.contains(where: { $0.hasSuffix(": " + text) }) {
                return remedy(of: message) + documents(of: message, place: place)
            }
            return lines(of: message, text, place: place)
        }
    }

    /// Once for each cause: what one place of one document does to several machines is told with the first of them, and what
    /// Shipyard could not go on with because of another error is not told beside that.
    private static func collapsed(_ messages: [Value]) -> [Value] {
        let hasError = messages.contains { rank($0) == .error }
        var firsts: [String: Int] = [:]
        var kept: [Value] = []
        for message in messages {
            if hasError, rank(message) == .consequence { continue }
            guard let cause = cause(of: message) else {
                kept.append(message)
                continue
            }
            guard let first = firsts[cause], case .object(var members) = kept[first] else {
                firsts[cause] = kept.count
                kept.append(message)
                continue
            }
            members["further"] = .int((members["further"]?.intValue ?? 0) + 1)
            kept[first] = .object(members)
        }
        return kept
    }

    /// Equal for messages of one rule about one place; nil where no place is known.
    private static func cause(of message: Value) -> String? {
        guard let first = message["documents"]?.arrayValue?.first, let place = first["place"]?.stringValue,
            let name = message["name"]?.stringValue, name != "D001", name != "D002", name != "DD001"
        else { return nil }
        return "\(name) \(place) \(message["remedy"]?.stringValue ?? message["diagnostic"]?.pythonText ?? "")"
    }

    private static func documents(of message: Value, place: (Value) -> String?) -> [String] {
        let further = message["further"]?.intValue.map { ["    The same: \($0) more, from the same place"] } ?? []
        let own = message["place"]?.stringValue.map { ["    File: \(Text.line($0))"] } ?? []
        return own
            + (message["documents"]?.arrayValue ?? []).map { document in
                let file = (document["place"]?.stringValue ?? place(document)).map { " (\($0))" } ?? ""
                let name = document["name"]?.stringValue ?? ""
                let schema = document["schema"]?.stringValue ?? ""
                return Text.line("    Document: \(schema) - \(name.isEmpty ? "(no name)" : name)\(file)")
            } + further
    }

    /// What to do, in the first words that say it. Nobody has the guide that some of Drydock's messages refer to.
    private static func remedy(of message: Value) -> [String] {
        if let remedy = message["remedy"]?.stringValue, !remedy.isEmpty {
            return ["    Remedy: \(Text.block(remedy, indent: "      "))"]
        }
        guard let diagnostic = message["diagnostic"]?.stringValue, !diagnostic.isEmpty,
            !diagnostic.contains("Troubleshooting Guide")
        else { return [] }
        return ["    Diagnostic: \(Text.block(diagnostic, indent: "      "))"]
    }

    private static func lines(of message: Value, _ text: String, place: (Value) -> String?) -> [String] {
        let level = Text.line(
            message["level"]?.stringValue.map(capitalized) ?? (isError(message) ? "Error" : "Info"))
        // A remedy shows what is written there, if that is known.
        let hint = message["remedy"] == nil ? UnquotedMACAddress.hint(for: text).map { ["    Hint: \($0)"] } ?? [] : []
        let text = Text.block(text, indent: "      ")
        guard let name = message["name"]?.stringValue, !name.isEmpty else {
            return ["- \(level): \(text)"] + hint + remedy(of: message) + documents(of: message, place: place)
        }
        var lines = ["- \(level): \(Text.line(name))", "    Message: \(text)"] + hint
        lines += remedy(of: message)
        lines += documents(of: message, place: place)
        if let source = message["source"]?.stringValue { lines.append("    Source: \(Text.line(source))") }
        return lines
    }

    /// The status object of configdocs: what happened, errors and warnings, and how much else there is to say.
    ///
    /// - Parameter done: the first line.
    static func status(
        _ value: Value, done: String? = nil, verbose: Bool, place: (Value) -> String? = { _ in nil }
    ) -> String {
        let messages = value["details"]?["messageList"]?.arrayValue ?? []
        let shown = verbose ? messages : messages.filter { rank($0) != .information }
        var lines = [
            "Status: \(Text.block(value["message"]?.stringValue ?? "None"))",
            "Reason: \(Text.block(value["reason"]?.stringValue ?? "Not specified"))",
        ]
        if let done { lines.insert(done, at: 0) }
        lines += self.lines(shown, place: place)
        if value["details"]?["messageList"] != nil { lines += ["", counts(messages)] }
        if shown.count < messages.count { lines.append("-v shows the Infos.") }
        return lines.joined(separator: "\n")
    }

    /// `####  Errors: 2, Warnings: 1, Infos: 1, Other: 0  ####`
    static func counts(_ messages: [Value]) -> String {
        func count(_ ranks: Rank...) -> Int { messages.count { ranks.contains(rank($0)) } }
        let errors = count(.error) > 0 ? count(.error) : count(.consequence)
        return "####  Errors: \(errors), Warnings: \(count(.warning)), "
            + "Infos: \(count(.information)), Other: \(count(.other))  ####"
    }

    private static func isError(_ message: Value) -> Bool {
        message["error"]?.boolValue ?? false || message["level"]?.stringValue?.lowercased() == "error"
    }

    /// Whether it says of itself that it is no more than an information: those are counted.
    static func isInfo(_ message: Value) -> Bool {
        !isError(message) && message["level"]?.stringValue?.lowercased() == "info"
    }

    private static func rank(_ message: Value) -> Rank {
        if isError(message) { return message["name"] == "DocumentValidationProcessingError" ? .consequence : .error }
        switch message["level"]?.stringValue?.lowercased() {
        case "warning": return .warning
        case "info", nil: return .information
        default: return .other
        }
    }

    private static func capitalized(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}
