import ArgumentParser
import Primitives

struct LogsStep: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "step", abstract: "Show the log of a step.")

    @Argument(help: "The step, or step/ACTION/STEP[/TRY].")
    var step: String

    @Option(help: "The action's id.")
    var action: String?

    @Option(name: .customLong("try"), help: "Which attempt; the last by default.")
    var attempt: Int?

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let (action, step, rest) = try Reference.step(self.step, action: action)
        let attempt = self.attempt.map(String.init) ?? rest.first
        let answer = try await Daemon(options).send(
            "GET", "actions/\(PercentEncoding.encode(action))/steps/\(PercentEncoding.encode(step))/logs",
            query: attempt.map { [("try", $0)] } ?? [])
        print(answer.text, terminator: answer.text.hasSuffix("\n") ? "" : "\n")
    }
}
