import ArgumentParser
import Primitives

struct CommitConfigdocs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "configdocs", abstract: "Validate the buffer, and make it the committed revision.")

    @Flag(help: "Commit although validations fail.")
    var force = false

    @Flag(help: "Validate only.")
    var dryrun = false

    @Flag(name: .shortAndLong, help: "Show informational messages, too.")
    var verbose = false

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let answer = try await Daemon(options).send(
            "POST", "commitconfigdocs",
            query: [("force", force ? "true" : "false"), ("dryrun", dryrun ? "true" : "false")])
        let value = try answer.data(of: "POST commitconfigdocs")
        options.output.show(value) {
            MessageList.status(
                $0,
                done: dryrun
                    ? "Configuration documents were not committed. Currently in dryrun mode."
                    : "Configuration documents committed.", verbose: verbose)
        }
        // A dry run is accepted whatever it finds; whoever asks wants to know.
        if dryrun, value["details"]?["errorCount"]?.intValue ?? 0 > 0 { throw ExitCode.failure }
    }
}
