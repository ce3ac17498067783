import Primitives

/// Actions, a line each.
enum ActionTable {
    static func text(_ actions: [Value]) -> String {
        var table = Table("Name", "Action", "Lifecycle", "Execution Time", "Step Succ/Fail/Oth")
        for action in actions.sorted(by: { ($0["id"]?.stringValue ?? "") < ($1["id"]?.stringValue ?? "") }) {
            let states = (action["steps"]?.arrayValue ?? []).map { $0["state"]?.stringValue }
            let succeeded = states.count { $0 == "success" || $0 == "skipped" }
            let failed = states.count { $0 == "failed" || $0 == "upstream_failed" }
            table.rows.append([
                action["name"]?.stringValue ?? "", "action/" + (action["id"]?.stringValue ?? ""),
                action["action_lifecycle"]?.stringValue ?? "None",
                action["dag_execution_date"]?.stringValue ?? "",
                "\(succeeded)/\(failed)/\(states.count - succeeded - failed)",
            ])
        }
        return table.text
    }
}
