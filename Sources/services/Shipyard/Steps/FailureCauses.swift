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
        guard !told.isEmpty else { return failure }
        return failure + " " + joined(told.map { LogRedactor.redact($0) })
    }

    /// `FIRST; SECOND; and 2 more`: of sentences the last alone has a full stop, where nothing follows.
    ///
    /// - Parameter isLast: whether nothing follows what is returned.
    static func joined(_ causes: [String], isLast: Bool = true) -> String {
        var told = Array(causes.prefix(named))
        let rest = causes.count > named ? ["and \(causes.count - named) more"] : []
        let kept = isLast && rest.isEmpty ? 1 : 0
        for place in told.indices.dropLast(kept) { told[place] = told[place].asClause }
        return (told + rest).joined(separator: "; ")
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
