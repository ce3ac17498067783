import ArgumentParser
import Primitives

/// Names of commands that were mistyped: the parser takes one for an argument that nobody asked for.
enum CommandNames {
    /// What to say of arguments that name no command; nil where they do.
    static func problem(
        in arguments: [String], of command: any ParsableCommand.Type = Boatyard.self, path: [String] = []
    ) -> String? {
        let subcommands = Self.subcommands(of: command)
        guard let first = arguments.first, !subcommands.isEmpty, !first.hasPrefix("-") else { return nil }
        if first == "help", path.isEmpty { return nil }
        guard let next = subcommands.first(where: { name(of: $0) == first || $0.configuration.aliases.contains(first) })
        else {
            // What takes arguments of its own beside its subcommands.
            guard command.configuration.defaultSubcommand == nil else { return nil }
            let place = path.isEmpty ? "" : " of '\(path.joined(separator: " "))'"
            return "Error: there is no command '\(Text.cut(Text.line(first), to: 60))'\(place)."
                + Suggestion.sentence(for: first, among: subcommands.map(name(of:)).filter { !$0.hasPrefix("_") })
                + "\nAll of them: boatyard \((path + ["--help"]).joined(separator: " "))"
        }
        return problem(in: Array(arguments.dropFirst()), of: next, path: path + [first])
    }

    private static func subcommands(of command: any ParsableCommand.Type) -> [any ParsableCommand.Type] {
        command.configuration.subcommands + command.configuration.groupedSubcommands.flatMap(\.subcommands)
    }

    private static func name(of command: any ParsableCommand.Type) -> String { command._commandName }
}
