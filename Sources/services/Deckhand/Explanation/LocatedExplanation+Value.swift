import Documents
import OrderedCollections
import Primitives

extension LocatedExplanation {
    /// The body of the answer (`docs/reference/deckhand.md` §19).
    package var value: Value {
        let document = explanation.document
        return [
            "children": .array(
                explanation.children.map { child in
                    ["origin": steps(child.steps), "path": .string(child.place.description)]
                }),
            "document": [
                "bucket": .string(document.bucket), "layer": Value(document.layer), "name": .string(document.name),
                "revision": .int(document.revision), "schema": .string(document.schema),
            ],
            "origin": steps(explanation.steps),
            "path": path(explanation.place.description),
            "redacted": .bool(explanation.isHidden),
            "value": explanation.isHidden ? DocumentView.redacted(explanation.value) : explanation.value,
        ]
    }

    private func steps(_ steps: [Explanation.Step]) -> Value { .array(steps.map(step)) }

    /// - Parameter isSecret: hashed twice, as paths are that bring a secret into a document that is not encrypted.
    private func path(_ text: String, isSecret: Bool = false) -> Value {
        guard explanation.isHidden else { return .string(text) }
        let once = DocumentView.redacted(.string(text))
        return isSecret ? DocumentView.redacted(once) : once
    }

    private func step(_ step: Explanation.Step) -> Value {
        let document = step.document
        let place = place(of: step)
        var value: Value.Object = [
            "action": .string(step.action.word), "bucket": .string(document.bucket),
            "file": Value(place?.file), "layer": Value(document.layer), "line": place.map { .int($0.line) } ?? .null,
            "name": .string(document.name),
            "revision": .int(place?.revision ?? document.revision), "schema": .string(document.schema),
        ]
        switch step.action {
        case .written, .layered:
            // Where in an encrypted document it stands nobody could tell from the document itself.
            let isRoot = step.place.steps.isEmpty || (explanation.isHidden && document.isEncrypted)
            value["path"] = isRoot ? ".data" : path(".data" + step.place.description)
        case .inherited, .emptied, .substituted:
            value["path"] = .string(".metadata" + step.place.description)
        case .shared: break
        }
        if case .layered(_, let actionPath) = step.action { value["action_path"] = .string(actionPath) }
        if case .substituted(let source, let sourcePath, let target, let pattern, let sourcePattern, let isSecret) =
            step.action
        {
            var from: Value.Object = [
                "name": .string(source.name), "path": path(sourcePath, isSecret: isSecret),
                "schema": .string(source.schema),
            ]
            var into: Value.Object = ["path": path(target, isSecret: isSecret)]
            if !explanation.isHidden {
                if let sourcePattern { from["pattern"] = .string(sourcePattern) }
                if let pattern { into["pattern"] = .string(pattern) }
            }
            value["source"] = .object(from)
            value["destination"] = .object(into)
        }
        if !step.overridden.isEmpty { value["overrides"] = steps(step.overridden) }
        if !step.text.isEmpty { value["text"] = steps(step.text) }
        return .object(value)
    }
}

extension Explanation.Action {
    fileprivate var word: String {
        switch self {
        case .written: "written"
        case .layered(let method, _): method
        case .inherited: "inherited"
        case .emptied: "delete"
        case .substituted: "substitution"
        case .shared: "shared"
        }
    }
}
