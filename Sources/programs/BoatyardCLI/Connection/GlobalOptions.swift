import ArgumentParser
import Glibc
import Settings

/// Options of every command: where the daemon is, and how to print what it says.
struct GlobalOptions: ParsableArguments {
    @OptionGroup var connection: ConnectionOptions

    @Option(
        name: [.customShort("o"), .long, .customLong("output-format")],
        help: "table, json or yaml; cli, format and raw are taken for table, json and json.")
    var output: OutputFormat = .table

    static func environment(_ name: String) -> String? { ConnectionOptions.environment(name) }
}

/// Where the daemon is, and who asks.
struct ConnectionOptions: ParsableArguments {
    /// Where the daemon listens unless its settings say otherwise.
    static let defaultSocket = Settings().listeners.admin.path

    @Option(help: "The daemon's Unix socket. (default: $BOATYARD_SOCKET, else \(Self.defaultSocket))")
    var socket: String?

    @Option(
        help: "The daemon's API over HTTP, instead of the socket, such as http://seed:9000. (default: $BOATYARD_URL)")
    var url: String?

    @Option(name: [.long, .customLong("os-auth-token")], help: "A token for --url. (default: $OS_AUTH_TOKEN)")
    var token: String?

    @Option(
        name: [.long, .customLong("os-cacert")],
        help: ArgumentHelp(
            "PEM file, or folder, of the authorities that the certificate of --url must be signed by, instead of the "
                + "system's. (default: $OS_CACERT)", valueName: "file"))
    var cacert: String?

    @Option(help: "How many notes to ask for, 0 to 5. (default: 1)")
    var verbosity: Int?

    @Option(
        help: ArgumentHelp(
            "What the daemon notes with what it does: 1 to 64 visible ASCII characters, such as a UUID.",
            valueName: "marker"))
    var contextMarker: String?

    @OptionGroup var login: LoginOptions

    @Flag(
        inversion: .prefixedNo, exclusivity: .chooseLast,
        help: ArgumentHelp(
            "Write each request and the status of its answer to standard error.", visibility: .hidden))
    var debug = false

    func validate() throws {
        if socket != nil, url != nil { throw ValidationError("Give either --socket or --url.") }
        if let verbosity, !(0...5).contains(verbosity) { throw ValidationError("--verbosity is 0 to 5.") }
    }

    static func environment(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }
}

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table
    case json
    case yaml

    /// With the words of the shipyard CLI, too.
    init?(argument: String) {
        switch argument {
        case "cli": self = .table
        case "format", "raw": self = .json
        default: self.init(rawValue: argument)
        }
    }
}
