/// How an action ended, in the words that the last lines say it with.
struct ActionOutcome {
    var view: ActionView
    var reasons: FailureReasons

    /// `Complete, but 1 of 4 machines failed: n3 (…)`, and why steps failed.
    var lines: [String] {
        let stages = view.stages
        let failed = stages["FAILED"] ?? []
        let total = stages.values.reduce(0) { $0 + $1.count }
        let untouched = stages["NOT_STARTED"] ?? []
        var lines: [String] = []
        let reasons = failed.map { name in (name, self.reasons.machines[name] ?? "the step's log tells why") }
        switch reasons.count {
        case 0: lines.append(total > 0 ? "\(view.lifecycle): \(Self.machines(total)) deployed" : view.lifecycle)
        case 1:
            lines.append("\(opening) 1 of \(Self.machines(total)) failed: \(reasons[0].0) (\(reasons[0].1))")
        default:
            lines.append("\(opening) \(failed.count) of \(Self.machines(total)) failed:")
            let width = reasons.map(\.0.count).max() ?? 0
            lines += reasons.map { "  \(Text.padded($0.0, width + 2))\($0.1)" }
        }
        if !untouched.isEmpty, !failed.isEmpty || view.lifecycle == "Failed" {
            lines.append("  not started: \(untouched.joined(separator: ", "))")
        }
        for (step, message) in self.reasons.steps { lines.append("Step \(step) failed: \(message)") }
        return lines
    }

    private var opening: String { view.lifecycle == "Complete" ? "Complete, but" : "\(view.lifecycle):" }

    private static func machines(_ count: Int) -> String { count == 1 ? "1 machine" : "\(count) machines" }
}
