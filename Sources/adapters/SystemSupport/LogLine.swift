import Logging
import Primitives

/// One readable line: `2026-11-21T22:00:00Z info    action=… step=… message`.
package enum LogLine {
    /// One line without a line feed: fields, then the message.
    package static func format(
        _ message: String, level: Logger.Level, metadata: Logger.Metadata, at time: Timestamp
    ) -> String {
        var line = time.formatted(.isoSeconds) + " "
        line += level.rawValue + String(repeating: " ", count: max(1, 9 - level.rawValue.count))
        for (key, value) in LogField.sorted(metadata) { line += "\(escaped(key))=\(quoted(value)) " }
        return line + escaped(message)
    }

    private static func quoted(_ value: String) -> String {
        let needsQuotes = value.isEmpty || value.contains { $0 == " " || $0 == "\"" || $0 == "=" }
        guard needsQuotes else { return escaped(value) }
        return "\"" + escaped(value).split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"")
            + "\""
    }

    private static func escaped(_ text: String) -> String { ControlCharacters.escaped(text, keepsLines: false) }
}
