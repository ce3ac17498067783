import ArgumentParser
import OrderedCollections
import Primitives

struct CreateAction: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "action", abstract: "Start an action.")

    private static let names = [
        "deploy_site", "update_site", "update_software", "redeploy_server", "relabel_nodes", "test_site",
    ]

    @Argument(help: ArgumentHelp("One of \(Self.names.joined(separator: ", "))."))
    var name: String

    @Option(help: "A parameter, KEY=VALUE; may be repeated.")
    var param: [String] = []

    @Flag(help: "Allow commits since the last action that no action has used.")
    var allowIntermediateCommits = false

    @Flag(help: "Show the progress, and end with the action: 0 if it is Complete, else 1.")
    var wait = false

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        _ = try Self.parameters(param)
        guard Self.names.contains(name) else {
            throw ValidationError("There is no action \(name). There are \(Self.names.joined(separator: ", ")).")
        }
    }

    func run() async throws {
        let body: Value = ["name": .string(name), "parameters": try Self.parameters(param)]
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
        try await ActionProgress(daemon: daemon, id: id, output: options.output, earlier: earlier).followToEnd()
    }

    /// - Throws: `ValidationError` for what is not `KEY=VALUE`.
    static func parameters(_ texts: [String]) throws -> Value {
        var parameters = Value.Object()
        for text in texts {
            guard let equals = text.firstIndex(of: "=") else {
                throw ValidationError("--param takes KEY=VALUE, not \(text).")
            }
            parameters[String(text[..<equals])] = .string(String(text[text.index(after: equals)...]))
        }
        return .object(parameters)
    }
}
