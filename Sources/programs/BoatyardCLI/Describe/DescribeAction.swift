import ArgumentParser
import Primitives

struct DescribeAction: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "action", abstract: "Show an action with its steps, commands, validations and notes.")

    @Argument(help: "The action's id, or action/ID.", completion: LiveNames.actions)
    var id: String

    @Flag(help: "Show the progress to its end first, and end as `create action --wait` does.")
    var wait = false

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let id = try Reference.action([self.id])
        let daemon = try Daemon(options)
        if wait {
            try await ActionProgress(daemon: daemon, id: id, output: options.output).followToEnd()
            return
        }
        let action = try await daemon.get("actions/\(id)")
        var outcome: [String] = []
        if options.output == .table {
            let view = ActionView(action, nodes: [])
            let reasons = try await daemon.reasons(view)
            if view.hasEnded || !reasons.steps.isEmpty { outcome = ActionOutcome(view: view, reasons: reasons).lines }
            if !view.hasEnded { outcome += try await daemon.waits(view) }
        }
        options.output.show(action) { Self.text($0, outcome: outcome) }
    }

    /// - Parameter outcome: what is said of how it ended, or what it waits for.
    static func text(_ action: Value, outcome: [String]) -> String {
        let id = action["id"]?.stringValue ?? ""
        var blocks = [details(action), steps(action["steps"]?.arrayValue ?? [], of: id)]
        if !outcome.isEmpty { blocks.append(outcome.map(Text.line).joined(separator: "\n")) }
        blocks.append(commands(action["command_audit"]?.arrayValue ?? []))
        let validations = action["validations"]?.arrayValue ?? []
        blocks.append(validations.isEmpty ? "Validations: None" : validations.map(validation).joined(separator: "\n\n"))
        let notes = Reference.notes(action["notes"])
        if !notes.isEmpty { blocks.append((["Action Notes:"] + notes).joined(separator: "\n")) }
        return blocks.joined(separator: "\n\n")
    }

    static func details(_ action: Value) -> String {
        func field(_ key: String) -> String { action[key].flatMap(Reference.text) ?? "None" }
        return [
            "Name:              \(field("name"))",
            "Action:            action/\(field("id"))",
            "Lifecycle:         \(field("action_lifecycle"))",
            "Parameters:        \(action["parameters"].flatMap(Reference.text) ?? "{}")",
            "Datetime:          \(field("datetime"))",
            "Dag Status:        \(field("dag_status"))",
            "Context Marker:    \(field("context_marker"))",
            "User:              \(field("user"))",
        ].joined(separator: "\n")
    }

    static func steps(_ steps: [Value], of action: String) -> String {
        var table = Table("Steps", "Index", "State", "Footnotes")
        var footnotes = Footnotes("Step Footnotes")
        for step in steps {
            table.rows.append([
                "step/\(action)/\(step["id"]?.stringValue ?? "")", step["index"]?.intValue.map(String.init) ?? "",
                step["state"]?.stringValue ?? "None", footnotes.add(step["notes"]),
            ])
        }
        if table.rows.isEmpty { table.rows.append(["None", "", "", ""]) }
        return footnotes.below(table.text)
    }

    static func commands(_ commands: [Value]) -> String {
        var table = Table("Commands", "User", "Datetime")
        for command in commands {
            table.rows.append([
                command["command"]?.stringValue ?? "", command["user"]?.stringValue ?? "",
                command["datetime"]?.stringValue ?? "",
            ])
        }
        if table.rows.isEmpty { table.rows.append(["None", "", ""]) }
        return table.text
    }

    static func validation(_ validation: Value) -> String {
        func field(_ key: String) -> String { validation[key].flatMap(Reference.text) ?? "None" }
        return "Validations: \(field("validation_name")) : validation/\(field("action_id"))/\(field("id"))\n\n"
            + (validation["details"]?.stringValue ?? "None")
    }
}
