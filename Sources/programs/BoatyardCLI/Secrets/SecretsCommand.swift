import ArgumentParser
import Primitives

struct SecretsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secrets", abstract: "What the daemon keeps encrypted.", subcommands: [SecretsRotate.self])
}

struct SecretsRotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Make a new master key, and encrypt everything anew.",
        discussion: """
            Encrypted documents, install plans and keys of boot actions are stored under the new key in one step; the old
            key opens nothing afterwards but backups made before. Back up the state directory again. Works over the
            daemon's Unix socket only.
            """)

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let answer = try await Daemon(options).send("POST", "master-key/rotate")
            .data(of: "POST master-key/rotate")
        options.output.show(answer) { "Master key replaced; secrets: \($0["secrets"]?.intValue ?? 0)." }
    }
}
