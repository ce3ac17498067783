import Primitives
import SiteActions

/// How an action ended, and the way on, in the words that the last lines say it with.
struct ActionOutcome {
    var view: ActionView
    var reasons: FailureReasons

    /// `Complete, but 1 of 4 machines failed: n3 (…)`, why steps failed, and what to do then.
    var lines: [String] {
        let stages = view.stages
        // A step that was stopped has noted no stages; what its tasks told until then still stands.
        let told =
            isInterrupted
            ? Set(self.reasons.machines.keys).union(interrupted.keys).subtracting(stages.values.joined()) : []
        let failed = ((stages["FAILED"] ?? []) + told).inNaturalOrder { $0 }
        let heldBack = view.steps.flatMap(\.heldBack)
        let held = Set(heldBack.flatMap(\.nodes))
        let all = involved(stages).union(held)
        let erased = view.machines.filter { $0.isErased && all.contains($0.name) }.map(\.name)
        let untouched = (stages["NOT_STARTED"] ?? []).filter { !held.contains($0) && !erased.contains($0) }
        let installed = Set(view.changes(.installed).map(\.node))
        var lines: [String] = []
        let reasons = failed.map { name in
            (name, self.reasons.machines[name] ?? interrupted[name] ?? "the step's log tells why")
        }
        // After a purge, and where nobody has told of the machines, how many there were is not known.
        let isWhole = all.isSuperset(of: failed)
        switch reasons.count {
        case 0:
            let deployed = stages["DEPLOYED"] ?? []
            let changes = self.changes(but: [])
            let summary = changes.isEmpty ? "\(Self.machines(deployed.count)) deployed" : changes
            lines.append(deployed.isEmpty ? view.lifecycle : "\(view.lifecycle): \(summary)")
        case 1:
            let count = isWhole ? "1 of \(Self.machines(all.count)) failed" : "1 machine failed"
            lines.append("\(opening) \(count): \(reasons[0].0) (\(reasons[0].1))")
        default:
            let count =
                isWhole ? "\(failed.count) of \(Self.machines(all.count)) failed" : "\(failed.count) machines failed"
            lines.append("\(opening) \(count)\(Self.stages(of: failed, installed: installed)):")
            let width = reasons.map(\.0.count).max() ?? 0
            lines += reasons.map { "  \(Text.padded($0.0, width + 2))\($0.1)" }
        }
        if !failed.isEmpty || view.lifecycle == "Failed" {
            if !untouched.isEmpty { lines.append("  not started: \(untouched.joined(separator: ", "))") }
            let left = all.subtracting(stages.values.joined()).subtracting(held).subtracting(erased)
                .inNaturalOrder { $0 }
            if !left.isEmpty, !stages.isEmpty { lines.append("  not deployed: \(left.joined(separator: ", "))") }
            if !erased.isEmpty { lines.append("  erased and not installed: \(erased.joined(separator: ", "))") }
        }
        lines += heldBack.map { "  held back, \($0.cause): \($0.nodes.joined(separator: ", "))" }
        let others = changes(but: Set(failed))
        if !failed.isEmpty, !others.isEmpty { lines.append("  \(others)") }
        let differing = view.changes(.differs)
        if !differing.isEmpty {
            lines.append(
                "  stays as it is, and differs from the documents: \(differing.map(\.text).joined(separator: ", "))")
            let names = differing.map(\.node).joined(separator: ",")
            lines.append(
                "  To install it anew, from an empty disk: boatyard create action \(SiteActionKind.redeployServer.rawValue) "
                    + "--param \(SiteActionParameter.targetNodes.rawValue)=\(names) --wait")
        }
        for (step, message) in self.reasons.steps { lines.append("Step \(step) failed: \(message)") }
        return lines + wayOn(failed + held.inNaturalOrder { $0 })
    }

    /// Whether the step that deploys ended before it could note what came of the machines.
    private var isInterrupted: Bool {
        view.lifecycle == "Failed"
            && view.steps.contains {
                $0.id.hasSuffix("prepare_and_deploy_nodes") && $0.hasFailed && $0.stages.isEmpty
            }
    }

    /// By name, what went wrong with machines in a deployment that was ended before it could note it.
    private var interrupted: [String: String] {
        guard isInterrupted else { return [:] }
        var problems: [String: String] = [:]
        for machine in view.machines where machine.isDesigned {
            problems[machine.name] = machine.problem ?? machine.unattended
        }
        return problems
    }

    /// `: 2 not installed, 2 installed but their boot action failed`; empty where none of them is installed. After an
    /// installation only boot actions can fail.
    private static func stages(of failed: [String], installed: Set<String>) -> String {
        let count = failed.count { installed.contains($0) }
        guard count > 0 else { return "" }
        let rest = failed.count - count
        return ": " + (rest > 0 ? "\(rest) not installed, " : "") + "\(count) installed but "
            + "\(count == 1 ? "its" : "their") boot action failed"
    }

    /// `2 machines installed, 1 unchanged, 1 differs and needs redeploy_server`; empty where the daemon does not say.
    ///
    /// - Parameter failed: machines that are told elsewhere.
    private func changes(but failed: Set<String>) -> String {
        let words: [(ActionView.Change.Kind, String)] = [
            (.installed, "installed"), (.unchanged, "unchanged"),
            (.differs, "differing, which only \(SiteActionKind.redeployServer.rawValue) changes"),
        ]
        let parts = words.map { (view.changes($0).count { !failed.contains($0.node) }, $1) }.filter { $0.0 > 0 }
            .map { "\(Self.machines($0)) \($1)" }
        return parts.joined(separator: ", ")
    }

    /// Everything that the action was to deploy. The daemon's note passes over machines that were prepared and no more.
    private func involved(_ stages: [String: [String]]) -> Set<String> {
        let noted = Set(stages.values.joined())
        if !view.targets.isEmpty { return noted.union(view.targets) }
        return view.lifecycle == "Failed" ? noted.union(view.machines.filter(\.isDesigned).map(\.name)) : noted
    }

    /// - Parameter missed: what has failed or was held back.
    private func wayOn(_ missed: [String]) -> [String] {
        switch view.lifecycle {
        case "Failed" where view.steps.allSatisfy({ $0.state == nil }):
            ["No step of it has run: the validations below tell why. Once that is mended, create the action anew."]
        case "Failed":
            ["Once that is mended, run what failed again: boatyard retry action/\(view.id) --wait"]
        case "Complete" where !missed.isEmpty:
            [
                "Once that is mended, deploy what failed: boatyard create action "
                    + "\(SiteActionKind.redeployServer.rawValue) --param \(SiteActionParameter.targetNodes.rawValue)="
                    + "\(missed.joined(separator: ",")) --wait"
            ]
        default: []
        }
    }

    private var opening: String { view.lifecycle == "Complete" ? "Complete, but" : "\(view.lifecycle):" }

    static func machines(_ count: Int) -> String { count == 1 ? "1 machine" : "\(count) machines" }
}
