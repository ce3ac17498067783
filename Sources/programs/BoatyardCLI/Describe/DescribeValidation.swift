import ArgumentParser
import Primitives

struct DescribeValidation: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validation", abstract: "Show a validation of an action.")

    @Argument(help: "The validation, or validation/ACTION/VALIDATION.")
    var validation: String

    @Option(help: "The action's id.")
    var action: String?

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let (action, validation, _) = try Reference.member(self.validation, kind: "validation", action: action)
        let answer = try await Daemon(options).get(
            "actions/\(PercentCoding.encode(action))/validations/\(PercentCoding.encode(validation))")
        options.output.show(answer, table: DescribeAction.validation)
    }
}
