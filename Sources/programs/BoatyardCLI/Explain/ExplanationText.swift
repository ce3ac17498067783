import OrderedCollections
import Primitives
import YAML

/// An explanation for people: the value, then how it came to be, the last thing first.
struct ExplanationText {
    let explanation: Value
    /// That was asked for; a redacted explanation does not say it.
    let path: String
    let revision: Int

    private static let valueLines = 12

    var text: String {
        let document = explanation["document"] ?? .null
        var lines = [
            "\(Self.name(document)), rendered in revision \(revision)", "",
            isRedacted
                ? "  \(path): hidden, since the document holds a secret; --cleartext-secrets shows it"
                : Self.assignment(Text.line(explanation["path"]?.stringValue ?? "."), explanation["value"] ?? .null),
            "",
        ]
        lines += self.lines(explanation["origin"], indent: "  ")
        let children = explanation["children"]?.arrayValue ?? []
        if !children.isEmpty {
            lines += ["", "In it:"]
            lines += Self.columns(
                children.map { child in
                    (Text.line(child["path"]?.stringValue ?? ""), Self.summary(child["origin"]?.arrayValue ?? []))
                })
        }
        return lines.joined(separator: "\n")
    }

    /// `.path: value`, long values cut.
    private static func assignment(_ path: String, _ value: Value) -> String {
        switch value {
        case .object(let members) where !members.isEmpty: break
        case .array(let elements) where !elements.isEmpty: break
        default: return "  \(path): \(YAML.dump(value).split(separator: "\n").first ?? "")"
        }
        let lines = YAML.dump(value).split(separator: "\n")
        let shown = lines.prefix(valueLines).map { "    " + $0 }
        let rest = lines.count > valueLines ? ["    … \(lines.count - valueLines) lines more"] : []
        return (["  \(path):"] + shown + rest).joined(separator: "\n")
    }

    private var isRedacted: Bool { explanation["redacted"] == true }

    /// ` at .path`, where it is shown.
    private func at(_ path: Value?) -> String {
        guard !isRedacted, let path = path?.stringValue else { return "" }
        return " at " + path
    }

    private func lines(_ steps: Value?, indent: String) -> [String] {
        (steps?.arrayValue ?? []).flatMap { step in
            var lines = [indent + Text.line(what(step)), indent + "    " + Self.location(step)]
            if let text = step["text"] {
                lines += [indent + "    in the text"] + self.lines(text, indent: indent + "      ")
            }
            if let overridden = step["overrides"]?.arrayValue, let last = overridden.last {
                lines.append(indent + "    instead of that of \(Self.name(last)), \(Self.location(last))")
            }
            return lines
        }
    }

    private func what(_ step: Value) -> String {
        let name = Self.name(step)
        switch step["action"]?.stringValue {
        case "written": return "written in \(name)\(at(step["path"]))"
        case "inherited": return "inherited from its parent by \(name)"
        case "delete": return "emptied by \(name)"
        case "shared": return "written through \(name), which shares it"
        case "substitution":
            let source = step["source"] ?? .null
            let pattern = step["destination"]?["pattern"]?.stringValue.map { " for the pattern \($0)" } ?? ""
            let sourcePath = isRedacted ? "" : " \(source["path"]?.stringValue ?? "")"
            return "substituted into \(name)\(at(step["destination"]?["path"]))\(pattern) from "
                + "\(source["schema"]?.stringValue ?? "") \(source["name"]?.stringValue ?? "")\(sourcePath)"
        case let method:
            let place = isRedacted ? "" : ", which has it\(at(step["path"]))"
            return "put by the action \(method ?? "") \(step["action_path"]?.stringValue ?? "") of \(name)\(place)"
        }
    }

    private static func name(_ document: Value) -> String {
        let layer = document["layer"]?.stringValue.map { " (layer \($0))" } ?? ""
        return Text.line("\(document["schema"]?.stringValue ?? "") \(document["name"]?.stringValue ?? "")\(layer)")
    }

    private static func location(_ step: Value) -> String {
        var line = step["line"]?.intValue.map { "line \($0) of " } ?? ""
        if let file = step["file"]?.stringValue { line = "\(file):\(step["line"]?.intValue ?? 1), " }
        return Text.line(
            "\(line)bucket \(step["bucket"]?.stringValue ?? ""), revision \(step["revision"]?.intValue ?? 0)")
    }

    /// The end of a chain, and how many steps it has.
    private static func summary(_ steps: [Value]) -> String {
        guard let last = steps.last else { return "made to hold what is in it" }
        let count = steps.count - 1
        let through = count == 0 ? "" : ", through \(count) \(count == 1 ? "step" : "steps")"
        return "\(name(last)), \(location(last))\(through)"
    }

    private static func columns(_ rows: [(String, String)]) -> [String] {
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { "  " + $0.0 + String(repeating: " ", count: width - $0.0.count + 3) + $0.1 }
    }
}
