import ArgumentParser
import OrderedCollections
import Primitives

struct CreateAction: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "action", abstract: "Start an action.")

    @Argument(
        help: "deploy_site, update_site, update_software, redeploy_server, relabel_nodes or test_site.")
    var name: String

    @Option(help: "A parameter, KEY=VALUE; may be repeated.")
    var param: [String] = []

    @Flag(help: "Allow commits since the last action that no action has used.")
    var allowIntermediateCommits = false

    @Flag(help: "Show the progress, and end with the action: 0 if it is Complete, else 1.")
    var wait = false

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        var parameters = Value.Object()
        for text in param {
            guard let equals = text.firstIndex(of: "=") else {
                throw Failure("Error: --param takes KEY=VALUE, not \(text).", exitCode: Failure.usage)
            }
            parameters[String(text[..<equals])] = .string(String(text[text.index(after: equals)...]))
        }
        let body: Value = ["name": .string(name), "parameters": .object(parameters)]
        let daemon = try Daemon(options)
        let earlier = wait ? await ActionProgress.failedTasks(daemon) : []
        let answer = try await daemon.send(
            "POST", "actions", query: [("allow-intermediate-commits", allowIntermediateCommits ? "true" : "false")],
            contentType: "application/json", body: Array(body.json(.compact).utf8))
        let action = answer.value ?? .null
        guard wait, let id = action["id"]?.stringValue else {
            options.output.show(action) { ActionTable.text([$0]) }
            return
        }
        let final = try await ActionProgress(daemon: daemon, id: id, output: options.output, earlier: earlier).follow()
        if options.output != .table { options.output.show(final) { _ in "" } }
        let lifecycle = final["action_lifecycle"]?.stringValue ?? "Unknown"
        guard lifecycle == "Complete" else {
            throw Failure("The action ended \(lifecycle). Look at it: boatyard describe action/\(id)")
        }
    }
}
