import ArgumentParser
import Primitives

struct ConsoleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "console",
        abstract: "Show what a machine has written to its serial console, or type at it.",
        discussion: """
            The daemon keeps what a machine writes from the power cycle that a task orders until it is installed: the newest \
            512 KiB of each boot, and five boots; which one is shown stands on standard error. Tests and rescues that operators \
            ask for are not kept: --interactive shows them. That takes a BMC with IPMI and serial over LAN (oob.type ipmi). Control characters are shown as \\u001b; --interactive gives the terminal to \
            the machine as it is.
            """)

    @Argument(help: "The node's name.", completion: LiveNames.nodes)
    var name: String

    @Flag(help: "Go on with what the machine writes from now on, until Ctrl-C.")
    var follow = false

    @Option(help: "Another boot than the newest one, which is 0: 1 is the one before.")
    var boot = 0

    @Flag(help: ArgumentHelp("Open the console and type at it; \(EscapeKeys.help)."))
    var interactive = false

    @Flag(help: "With --interactive: take the console from another session that has it.")
    var take = false

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        if boot < 0 { throw ValidationError("--boot is 0 for the newest boot, 1 for the one before.") }
        if follow || interactive, boot != 0 { throw ValidationError("--boot is for what is over: leave out the rest.") }
        if take, !interactive { throw ValidationError("--take needs --interactive.") }
        if follow || interactive, options.output != .table {
            throw ValidationError("--output is for what is kept: --follow and --interactive show it as it comes.")
        }
    }

    func run() async throws {
        let daemon = try Daemon(options)
        let path = "nodes/\(PercentCoding.encode(name))/console"
        if interactive {
            guard RawTerminal.isThere else { throw RawTerminal.absent }
            return try await Self.interact(with: name, daemon, takesOver: take)
        }
        guard follow else {
            let answer = try await daemon.send("GET", path, query: [("boot", String(boot))])
            let list = try await daemon.get(path, query: [("list", "true")])
            if let remark = ConsoleBoots.remark(name, boot, list) { Console.printError(remark) }
            if answer.bytes.isEmpty { Console.printError("\(name) has written nothing to its console in that boot.") }
            guard options.output == .table else {
                let text = String(decoding: answer.bytes, as: UTF8.self)
                return options.output.show(["node": .string(name), "boot": .int(boot), "text": .string(text)]) { _ in ""
                }
            }
            var text = ConsoleText()
            Console.print(text.take(answer.bytes) + text.end(), terminator: "")
            return
        }
        let shown = ConsolePrinter()
        try await daemon.stream(path, query: [("follow", "true")]) { shown.show($0) }
    }

    /// Opens the console of a node through the daemon, and joins it with the terminal.
    static func interact(with name: String, _ daemon: Daemon, takesOver: Bool) async throws {
        let path = "nodes/\(PercentCoding.encode(name))/console"
        var query = [("open", "true")]
        if takesOver { query.append(("take", "true")) }
        let line = RemoteConsole(
            follow: { [query] show in try await daemon.stream(path, query: query, take: show) },
            write: { characters in
                for start in stride(from: 0, to: characters.count, by: Self.longestInput) {
                    let piece = Array(characters[start..<min(start + Self.longestInput, characters.count)])
                    _ = try await daemon.send("POST", path, contentType: "application/octet-stream", body: piece)
                }
            },
            sendBreak: { _ = try await daemon.send("POST", path, query: [("break", "true")]) })
        try await ConsoleTerminal.join(name, line)
    }

    /// In bytes: the most that the daemon takes at once.
    private static let longestInput = 4 << 10
}

/// Which boots of a machine there are in the record of its console, for people.
enum ConsoleBoots {
    /// `n1: boot 0, recorded until 2026-11-30 11:21:44Z, of 2 in the record (--boot 1: 2026-11-30 10:02:11Z); …`
    ///
    /// - Parameters:
    ///   - boot: the one that is shown.
    ///   - list: as the daemon lists them.
    /// - Returns: nil where that boot is not listed.
    static func remark(_ name: String, _ boot: Int, _ list: Value) -> String? {
        let written = (list["boots"]?.arrayValue ?? []).map { boot in
            let time = (boot["written"]?.stringValue ?? "").prefix(19)
            return "\(time.prefix(10)) \(time.dropFirst(11))Z"
        }
        guard written.indices.contains(boot) else { return nil }
        let others = written.enumerated().filter { $0.offset != boot }.map { "--boot \($0.offset): \($0.element)" }
        return Text.line(
            "\(name): boot \(boot), recorded until \(written[boot]), of \(written.count) in the record"
                + (others.isEmpty ? "" : " (\(others.joined(separator: ", ")))")
                + "; later boots that no task has ordered are not in it.")
    }
}
