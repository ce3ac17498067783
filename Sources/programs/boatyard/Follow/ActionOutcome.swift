import Primitives
import SiteActions

/// How an action ended, and the way on, in the words that the last lines say it with.
struct ActionOutcome {
    var view: ActionView
    var reasons: FailureReasons

    /// `Complete, but 1 of 4 machines failed: n3 (…)`, why steps failed, and what to do then.
    var lines: [String] {
        let stages = view.stages
        let failed = stages["FAILED"] ?? []
        let untouched = stages["NOT_STARTED"] ?? []
        let all = involved(stages)
        var lines: [String] = []
        let reasons = failed.map { name in (name, self.reasons.machines[name] ?? "the step's log tells why") }
        switch reasons.count {
        case 0:
            let deployed = stages["DEPLOYED"] ?? []
            lines.append(
                deployed.isEmpty ? view.lifecycle : "\(view.lifecycle): \(Self.machines(deployed.count)) deployed")
        case 1:
            lines.append("\(opening) 1 of \(Self.machines(all.count)) failed: \(reasons[0].0) (\(reasons[0].1))")
        default:
            lines.append("\(opening) \(failed.count) of \(Self.machines(all.count)) failed:")
            let width = reasons.map(\.0.count).max() ?? 0
            lines += reasons.map { "  \(Text.padded($0.0, width + 2))\($0.1)" }
        }
        if !failed.isEmpty || view.lifecycle == "Failed" {
            if !untouched.isEmpty { lines.append("  not started: \(untouched.joined(separator: ", "))") }
            let left = all.subtracting(stages.values.joined()).inNaturalOrder { $0 }
            if !left.isEmpty, !stages.isEmpty { lines.append("  not deployed: \(left.joined(separator: ", "))") }
        }
        for (step, message) in self.reasons.steps { lines.append("Step \(step) failed: \(message)") }
        return lines + wayOn(failed)
    }

    /// Everything that the action was to deploy. The daemon's note passes over machines that were prepared and no more.
    private func involved(_ stages: [String: [String]]) -> Set<String> {
        let noted = Set(stages.values.joined())
        if !view.targets.isEmpty { return noted.union(view.targets) }
        return view.lifecycle == "Failed" ? noted.union(view.machines.filter(\.isDesigned).map(\.name)) : noted
    }

    private func wayOn(_ failed: [String]) -> [String] {
        switch view.lifecycle {
        case "Failed" where view.steps.allSatisfy({ $0.state == nil }):
            ["No step of it has run: the validations below tell why. Once that is mended, create the action anew."]
        case "Failed":
            ["Once that is mended, run what failed again: boatyard retry action/\(view.id) --wait"]
        case "Complete" where !failed.isEmpty:
            [
                "Once that is mended, deploy what failed: boatyard create action "
                    + "\(SiteActionKind.redeployServer.rawValue) --param \(SiteActionParameter.targetNodes.rawValue)="
                    + "\(failed.joined(separator: ",")) --wait"
            ]
        default: []
        }
    }

    private var opening: String { view.lifecycle == "Complete" ? "Complete, but" : "\(view.lifecycle):" }

    private static func machines(_ count: Int) -> String { count == 1 ? "1 machine" : "\(count) machines" }
}
