import ArgumentParser
import Primitives

struct DescribeStep: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "step", abstract: "Show a step of an action.")

    @Argument(help: "The step, or step/ACTION/STEP.")
    var step: String

    @Option(help: "The action's id.")
    var action: String?

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let (action, step, _) = try Reference.step(self.step, action: action)
        let answer = try await Daemon(options).step(step, of: action)
        options.output.show(answer) { value in
            func field(_ key: String) -> String { value[key].flatMap(Reference.text) ?? "None" }
            var lines = [
                "Name:              \(step)",
                "Task ID:           step/\(action)/\(step)",
                "Index:             \(field("index"))",
                "State:             \(field("state"))",
                "Start Date:        \(field("start_date"))",
                "End Date:          \(field("end_date"))",
                "Duration:          \(field("duration"))",
                "Try Number:        \(field("try_number"))",
                "Operator:          \(field("operator"))",
            ]
            if let message = value["message"]?.stringValue {
                lines.append("Message:           \(Text.block(message, indent: String(repeating: " ", count: 19)))")
            }
            if let wait = WaitView(value["waiting_for"]) {
                lines += ["Waiting For:       \(wait.event)", "Waiting Since:     \(wait.since)"].map(Text.line)
                if let deadline = wait.deadline {
                    lines.append(Text.line("At The Latest:     \(deadline); then \(wait.then)"))
                }
            }
            let notes = Reference.notes(value["notes"])
            if !notes.isEmpty { lines += ["", "Step Notes:"] + notes }
            return lines.joined(separator: "\n")
        }
    }
}
