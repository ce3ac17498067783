import Primitives

/// What validation found when documents were staged or committed (`docs/reference/shipyard.md` §5.2).
package struct ValidationReport: Sendable {
    /// What Shipyard itself has to say of the documents.
    package struct Remark: Sendable, Hashable {
        package var text: String
        package var severity: Severity
    }

    /// Validation messages of all components, as they go out.
    package private(set) var messages: [Value]
    package private(set) var remarks: [Remark] = []
    package private(set) var errorCount: Int
    /// Whether the documents were taken in spite of errors, which are still listed.
    package private(set) var isForced = false
    package private(set) var isDryRun = false

    package init(messages: [Value]) {
        self.init(messages: messages, errorCount: messages.count { $0["error"] == true })
    }

    package init(messages: [Value], errorCount: Int) {
        self.messages = messages
        self.errorCount = errorCount
    }

    package var isSuccess: Bool { errorCount == 0 }

    /// Whether the request succeeds; a dry run does, whatever it finds.
    package var isAccepted: Bool { isSuccess || isForced || isDryRun }

    package mutating func force() { isForced = errorCount > 0 }

    package mutating func markDryRun() { isDryRun = true }

    /// Adds remarks of one severity; those that are errors fail the whole.
    package mutating func add(_ texts: [String], _ severity: Severity) {
        if severity == .error { errorCount += texts.count }
        remarks += texts.map { Remark(text: $0, severity: severity) }
    }
}
