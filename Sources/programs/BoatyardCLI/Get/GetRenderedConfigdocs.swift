import ArgumentParser

struct GetRenderedConfigdocs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "renderedconfigdocs", abstract: "Show the documents as they are rendered.")

    @OptionGroup var versions: VersionOptions

    @Flag(help: "With secrets, to whom the policy shows them.")
    var cleartextSecrets = false

    @OptionGroup var options: GlobalOptions

    func validate() throws { _ = try versions.single() }

    func run() async throws {
        let answer = try await Daemon(options).send(
            "GET", "renderedconfigdocs",
            query: versions.single() + [("cleartext-secrets", cleartextSecrets ? "true" : "false")])
        try options.output.show(stream: answer.bytes)
    }
}
