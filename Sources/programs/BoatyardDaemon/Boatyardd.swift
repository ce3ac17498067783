import ArgumentParser
import Glibc
import Logging
import MessageCatalog
import Primitives
import Settings
import SystemSupport

/// What runs as `boatyardd`.
package enum DaemonProgram {
    /// Returns once it was told to stop. On the first thread, before any other takes a heap of its own.
    @MainActor package static func main() async { await Boatyardd.main() }
}

/// The daemon's command line.
struct Boatyardd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "boatyardd",
        abstract: "Builds a bare-metal site from layered documents: Shipyard, Drydock and Deckhand in one daemon.",
        discussion: """
            Settings come from \(Settings.defaultFile); an environment variable such as
            BOATYARD_LISTENERS_API_ADDRESS wins over the file, and an option over both.
            """,
        version: boatyardVersion)

    @Option(help: ArgumentHelp("Read settings from this file.", valueName: "file"))
    var config: String?

    @Option(
        name: .customLong("state-dir"),
        help: ArgumentHelp("Keep database, keys and logs in this directory.", valueName: "directory"))
    var stateDirectory: String?

    @Flag(
        help: ArgumentHelp(
            "Try it out: free ports on loopback, and state in a temporary directory that is removed at the end.",
            discussion: "Prints one line of JSON with its addresses when it is ready."))
    var ephemeral = false

    @Flag(help: "Do not remove the temporary directory of --ephemeral.")
    var keep = false

    @Flag(name: .customLong("no-auth"), help: "Let everyone in as an administrator; only with --ephemeral.")
    var noAuthentication = false

    @Option(
        name: .customLong("rehearsal-map"),
        help: ArgumentHelp("Talk to the simulated machines that boatyard-rehearse described here.", valueName: "file"))
    var rehearsalMap: String?

    @MainActor static func main() async {
        Memory.shareHeap()
        do {
            var command = try parseAsRoot()
            if let daemon = command as? Boatyardd { try await daemon.run() } else { try command.run() }
        } catch {
            end(with: error)
        }
    }

    /// Prints help, the version, or what is wrong with the arguments, in which anything may stand.
    private static func end(with error: any Error) -> Never {
        let code = exitCode(for: error)
        let text = fullMessage(for: error)
        if !text.isEmpty {
            if code.isSuccess { StandardStreams.output(text + "\n") } else { StandardStreams.error(text + "\n") }
        }
        Glibc.exit(code.rawValue)
    }

    func validate() throws {
        if noAuthentication, !ephemeral {
            throw ValidationError(
                "--no-auth lets everyone in, so it is only taken together with --ephemeral, which listens on "
                    + "loopback alone.")
        }
        if keep, !ephemeral { throw ValidationError("--keep only means something together with --ephemeral.") }
    }

    func run() async throws {
        do {
            try await Daemon(options: self).run()
        } catch {
            let words = error.inWords
            if !LastMessage.sendToJournal(words, .notStarted, level: .error, identifier: "boatyardd") {
                StandardStreams.error("boatyardd: \(words)\n")
            }
            throw ExitCode.failure
        }
    }
}
