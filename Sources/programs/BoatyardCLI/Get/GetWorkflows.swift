import ArgumentParser
import Primitives

struct GetWorkflows: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workflows", abstract: "List the runs of workflows.",
        discussion: "Those of the last thirty days, where --since does not say otherwise.")

    @Option(help: "A date, or a time such as 2026-11-22T08:00:00.")
    var since: String?

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let workflows = try await Daemon(options).get("workflows", query: since.map { [("since", $0)] } ?? [])
        options.output.show(workflows, table: Self.text)
    }

    static func text(_ workflows: Value) -> String {
        var table = Table("Workflows", "State")
        for workflow in workflows.arrayValue ?? [] {
            table.rows.append([
                workflow["workflow_id"]?.stringValue ?? "", workflow["state"]?.stringValue ?? "None",
            ])
        }
        if table.rows.isEmpty { table.rows.append(["None", ""]) }
        return table.text
    }
}
