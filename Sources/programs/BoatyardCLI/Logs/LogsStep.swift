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
        let daemon = try Daemon(options)
        do {
            let answer = try await daemon.send(
                "GET", "actions/\(PercentCoding.encode(action))/steps/\(PercentCoding.encode(step))/logs",
                query: attempt.map { [("try", $0)] } ?? [])
            Console.print(answer.text, terminator: answer.text.hasSuffix("\n") ? "" : "\n")
        } catch let failure as Failure where failure.status == 404 {
            // The daemon says of everything that it cannot retrieve the step.
            throw Self.explanation(step, try await daemon.step(step, of: action), attempt: attempt) ?? failure
        }
    }

    private static func explanation(_ step: String, _ record: Value, attempt: String?) -> Failure? {
        let tries = record["try_number"]?.intValue ?? 0
        guard tries > 0 else {
            let state = record["state"]?.stringValue.map { "it is \($0)" } ?? "its turn has not come"
            return Failure("The step \(step) has no log, since it has not run: \(state).")
        }
        guard let attempt else { return nil }
        return Failure("The step \(step) has no try \(attempt): it has run \(tries == 1 ? "once" : "\(tries) times").")
    }
}
