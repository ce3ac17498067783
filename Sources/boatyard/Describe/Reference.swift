import Primitives

/// How the shipyard CLI names things: `action/ID`, `step/ACTION/STEP`, or the parts alone.
enum Reference {
    static func parts(_ text: String, dropping kind: String) -> [String] {
        var parts = text.split(separator: "/").map(String.init)
        if parts.count > 1, parts.first == kind { parts.removeFirst() }
        return parts
    }

    /// The action and the step of `STEP --action ID`, `step/ID/STEP` or `ID/STEP`.
    static func step(_ text: String, action: String?) throws -> (action: String, step: String, rest: [String]) {
        let parts = parts(text, dropping: "step")
        if let action {
            guard parts.count == 1 else { throw Failure("Error: Name the action once.", exitCode: Failure.usage) }
            return (Self.parts(action, dropping: "action").first ?? "", parts[0], [])
        }
        guard parts.count >= 2 else {
            throw Failure("Error: Name the action, too: --action ID, or step/ID/STEP.", exitCode: Failure.usage)
        }
        return (parts[0], parts[1], Array(parts.dropFirst(2)))
    }

    /// A scalar as people read it; nil for null.
    static func text(_ value: Value) -> String? {
        switch value {
        case .null: nil
        case .string(let text): text
        default: value.json()
        }
    }

    static func notes(_ value: Value?) -> [String] {
        (value?.arrayValue ?? []).flatMap { note in
            var lines = [
                "> \(note["sub_type"]?.stringValue ?? ""):\(note["subject"]?.stringValue ?? "")"
                    + "(\(note["note_timestamp"]?.stringValue ?? "")): \(note["note_val"]?.stringValue ?? "")"
            ]
            if let id = note["note_id"]?.stringValue, note["resolved_url_value"]?.stringValue != nil {
                lines.append("  - Info available with 'describe notedetails/\(id)'")
            }
            return lines
        }
    }
}
