import Primitives

/// Actions, a line each, with their notes below; in the order of the answer, which is that of their creation.
enum ActionTable {
    static func text(_ actions: [Value]) -> String {
        var table = Table("Name", "Action", "Lifecycle", "Execution Time", "Step Succ/Fail/Oth", "Footnotes")
        var footnotes = Footnotes("Action Footnotes")
        for action in actions {
            let states = (action["steps"]?.arrayValue ?? []).map { $0["state"]?.stringValue }
            let succeeded = states.count { $0 == "success" || $0 == "skipped" }
            let failed = states.count { $0 == "failed" || $0 == "upstream_failed" }
            table.rows.append([
                action["name"]?.stringValue ?? "", "action/" + (action["id"]?.stringValue ?? ""),
                action["action_lifecycle"]?.stringValue ?? "None",
                action["dag_execution_date"]?.stringValue ?? "",
                "\(succeeded)/\(failed)/\(states.count - succeeded - failed)", footnotes.add(action["notes"]),
            ])
        }
        if table.rows.isEmpty { table.rows.append(["None", "", "", "", "", ""]) }
        return footnotes.below(table.text)
    }
}

/// Notes of the rows of a table, told below it.
struct Footnotes {
    private var table: Table
    private var count = 0

    init(_ title: String) { table = Table(title, "Note") }

    /// - Returns: what the row says in the column for footnotes.
    mutating func add(_ notes: Value?) -> String {
        let lines = Reference.notes(notes)
        guard !lines.isEmpty else { return "" }
        count += 1
        for (index, line) in lines.enumerated() { table.rows.append([index == 0 ? "(\(count))" : "", line]) }
        return "(\(count))"
    }

    func below(_ text: String) -> String { count == 0 ? text : "\(text)\n\n\(table.text)" }
}
