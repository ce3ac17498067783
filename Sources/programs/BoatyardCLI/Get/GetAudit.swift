import ArgumentParser
import Primitives

struct GetAudit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "List what was changed, by whom, from where, and what came of it.",
        discussion: """
            Every request that changes something is there, by the API and the Unix socket, also one that was refused. What machines \
            report of themselves is in their timelines: boatyard timeline NAME.
            """)

    @Option(help: "A time such as 2026-11-22T08:00:00, or how long ago: 30m, 2h, 7d.")
    var since: String?

    @Option(help: "As --since: none of that time or later.")
    var until: String?

    @Option(help: "What this user has done, by name.")
    var user: String?

    @Option(help: "At most so many, 1 to 10000: the newest ones, with --since the oldest. (default: 1000)")
    var limit: Int?

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let query = [("since", since), ("until", until), ("user", user), ("limit", limit.map { "\($0)" })]
        let entries = try await Daemon(options).get(
            "audit", query: query.compactMap { name, value in value.map { (name, $0) } })
        options.output.show(entries, table: Self.text)
    }

    static func text(_ entries: Value) -> String {
        let entries = entries.arrayValue ?? []
        guard !entries.isEmpty else { return "Nothing was changed in that time." }
        var table = Table("Time", "User", "From", "Outcome", "What")
        var reasons: [String] = []
        for entry in entries {
            func text(_ key: String) -> String { entry[key]?.stringValue ?? "" }
            let path = text("path").hasPrefix("/api/v1.0/") ? String(text("path").dropFirst(10)) : text("path")
            let isDone = text("outcome") == "done"
            if !isDone, !text("message").isEmpty {
                reasons.append("\(Text.second(text("time"))) \(Text.cut(Text.line(text("message")), to: 300))")
            }
            table.rows.append([
                Text.second(text("time")), text("user"), text("peer"),
                isDone ? "done" : "\(text("outcome")) (\(entry["status"]?.intValue ?? 0))",
                ["\(text("method")) \(path)", text("subject")].filter { !$0.isEmpty }.joined(separator: ": "),
            ])
        }
        return reasons.isEmpty ? table.text : "\(table.text)\n\n\(reasons.joined(separator: "\n"))"
    }
}
