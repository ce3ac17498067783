import ArgumentParser
import OrderedCollections
import Primitives

struct DescribeWorkflow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "workflow", abstract: "Show a run of a workflow.")

    @Argument(help: "The run's id, or workflow/ID, such as deploy_site__2026-11-22T08:00:00.000000.")
    var id: String

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let id = Reference.parts(self.id, dropping: "workflow").first ?? ""
        let workflow = try await Daemon(options).get("workflows/\(PercentCoding.encode(id))")
        guard workflow.objectValue?.isEmpty == false else { throw Failure("Error: There is no workflow \(id).") }
        options.output.show(workflow, table: Self.text)
    }

    static func text(_ workflow: Value) -> String {
        func field(_ key: String) -> String { workflow[key].flatMap(Reference.text) ?? "None" }
        let trigger = workflow["external_trigger"]?.boolValue.map { $0 ? "True" : "False" } ?? "None"
        var lines = [
            "Workflow:          \(field("workflow_id"))",
            "State:             \(field("state"))",
            "Dag ID:            \(field("dag_id"))",
            "Execution Date:    \(field("execution_date"))",
            "Start Date:        \(field("start_date"))",
            "End Date:          \(field("end_date"))",
            "External Trigger:  \(trigger)",
        ]
        if let steps = workflow["steps"]?.arrayValue { lines += ["", Self.steps(steps)] }
        return lines.joined(separator: "\n")
    }

    static func steps(_ steps: [Value]) -> String {
        var table = Table("Steps", "State")
        for step in steps {
            table.rows.append([step["task_id"]?.stringValue ?? "", step["state"]?.stringValue ?? "None"])
        }
        return table.text
    }
}
