import ArgumentParser
import Primitives

struct HardwareTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Test the hardware of a machine, and hold it against the design.",
        discussion: """
            The machine boots the installer from the network, tests its memory, disks, links, neighbours and clocks, and boots as \
            it did before. Nothing on its disks changes, and the node stays in its state; what runs on it is switched off \
            meanwhile. A quick test takes a few minutes. With --wait, and with --show, the exit status is 1 unless the test has \
            passed.
            """)

    @Argument(help: "The node's name.", completion: LiveNames.nodes)
    var name: String

    @Flag(help: "Test all free memory, and many places of each disk: up to three quarters of an hour.")
    var full = false

    @Flag(help: "Wait until the test has ended, and show what it has found.")
    var wait = false

    @Flag(help: "Show what the newest test has found, and test nothing.")
    var show = false

    @Flag(help: "End a test: boot the machine as it would without.")
    var end = false

    @Flag(inversion: .prefixedNo, help: "Have the BMC choose the boot device and switch the machine off and on.")
    var power = true

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard [show, end, full || wait].count(where: { $0 }) <= 1 else {
            throw ValidationError("--show and --end go with nothing but --no-power.")
        }
    }

    private var path: String { "nodes/\(PercentCoding.encode(name))/test" }

    func run() async throws {
        let daemon = try Daemon(options)
        if show { return try finish(try await daemon.send("GET", path).data(of: "the test of \(name)")) }
        var query = power ? [] : [("power", "false")]
        if full { query.append(("full", "true")) }
        let answer = try await daemon.send(end ? "DELETE" : "POST", path, query: query).data(of: "the test of \(name)")
        guard wait else { return options.output.show(answer) { HardwareTestText.order(name, $0) } }
        if options.output == .table { Console.print(HardwareTestText.order(name, answer)) }
        let test = answer["test"]
        while true {
            let state = try await daemon.send("GET", path, query: [("wait", "60s")]).data(of: "the test of \(name)")
            guard state["test"] == test else {
                throw Failure("Error: Another test of \(name) was begun; this one has ended.")
            }
            if state["ended"]?.stringValue != nil { return try finish(state) }
        }
    }

    private func finish(_ test: Value) throws {
        options.output.show(test) { HardwareTestText.result(name, $0) }
        // One that is under way has not passed either.
        guard test["outcome"] == "passed" else { throw ExitCode.failure }
    }
}

/// Tests of hardware for people.
enum HardwareTestText {
    /// - Parameter answer: to the order of a test, or of its end.
    static func order(_ name: String, _ answer: Value) -> String {
        let messages = (answer["messages"]?.arrayValue ?? []).compactMap(\.stringValue)
        let isOpen = answer["ended"]?.stringValue == nil
        let deadline = Text.second(answer["deadline"]?.stringValue ?? "")
        let head =
            isOpen
            ? "\(name) is marked for a \(answer["mode"]?.stringValue ?? "") test; it has until \(deadline)."
            : "\(name) is tested no more."
        let rest =
            isOpen
            ? [
                "See it come up with: boatyard timeline \(name) --follow",
                "See what it finds with: boatyard test \(name) --show",
            ] : []
        return ([head] + messages + rest).map(Text.line).joined(separator: "\n")
    }

    /// - Parameter test: as the daemon has it.
    static func result(_ name: String, _ test: Value) -> String {
        let order = ["error", "warning", "not checked", "passed"]
        let findings = test["findings"]?.arrayValue ?? []
        var table = Table("Result", "Part", "Check", "Seen", "Design", "To do")
        for result in order {
            for finding in findings where finding["result"]?.stringValue == result {
                table.rows.append(
                    [result]
                        + ["subject", "check", "seen", "expected", "remedy"].map { finding[$0]?.stringValue ?? "" })
            }
        }
        let head = Text.line(head(name, test))
        return table.rows.isEmpty ? head : "\(table.text)\n\n\(head)"
    }

    private static func head(_ name: String, _ test: Value) -> String {
        let mode = test["mode"]?.stringValue ?? ""
        let reason = test["reason"]?.stringValue ?? ""
        let time = Text.second(test["ended"]?.stringValue ?? "")
        switch test["outcome"]?.stringValue {
        case "passed": return "\(name) has passed its \(mode) test (\(time))\(counts(test))."
        case "failed": return "\(name) has not passed its \(mode) test (\(time))\(counts(test))."
        case "overdue":
            return
                "\(name) has not come back from its \(mode) test. \(reason). Look at its console; its installer may have been "
                + "built before there were tests ('boatyard netboot build' makes a new one). Boot it with: boatyard test "
                + "\(name) --end"
        case "stopped": return "The \(mode) test of \(name) was stopped: \(reason)."
        default:
            return
                "\(name) is being tested (\(mode)); it has until \(Text.second(test["deadline"]?.stringValue ?? ""))."
        }
    }

    private static func counts(_ test: Value) -> String {
        let findings = test["findings"]?.arrayValue ?? []
        let parts = ["error", "warning", "passed", "not checked"].map { result in
            let count = findings.count { $0["result"]?.stringValue == result }
            let isPlural = count != 1 && ["error", "warning"].contains(result)
            return "\(count) \(result)\(isPlural ? "s" : "")"
        }
        return ": " + parts.joined(separator: ", ")
    }

    /// The remark of `boatyard get nodes`; nil where there is nothing to say.
    static func remark(_ name: String, _ test: Value?) -> String? {
        guard let test, !test.isNull else { return nil }
        let mode = test["mode"]?.stringValue ?? ""
        switch test["outcome"]?.stringValue {
        case nil: return "is being tested (\(mode)) since \(Text.second(test["since"]?.stringValue ?? ""))"
        case "failed":
            let errors = test["errors"]?.intValue ?? 0
            return
                "has not passed its \(mode) test: \(errors) \(errors == 1 ? "error" : "errors"). List them with: boatyard test "
                + "\(name) --show"
        case "overdue":
            return
                "has not come back from its \(mode) test. Look at its console; boot it with: boatyard test \(name) --end"
        default: return nil
        }
    }
}
