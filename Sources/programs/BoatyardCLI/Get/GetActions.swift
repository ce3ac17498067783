import ArgumentParser
import Primitives

struct GetActions: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "actions", abstract: "List the actions.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let actions = try await Daemon(options).get("actions")
        options.output.show(actions) { ActionTable.text($0.arrayValue ?? []) }
    }
}
