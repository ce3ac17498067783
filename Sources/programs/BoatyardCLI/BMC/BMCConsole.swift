import ArgumentParser
import IPMI
import OutOfBand

struct BMCConsole: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "console", abstract: "Open the serial console of a machine, and type at it.",
        discussion: "Escapes: \(EscapeKeys.help).")

    @OptionGroup var target: BMCTarget

    @Flag(help: "Take the console from another session that has it, that of a daemon for instance.")
    var take = false

    @Flag(
        help:
            "Also where the BMC does not encrypt it: what the machine shows, and what is typed, can be read on the network."
    )
    var clear = false

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        if options.output != .table { throw ValidationError("A console is shown as it comes: leave out --output.") }
    }

    func run() async throws {
        guard RawTerminal.isThere else { throw RawTerminal.absent }
        guard target.account.user != nil else {
            return try await ConsoleCommand.interact(with: target.target, Daemon(options), takesOver: take)
        }
        guard let credentials = try target.account.credentials(), let endpoint = BMCEndpoint(target.target) else {
            throw Failure("Error: give the account of the BMC with --user.", exitCode: Failure.usage)
        }
        do {
            let time = Duration.seconds(target.timeout)
            let session = try await BMCAccount.client.open(endpoint: endpoint, credentials: credentials, within: time)
            do {
                let console = try await session.within(time) {
                    try await $0.openConsole(ConsoleOptions(takesOver: take, allowsClear: clear))
                }
                try await ConsoleTerminal.join("\(endpoint)", RemoteConsole(console))
                // A BMC that has fallen silent does not keep whoever has left its console.
                try? await session.within(.seconds(2)) { _ in await console.close() }
                await session.close()
            } catch {
                await session.close()
                throw error
            }
        } catch let error as IPMIError {
            throw Failure("Error: \(Text.line(error.message))")
        }
    }
}
