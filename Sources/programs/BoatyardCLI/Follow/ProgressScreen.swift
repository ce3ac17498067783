/// An action on a terminal, in no more lines and columns than it has.
///
/// Whatever does not fit is counted: first steps that have ended or are to come, then machines that neither move nor
/// have failed.
struct ProgressScreen {
    var width: Int
    var height: Int

    func lines(_ view: ActionView, elapsed: String) -> [String] {
        let head = "\(elapsed)  \(view.name)  \(view.lifecycle)"
        // The cursor stands below the last line.
        let limit = max(4, height - 2)
        var steps = view.steps.map(Self.line)
        var machines = view.machines.map(Self.line)
        if steps.count + machines.count > limit { steps = Self.folded(view.steps) }
        if steps.count + machines.count > limit { machines = Self.folded(view.machines, limit: limit - steps.count) }
        return ([head] + (steps + machines).prefix(limit)).map { Text.cut($0, to: max(20, width - 1)) }
    }

    private static func line(_ step: ActionView.Step) -> String {
        "  \(symbol(step)) \(Text.padded(step.id, 52))\(step.state ?? "")"
    }

    private static func line(_ machine: MachineView) -> String {
        let symbol = machine.problem != nil ? "✗" : machine.isDone ? "●" : "○"
        let remark = (machine.problem ?? machine.wait?.text ?? machine.unattended).map { "  \($0)" } ?? ""
        return "  \(symbol) \(Text.padded(machine.name, 20))\(machine.status)\(remark)"
    }

    private static func folded(_ steps: [ActionView.Step]) -> [String] {
        let finished = steps.filter { $0.hasEnded && !$0.hasFailed }.count
        let waiting = steps.filter { !$0.hasEnded && !$0.isMoving }.count
        var lines = finished > 0 ? ["  ✓ \(finished) of \(steps.count) steps have ended"] : []
        lines += steps.filter { $0.isMoving || $0.hasFailed }.map(line)
        if waiting > 0 { lines.append("  · \(waiting) steps to come") }
        return lines
    }

    /// A count of all states, then those that have failed, then those on their way.
    private static func folded(_ machines: [MachineView], limit: Int) -> [String] {
        var lines = ["  \(machines.count) machines: \(ActionView.counts(machines))"]
        let failed = machines.filter { $0.problem != nil }
        let moving = machines.filter { $0.problem == nil && $0.isMoving }
        lines += (failed + moving).map(line)
        guard lines.count > limit, limit > 1 else { return lines }
        return lines.prefix(limit - 1) + ["    … and \(lines.count - limit + 1) more"]
    }

    private static func symbol(_ step: ActionView.Step) -> String {
        switch step.state {
        case "success": "✓"
        case "skipped": "–"
        case "failed", "upstream_failed": "✗"
        case "running", "queued", "up_for_retry": "▸"
        default: "·"
        }
    }
}
