/// Ways to write a command that the shipyard CLI takes and the parser does not.
enum ArgumentForms {
    private static let optionsWithValue: Set = [
        "--socket", "--url", "--token", "--os-auth-token", "--cacert", "--os-cacert", "--output", "--output-format",
        "-o", "--verbosity",
        "--context-marker", "--os-auth-url", "--os-username", "--os-password", "--os-project-name",
        "--os-project-domain-name", "--os-user-domain-name", "--os-domain-name",
    ]
    private static let optionsWithoutValue: Set = ["--debug", "--no-debug"]
    private static let kinds: [String: Set<String>] = [
        "describe": ["action", "step", "validation", "workflow", "notedetails"], "logs": ["step"],
    ]

    /// Topics of `help` that are no commands here.
    private static let topics = ["actions": ["create", "action"], "configdocs": ["create", "configdocs"]]

    static func normalized(_ arguments: [String]) -> [String] {
        let ordered = globalOptionsBehindCommand(arguments)
        if ordered.count == 2, ordered[0] == "help", let command = topics[ordered[1]] { return ["help"] + command }
        return withKind(ordered)
    }

    /// `boatyard --output json get nodes`: the parser wants options behind the command.
    private static func globalOptionsBehindCommand(_ arguments: [String]) -> [String] {
        var moved: [String] = []
        var rest = arguments[...]
        while var first = rest.first {
            // Behind a command, -v may mean something else.
            if first == "-v" { first = "--verbosity" }
            if optionsWithValue.contains(first), rest.count > 1 {
                moved += [first] + rest.dropFirst().prefix(1)
                rest = rest.dropFirst(2)
            } else if optionsWithoutValue.contains(first)
                || optionsWithValue.contains(where: { $0.hasPrefix("--") && first.hasPrefix($0 + "=") })
            {
                moved.append(first)
                rest = rest.dropFirst()
            } else {
                break
            }
        }
        return Array(rest) + moved
    }

    /// `describe action/ID` says what it describes once.
    private static func withKind(_ arguments: [String]) -> [String] {
        guard arguments.count > 1, let kinds = kinds[arguments[0]],
            let slash = arguments[1].firstIndex(of: "/"), kinds.contains(String(arguments[1][..<slash]))
        else { return arguments }
        return [arguments[0], String(arguments[1][..<slash])] + arguments.dropFirst()
    }
}
