import Primitives

/// The result of validation when documents are staged or committed (`docs/reference/shipyard.md` §5.2).
package struct ValidationReport: Sendable {
    /// A message of Shipyard itself about the documents.
    package struct Remark: Sendable, Hashable {
        /// The message.
        package var text: String
        /// Whether it is an information, a warning or an error.
        package var severity: Severity
    }

    /// The validation messages of all components, as clients get them.
    package private(set) var messages: [Value]
    /// The messages of Shipyard itself.
    package private(set) var remarks: [Remark] = []
    /// The number of errors among messages and remarks.
    package private(set) var errorCount: Int
    /// Whether the documents were committed in spite of errors. The errors are listed all the same.
    package private(set) var isForced = false
    /// Whether the documents were validated only.
    package private(set) var isDryRun = false

    package init(messages: [Value]) {
        self.init(messages: messages, errorCount: messages.count { $0["error"] == true })
    }

    package init(messages: [Value], errorCount: Int) {
        self.messages = messages
        self.errorCount = errorCount
    }

    /// Whether there are no errors.
    package var isSuccess: Bool { errorCount == 0 }

    /// Whether the request succeeds. A dry run always does.
    package var isAccepted: Bool { isSuccess || isForced || isDryRun }

    /// Marks the report as that of a forced commit, where there are errors.
    package mutating func force() { isForced = errorCount > 0 }

    package mutating func markDryRun() { isDryRun = true }

    /// Adds remarks of one severity. Errors make the report one of failure.
    package mutating func add(_ texts: [String], _ severity: Severity) {
        if severity == .error { errorCount += texts.count }
        remarks += texts.map { Remark(text: $0, severity: severity) }
    }
}
