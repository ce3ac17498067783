import Primitives

/// The id of a run: `deploy_site__2026-11-21T20:45:48.262197` (`docs/reference/shipyard.md` §2).
package struct WorkflowIdentifier: Sendable, Hashable, CustomStringConvertible {
    /// The name of the workflow.
    package var workflow: String
    package var executionDate: Timestamp

    package init(workflow: String, executionDate: Timestamp) {
        self.workflow = workflow
        self.executionDate = executionDate
    }

    /// Splits an id at the last `__`.
    ///
    /// - Returns: nil where the second part is no time, so that no run can have this id.
    /// - Throws: `ShipyardError` for an id without `__`.
    package static func parse(_ text: String) throws(ShipyardError) -> WorkflowIdentifier? {
        guard let mark = lastMark(text) else {
            throw ShipyardError(
                .invalidWorkflowID, "Invalid Workflow ID specified",
                "The workflow ID \(text.prefix(200)) is not of the form <workflow>__<execution date>")
        }
        guard let date = Timestamp(String(text[mark...].dropFirst(2))) else { return nil }
        return WorkflowIdentifier(workflow: String(text[..<mark]), executionDate: date)
    }

    /// The action whose run it is: `deploy_site` of `deploy_site.preflight`.
    package var action: String { String(workflow.prefix { $0 != "." }) }

    /// The group of its steps, `preflight` of `deploy_site.preflight`; nil for the whole run.
    package var group: String? {
        workflow.firstIndex(of: ".").map { String(workflow[workflow.index(after: $0)...]) }
    }

    package var description: String { "\(workflow)__\(executionDate.formatted(.isoNaive))" }

    /// Where the last `__` begins.
    private static func lastMark(_ text: String) -> String.Index? {
        var index = text.endIndex
        while index > text.startIndex {
            index = text.index(before: index)
            if text[index...].hasPrefix("__") { return index }
        }
        return nil
    }
}
