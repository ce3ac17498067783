import ArgumentParser
import Glibc

/// Options of every command: where the daemon is, and how to print what it says.
struct GlobalOptions: ParsableArguments {
    @Option(help: "The daemon's Unix socket. (default: $BOATYARD_SOCKET, else /run/boatyard/api.sock)")
    var socket: String?

    @Option(
        help: "The daemon's API over HTTP, instead of the socket, such as http://seed:9000. (default: $BOATYARD_URL)")
    var url: String?

    @Option(help: "A token for --url. (default: $OS_AUTH_TOKEN)")
    var token: String?

    @Option(name: .shortAndLong, help: "table, json or yaml.")
    var output: OutputFormat = .table

    func validate() throws {
        if socket != nil, url != nil { throw ValidationError("Give either --socket or --url.") }
    }

    /// The shipyard CLI takes these before the command, the parser takes them behind it: both work.
    static func movedBehindCommand(_ arguments: [String]) -> [String] {
        let names: Set = ["--socket", "--url", "--token", "--output", "-o"]
        var moved: [String] = []
        var rest = arguments[...]
        while let first = rest.first {
            if names.contains(first), rest.count > 1 {
                moved += rest.prefix(2)
                rest = rest.dropFirst(2)
            } else if names.contains(where: { $0.hasPrefix("--") && first.hasPrefix($0 + "=") }) {
                moved.append(first)
                rest = rest.dropFirst()
            } else {
                break
            }
        }
        return Array(rest) + moved
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
}
