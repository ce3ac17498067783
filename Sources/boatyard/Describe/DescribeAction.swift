import ArgumentParser
import Primitives

struct DescribeAction: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "action", abstract: "Show an action with its steps, commands, validations and notes.")

    @Argument(help: "The action's id, or action/ID.")
    var id: String

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let id = Reference.parts(self.id, dropping: "action").first ?? ""
        let daemon = try Daemon(options)
        let action = try await daemon.get("actions/\(PercentEncoding.encode(id))")
        var outcome: [String] = []
        if options.output == .table {
            let nodes = try await daemon.get("nodes", query: [("designed", "true")]).arrayValue ?? []
            let view = ActionView(action, nodes: nodes)
            let reasons = try await daemon.reasons(view)
            if view.hasEnded || !reasons.isEmpty { outcome = ActionOutcome(view: view, reasons: reasons).lines }
        }
        options.output.show(action) { Self.text($0, outcome: outcome) }
    }

    /// - Parameter outcome: what is said of how it ended.
    static func text(_ action: Value, outcome: [String]) -> String {
        func field(_ key: String) -> String { action[key].flatMap(Reference.text) ?? "None" }
        var lines = [
            "Name:              \(field("name"))",
            "Action:            action/\(field("id"))",
            "Lifecycle:         \(field("action_lifecycle"))",
            "Parameters:        \(action["parameters"]?.json() ?? "{}")",
            "Datetime:          \(field("datetime"))",
            "Dag Status:        \(field("dag_status"))",
            "Context Marker:    \(field("context_marker"))",
            "User:              \(field("user"))",
            "",
        ]
        var steps = Table("Steps", "Index", "State")
        for step in action["steps"]?.arrayValue ?? [] {
            steps.rows.append([
                "step/\(field("id"))/\(step["id"]?.stringValue ?? "")", step["index"]?.intValue.map(String.init) ?? "",
                step["state"]?.stringValue ?? "None",
            ])
        }
        lines += [steps.text, ""]
        if !outcome.isEmpty { lines += outcome + [""] }
        var commands = Table("Commands", "User", "Datetime")
        for command in action["command_audit"]?.arrayValue ?? [] {
            commands.rows.append([
                command["command"]?.stringValue ?? "", command["user"]?.stringValue ?? "",
                command["datetime"]?.stringValue ?? "",
            ])
        }
        lines += [commands.text, ""]
        let validations = action["validations"]?.arrayValue ?? []
        if validations.isEmpty {
            lines.append("Validations: None")
        } else {
            lines.append("Validations:")
            for validation in validations {
                lines.append(
                    "  \(validation["validation_name"]?.stringValue ?? ""): \(validation["details"]?.stringValue ?? "")"
                )
            }
        }
        let notes = Reference.notes(action["notes"])
        if !notes.isEmpty { lines += ["", "Action Notes:"] + notes }
        return lines.joined(separator: "\n")
    }
}
