import ArgumentParser
import Glibc
import InstallerTools
import Primitives

@main
struct Agent: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "boatyard-agent",
        abstract: "Install this machine as the daemon says.",
        discussion: """
            Runs in the ramdisk that 'boatyard netboot build' makes, and once on the system that it has installed. It \
            changes disks: on any other machine only --help and --version are of use.
            """,
        version: boatyardVersion,
        subcommands: [Install.self, Network.self, Erase.self, Booted.self, TestMemory.self])

    static func main() async {
        // Without /proc it gets no arguments, and shows its overview: so it is tried on an image that nothing is mounted in.
        // A program that ends early, or a console that goes away, is an error of a call.
        signal(SIGPIPE, SIG_IGN)
        CoreFiles.forbid()
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
        } catch {
            let code = exitCode(for: error)
            let text = fullMessage(for: error)
            if !text.isEmpty { Console.write(text, to: code.isSuccess ? STDOUT_FILENO : STDERR_FILENO) }
            Glibc.exit(code.rawValue)
        }
    }
}

/// Where people read.
enum Console {
    static func write(_ text: String, to descriptor: CInt = STDOUT_FILENO) {
        let bytes = Array((ControlCharacters.escaped(text, keepsLines: true) + "\n").utf8)
        // A stream that is closed leaves nobody to tell.
        _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }

    /// Ends the program with an error in words.
    static func failure(_ error: any Error) -> ExitCode {
        write("Error: \((error as? any TypedError)?.description ?? "\(error)")", to: STDERR_FILENO)
        return .failure
    }
}
