import ArgumentParser
import OrderedCollections
import Primitives

struct Plan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what another version of the documents means for each machine.",
        discussion: """
            Nothing is changed. A version is the number of a revision, or committed, buffer, last_site_action or \
            successful_site_action. Before the first commit, or the first action, the machines are new.
            """)

    @Option(help: "The version that the machines are at.")
    var from = "committed"

    @Option(help: "The version that they are to get to.")
    var to = "buffer"

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let daemon = try Daemon(options)
        // Before the first commit, or the first action, there is nothing to compare with.
        let before = try await Self.revision(from, daemon) ?? 0
        guard let after = try await Self.revision(to, daemon) else {
            guard to == "buffer" else { throw Failure("Error: There is no revision that is \(to).") }
            return show(
                Self.empty(before),
                because: "there are no documents. Stage some: boatyard create configdocs NAME "
                    + "--directory FOLDER")
        }
        let (findings, obstacle, isEmpty) = to == "buffer" ? await Self.findings(daemon) : ([], nil, false)
        let reason = isEmpty && from == "committed" ? Self.emptyBuffer(before) : nil
        if let reason, before == 0 { return show(Self.empty(before), because: reason) }
        var plan: Value
        do {
            plan = try await daemon.get("designs/\(after)/plan", query: [("from", String(before))])
        } catch var failure as Failure where !findings.isEmpty {
            failure.text += "\n" + MessageList.lines(findings).joined(separator: "\n")
            throw failure
        }
        if case .object(var members) = plan {
            if !findings.isEmpty { members["findings"] = .array(findings) }
            members["findings_error"] = obstacle.map(Value.string)
            plan = .object(members)
        }
        if let reason {
            show(plan, because: reason)
        } else {
            options.output.show(plan, table: Self.text)
        }
    }

    /// A plan with nothing in it: as data the plan, else why.
    private func show(_ plan: Value, because reason: String) {
        options.output.show(plan) { _ in "There is nothing to plan: \(reason)." }
    }

    private static func emptyBuffer(_ committed: Int) -> String {
        "the buffer is empty. " + (committed == 0 ? "Nothing is committed yet" : "Revision \(committed) is committed")
    }

    /// As the daemon would answer it for no machines.
    private static func empty(_ revision: Int) -> Value {
        ["from": .int(revision), "to": .int(revision), "nodes": [], "summary": [:]]
    }

    /// What a commit of the buffer would find: a plan is worth no more than its documents. Nothing where the buffer is
    /// empty.
    ///
    /// - Returns: the findings; why they cannot be had, as for those who may not commit; whether the buffer is empty.
    private static func findings(
        _ daemon: Daemon
    ) async -> (findings: [Value], obstacle: String?, isEmpty: Bool) {
        do {
            let answer = try await daemon.send("POST", "commitconfigdocs", query: [("dryrun", "true")])
            let messages = answer.value?["details"]?["messageList"]?.arrayValue ?? []
            return (messages.filter { !MessageList.isInfo($0) }, nil, false)
        } catch let failure as Failure {
            return ([], failure.isNothingToCommit ? nil : failure.text, failure.isNothingToCommit)
        } catch {
            return ([], error.inWords, false)
        }
    }

    /// The revision that a version's name stands for; nil where there is none yet.
    private static func revision(_ version: String, _ daemon: Daemon) async throws -> Int? {
        if let number = Int(version), number >= 0 { return number }
        let tags: [String]
        switch version {
        case "buffer": tags = []
        case "committed": tags = ["committed"]
        case "last_site_action": tags = ["site-action-success", "site-action-failure"]
        case "successful_site_action": tags = ["site-action-success"]
        default:
            throw Failure(
                "Error: '\(version)' is neither a revision's number nor one of committed, buffer, last_site_action,"
                    + " successful_site_action.", exitCode: Failure.usage)
        }
        let revisions = try await daemon.get("revisions", query: tags.map { ("tag", $0) })
        return (revisions["results"]?.arrayValue ?? []).compactMap { $0["id"]?.intValue }.max()
    }

    static func text(_ plan: Value) -> String {
        var table = Table("Machine", "Effect", "Differs")
        let machines = plan["nodes"]?.arrayValue ?? []
        for machine in machines.inNaturalOrder(of: { $0["name"]?.stringValue ?? "" }) {
            let effect = machine["effect"]?.stringValue ?? ""
            let fields = (machine["fields"]?.arrayValue ?? []).map(field)
            table.rows.append([machine["name"]?.stringValue ?? "", effects[effect] ?? effect, fields.first ?? ""])
            table.rows += fields.dropFirst().map { ["", "", $0] }
        }
        let counts = (plan["summary"]?.objectValue ?? [:]).compactMap { effect, count -> String? in
            guard let count = count.intValue, count > 0 else { return nil }
            return "\(count) \(Text.line(effects[effect] ?? effect))"
        }
        let before = plan["from"]?.intValue ?? 0
        let title =
            "From \(before == 0 ? "nothing" : "revision \(before)") to revision \(plan["to"]?.intValue ?? 0): "
            + (counts.isEmpty ? "no machines" : counts.joined(separator: ", "))
        var blocks = table.rows.isEmpty ? [title] : [title, table.text]
        let isDifferent = machines.contains {
            ["boot_actions", "network", "reinstall"].contains($0["effect"]?.stringValue ?? "")
        }
        if isDifferent { blocks.append(wayOn) }
        let findings = plan["findings"]?.arrayValue ?? []
        if !findings.isEmpty {
            blocks.append((MessageList.lines(findings) + ["", MessageList.counts(findings)]).joined(separator: "\n"))
        }
        if let obstacle = plan["findings_error"]?.stringValue {
            blocks.append("What a commit would find in the documents is not known:\n\(obstacle)")
        }
        return blocks.joined(separator: "\n\n")
    }

    private static let effects = [
        "nothing": "nothing", "boot_actions": "boot actions only", "network": "network only",
        "reinstall": "DESTRUCTIVE REINSTALL", "new": "new", "gone": "gone",
    ]

    /// What makes of a plan what it says, in the words that the end of an action has for it.
    private static let wayOn =
        "deploy_site and update_site install machines that are not Deployed, and leave the others as they are: one that differs "
        + "needs redeploy_server, which installs it anew, from an empty disk."

    private static func field(_ field: Value) -> String {
        func shown(_ value: Value?) -> String? {
            switch value {
            case .array, .object: nil
            case .none, .null: "none"
            case .some(let other): Text.cut(Reference.text(other) ?? "", to: 40)
            }
        }
        let path = field["path"]?.stringValue ?? ""
        if let before = shown(field["from"]), let after = shown(field["to"]) { return "\(path): \(before) → \(after)" }
        if field["from"]?.isNull ?? true { return "\(path): added" }
        if field["to"]?.isNull ?? true { return "\(path): removed" }
        return path
    }
}
