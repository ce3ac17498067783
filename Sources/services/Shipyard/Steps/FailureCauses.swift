import Primitives

/// What goes behind the reference's words for a failed step: they tell that it failed, not why.
enum FailureCauses {
    /// How many causes are named; the log of the step has them all.
    static let named = 3
    /// Of one cause, in characters.
    private static let longest = 600

    /// `DryDock Site Design Validation Failed with status: failure! DD2004 (drydock/Network/v1 oam): TEXT. REMEDY`
    ///
    /// - Parameter messages: of a validation; those that are no errors are passed over.
    static func text(_ failure: String, _ messages: [Value]) -> String {
        text(failure, causes: messages.filter { $0["error"] == true }.map(cause))
    }

    /// - Parameter causes: each is told once, the first of them.
    static func text(_ failure: String, causes: [String]) -> String {
        var told: [String] = []
        for cause in causes where !cause.isEmpty && !told.contains(cause) { told.append(cause) }
        let rest = told.count > named ? "; and \(told.count - named) more" : ""
        guard !told.isEmpty else { return failure }
        return failure + " " + told.prefix(named).map { LogRedactor.redact($0) }.joined(separator: "; ") + rest
    }

    /// `NAME (SCHEMA DOCUMENT, …): MESSAGE. REMEDY`, as far as the message has them.
    private static func cause(_ message: Value) -> String {
        let documents = (message["documents"]?.arrayValue ?? []).map { document in
            [document["schema"], document["name"]].compactMap { $0?.stringValue }.joined(separator: " ")
        }.filter { !$0.isEmpty }
        let subject = [
            message["name"]?.stringValue ?? "",
            documents.isEmpty
                ? "" : "(\(documents.prefix(named).joined(separator: ", "))\(documents.count > named ? ", …" : ""))",
        ].filter { !$0.isEmpty }.joined(separator: " ")
        let text = message["message"]?.pythonText ?? ""
        let remedy = message["remedy"]?.stringValue ?? message["diagnostic"]?.stringValue ?? ""
        let whole = [subject.isEmpty ? text : "\(subject): \(text)", told(remedy)].filter { !$0.isEmpty }
            .joined(separator: ". ")
        return whole.count > longest ? whole.prefix(longest) + "…" : whole
    }

    /// Nobody has the guide that some of Drydock's messages refer to.
    private static func told(_ remedy: String) -> String {
        remedy.contains("Troubleshooting Guide") ? "" : remedy
    }
}
