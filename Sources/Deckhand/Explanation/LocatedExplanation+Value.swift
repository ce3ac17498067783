import Documents
import OrderedCollections
import Primitives

extension LocatedExplanation {
    /// As it is answered.
    ///
    /// - Parameter redacted: hides the value and the layout of a document that holds a secret, and the paths within
    ///   encrypted documents, behind their SHA-256 (`spec/deckhand.md` §9).
    package func value(redacted: Bool) -> Value {
        let hides = redacted && explanation.holdsSecret
        let document = explanation.document
        return [
            "children": .array(
                hides
                    ? []
                    : explanation.children.map { child in
                        [
                            "origin": steps(child.steps, redacted: redacted),
                            "path": .string(child.place.description),
                        ]
                    }),
            "document": [
                "bucket": .string(document.bucket), "layer": Value(document.layer), "name": .string(document.name),
                "revision": .int(document.revision), "schema": .string(document.schema),
            ],
            "origin": steps(explanation.steps, redacted: redacted),
            "path": .string(explanation.place.description),
            "value": hides ? DocumentView.redacted(explanation.value) : explanation.value,
        ]
    }

    private func steps(_ steps: [Explanation.Step], redacted: Bool) -> Value {
        .array(steps.map { step($0, redacted: redacted) })
    }

    private func step(_ step: Explanation.Step, redacted: Bool) -> Value {
        let document = step.document
        let place = place(of: step)
        let hides = redacted && (document.isEncrypted || explanation.holdsSecret)
        func path(_ text: String) -> Value { hides ? DocumentView.redacted(.string(text)) : .string(text) }

        var value: Value.Object = [
            "action": .string(step.action.word), "bucket": .string(document.bucket),
            "layer": Value(document.layer), "line": place.map { .int($0.line) } ?? .null,
            "name": .string(document.name),
            "revision": .int(place?.revision ?? document.revision), "schema": .string(document.schema),
        ]
        switch step.action {
        case .written, .layered:
            value["path"] = path(".data" + (step.place.steps.isEmpty ? "" : step.place.description))
        case .inherited, .emptied, .substituted:
            value["path"] = .string(".metadata" + step.place.description)
        case .shared: break
        }
        if case .layered(_, let actionPath) = step.action { value["action_path"] = .string(actionPath) }
        if case .substituted(let source, let sourcePath, let destination, let pattern, let sourcePattern) = step.action
        {
            var from: Value.Object = [
                "name": .string(source.name), "path": path(sourcePath), "schema": .string(source.schema),
            ]
            var into: Value.Object = ["path": path(destination)]
            if let sourcePattern { from["pattern"] = .string(sourcePattern) }
            if let pattern { into["pattern"] = .string(pattern) }
            value["source"] = .object(from)
            value["destination"] = .object(into)
        }
        if !step.overridden.isEmpty { value["overrides"] = steps(step.overridden, redacted: redacted) }
        if !step.text.isEmpty { value["text"] = steps(step.text, redacted: redacted) }
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
