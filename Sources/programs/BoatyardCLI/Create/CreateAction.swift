import ArgumentParser
import OrderedCollections
import Primitives
import SiteActions

struct CreateAction: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "action", abstract: "Start an action.",
        usage:
            "boatyard create action <name> [--param <key=value> ...] [--allow-intermediate-commits] [--wait] [<options>]",
        discussion: """
            The machines of a site:
              boatyard create action deploy_site --wait
            Two of them once more, from an empty disk:
              boatyard create action redeploy_server --param target_nodes=n1,n2 --wait
            """)

    @Argument(help: ArgumentHelp("One of \(ActionHelp.names)."), completion: .list(ActionHelp.nameCompletions))
    var name: String

    @Option(
        help: ArgumentHelp("A parameter; may be repeated. \(ActionHelp.parameters)", valueName: "key=value"),
        completion: .list(ActionHelp.parameterCompletions))
    var param: [String] = []

    @Flag(help: "Allow commits since the last action that no action has used.")
    var allowIntermediateCommits = false

    @Flag(help: "Show the progress, and end with the action: 0 if it is Complete, else 1.")
    var wait = false

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        let given = try Self.parameters(param).objectValue ?? [:]
        guard let kind = SiteActionKind(rawValue: name) else {
            throw ValidationError("There is no action \(name). There are \(ActionHelp.names).")
        }
        // The daemon ignores any other, as Airship's does, so a typing error would go unnoticed.
        let known = kind.definition.parameters.map(\.rawValue)
        if let unknown = given.keys.first(where: { !known.contains($0) }) {
            throw ValidationError(
                "\(name) has no parameter \(unknown), which the daemon would pass over. It has "
                    + "\(known.joined(separator: ", ")).")
        }
    }

    func run() async throws {
        let body: Value = ["name": .string(name), "parameters": try Self.parameters(param)]
        let daemon = try Daemon(options)
        let earlier = wait ? await ActionProgress.failedTasks(daemon) : []
        let answer = try await daemon.send(
            "POST", "actions", query: [("allow-intermediate-commits", allowIntermediateCommits ? "true" : "false")],
            contentType: "application/json", body: Array(body.json(.compact).utf8))
        let action = try answer.data(of: "POST actions")
        guard wait, let id = action["id"]?.stringValue else {
            options.output.show(action) { action in
                let id = action["id"]?.stringValue ?? ""
                return ActionTable.text([action]) + "\n\nFollow it: boatyard describe action/\(id) --wait"
            }
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
