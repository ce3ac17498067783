import ArgumentParser
import Primitives

struct GetTasks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tasks",
        abstract: "List the tasks of Drydock, which do the work on machines for the steps of actions.",
        discussion: "One of them with all that it has noted: boatyard get tasks ID")

    @Argument(help: "A task, by its id, instead of all.")
    var id: String?

    @Flag(help: "List the subtasks, too.")
    var all = false

    @OptionGroup var watching: WatchOptions

    @OptionGroup var options: GlobalOptions

    func validate() throws { try watching.validate(options) }

    func run() async throws {
        let daemon = try Daemon(options)
        if let id {
            try await watching.show(
                options, { try await daemon.get("tasks/\(PercentCoding.encode(id))") }, table: Self.details)
        } else {
            try await watching.show(options, { try await daemon.get("tasks") }) { Self.list($0, all: all) }
        }
    }

    private static func list(_ tasks: Value, all: Bool) -> String {
        let tasks = (tasks.arrayValue ?? []).filter { all || $0["parent_task_id"]?.stringValue == nil }
        guard !tasks.isEmpty else { return "There are no tasks yet." }
        var table = Table("Task", "Action", "Status", "Result", "Succeeded", "Failed", "Created", "By")
        for task in tasks { table.rows.append(row(task)) }
        return table.text
    }

    private static func row(_ task: Value) -> [String] {
        let result = task["result"] ?? .null
        return [
            task["task_id"]?.stringValue ?? "", task["action"]?.stringValue ?? "", task["status"]?.stringValue ?? "",
            result["status"]?.stringValue ?? "", names(result["successes"]), names(result["failures"]),
            String((task["created"]?.stringValue ?? "").prefix(19)), task["created_by"]?.stringValue ?? "",
        ]
    }

    /// Names, or how many where they are too many for a column.
    private static func names(_ list: Value?) -> String {
        let names = (list?.arrayValue ?? []).compactMap(\.stringValue).filter { !$0.isEmpty }
        let text = names.joined(separator: ", ")
        return text.count <= 30 ? text : "\(names.count)"
    }

    private static func details(_ task: Value) -> String {
        var table = Table("Task", "Action", "Status", "Result", "Succeeded", "Failed", "Created", "By")
        table.rows.append(row(task))
        let messages = (task["result"]?["details"]?["messageList"]?.arrayValue ?? []).map { message in
            let kind = message["error"]?.boolValue ?? false ? "Error" : "Info"
            let context = message["context"]?.stringValue.map { " \($0):" } ?? ""
            return "\(kind):\(Text.line(context)) \(Text.line(message["message"]?.stringValue ?? ""))"
        }
        let subtasks = (task["subtask_id_list"]?.arrayValue ?? []).compactMap(\.stringValue)
        var blocks = [table.text]
        if !messages.isEmpty { blocks.append(messages.joined(separator: "\n")) }
        if !subtasks.isEmpty {
            blocks.append("Subtasks:\n" + subtasks.map { "  \(Text.line($0))" }.joined(separator: "\n"))
        }
        return blocks.joined(separator: "\n\n")
    }
}
