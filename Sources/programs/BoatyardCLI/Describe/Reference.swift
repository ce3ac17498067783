import Primitives

/// How the shipyard CLI names things: `action/ID`, `step/ACTION/STEP`, or the parts alone.
enum Reference {
    static func parts(_ text: String, dropping kind: String) -> [String] {
        var parts = text.split(separator: "/").map(String.init)
        if parts.count > 1, parts.first == kind { parts.removeFirst() }
        return parts
    }

    /// The id of `action ID`, `action/ID` or `ID`.
    static func action(_ words: [String]) throws -> String {
        var words = words
        if words.count == 2, words[0] == "action" { words.removeFirst() }
        guard words.count == 1 else {
            throw Failure("Error: Name one action: action ID, or action/ID.", exitCode: Failure.usage)
        }
        return try checked(parts(words[0], dropping: "action").first ?? "")
    }

    /// The action and the step of `STEP --action ID`, `step/ID/STEP` or `ID/STEP`.
    static func step(_ text: String, action: String?) throws -> (action: String, step: String, rest: [String]) {
        let (action, step, rest) = try member(text, kind: "step", action: action)
        return (action, step, rest)
    }

    /// The action and what it has of a kind: `NAME --action ID`, `kind/ID/NAME` or `ID/NAME`.
    static func member(
        _ text: String, kind: String, action: String?
    ) throws -> (action: String, name: String, rest: [String]) {
        let parts = parts(text, dropping: kind)
        if let action {
            guard parts.count == 1 else { throw Failure("Error: Name the action once.", exitCode: Failure.usage) }
            return (try checked(Self.parts(action, dropping: "action").first ?? ""), parts[0], [])
        }
        guard parts.count >= 2 else {
            throw Failure(
                "Error: Name the action, too: --action ID, or \(kind)/ID/\(kind.uppercased()).", exitCode: Failure.usage
            )
        }
        return (try checked(parts[0]), parts[1], Array(parts.dropFirst(2)))
    }

    /// An id of an action or note, which are ULIDs.
    ///
    /// - Parameter hint: where ids are found.
    static func checked(_ id: String, hint: String = Hint.actions) throws -> String {
        func invalid(_ rule: String) -> Failure {
            Failure("Error: Invalid ID. ID can only \(rule).\nHint: \(hint)", exitCode: Failure.usage)
        }
        guard id.utf8.count == 26 else { throw invalid("be 26 characters") }
        guard id.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) }) else {
            throw invalid("contain letters and numbers")
        }
        return id
    }

    /// A scalar on one line, as people read it; nil for null.
    static func text(_ value: Value) -> String? {
        switch value {
        case .null: nil
        case .string(let text): Text.line(text)
        default: Text.line(value.json())
        }
    }

    static func notes(_ value: Value?) -> [String] {
        (value?.arrayValue ?? []).flatMap { note in
            var lines = [
                Text.line(
                    "> \(note["sub_type"]?.stringValue ?? ""):\(note["subject"]?.stringValue ?? "")"
                        + "(\(note["note_timestamp"]?.stringValue ?? "")): \(note["note_val"]?.stringValue ?? "")")
            ]
            if let id = note["note_id"]?.stringValue, note["resolved_url_value"]?.stringValue != nil {
                lines.append(Text.line("  - Info available with 'describe notedetails/\(id)'"))
            }
            return lines
        }
    }
}
