import Primitives
import YAML

extension OutputFormat {
    /// Prints the daemon's answer itself for programs, or what `table` makes of it for people.
    func show(_ value: Value, table: (Value) -> String) {
        switch self {
        case .json: print(value.json(.pretty))
        case .yaml: print(YAML.dump(value), terminator: "")
        case .table: print(table(value))
        }
    }
}

/// Validation messages and errors, the way the shipyard CLI lays them out.
enum MessageList {
    static func lines(_ messages: [Value], leavingOut said: [String] = []) -> [String] {
        var lines: [String] = []
        for message in messages {
            let text = message["message"]?.stringValue ?? ""
            if said.contains(where: { $0.hasSuffix(": " + text) }) { continue }
            let isError = message["error"]?.boolValue ?? false
            let level = message["level"]?.stringValue ?? (isError ? "Error" : "Info")
            guard let name = message["name"]?.stringValue else {
                lines.append("- \(level): \(text)")
                continue
            }
            lines.append("- \(level): \(name)")
            lines.append("    Message: \(text)")
            if let diagnostic = message["diagnostic"]?.stringValue, !diagnostic.isEmpty {
                lines.append("    Diagnostic: \(diagnostic)")
            }
            for document in message["documents"]?.arrayValue ?? [] {
                lines.append(
                    "    Document: \(document["schema"]?.stringValue ?? "") - \(document["name"]?.stringValue ?? "")")
            }
            if let source = message["source"]?.stringValue { lines.append("    Source: \(source)") }
        }
        return lines
    }

    /// The status object of configdocs: what happened, and every message.
    static func status(_ value: Value, done: String) -> String {
        var lines = [
            done, "Status: \(value["message"]?.stringValue ?? "")", "Reason: \(value["reason"]?.stringValue ?? "")",
        ]
        lines += self.lines(value["details"]?["messageList"]?.arrayValue ?? [])
        return lines.joined(separator: "\n")
    }
}
