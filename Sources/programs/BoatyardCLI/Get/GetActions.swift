import ArgumentParser
import Primitives

struct GetActions: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "actions", abstract: "List the actions.")

    @OptionGroup var watching: WatchOptions

    @OptionGroup var options: GlobalOptions

    func validate() throws { try watching.validate(options) }

    func run() async throws {
        let daemon = try Daemon(options)
        try await watching.show(options, { try await daemon.get("actions") }) { ActionTable.text($0.arrayValue ?? []) }
    }
}
