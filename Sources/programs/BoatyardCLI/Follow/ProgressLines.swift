import Primitives

/// An action as lines of a log: one for everything that has changed.
struct ProgressLines {
    private var states: [String: String] = [:]
    private var machines: [String: String] = [:]
    private var waits: [String: (wait: WaitView, seen: Double, isTold: Bool)] = [:]
    private var hasBegun = false

    /// Seconds after which a wait is worth a line.
    private static let patience = 10.0

    /// What a step of the view has become since the last call, in the order of the steps.
    mutating func changedSteps(_ view: ActionView) -> [ActionView.Step] {
        view.steps.filter { step in
            guard let state = step.state, states[step.id] != state else { return false }
            states[step.id] = state
            return step.hasEnded || state == "up_for_retry" || state == "running"
        }
    }

    /// How all machines are at the first call, which nobody has brought about yet; later what one has become since the
    /// last call, and what one waits for since longer than a moment.
    ///
    /// - Parameter elapsed: seconds, on any clock that only goes forward.
    mutating func changedMachines(_ view: ActionView, at elapsed: Double) -> [String] {
        defer { hasBegun = true }
        var lines: [String] = []
        if !hasBegun, !view.machines.isEmpty { lines.append("before: \(ActionView.counts(view.machines))") }
        for machine in view.machines {
            let text = machine.problem.map { "\(machine.status)  failed: \($0)" } ?? machine.status
            let before = machines.updateValue(text, forKey: machine.name)
            if before != text, hasBegun || machine.problem != nil, before != nil || text != "not seen" {
                lines.append("\(machine.name)  \(text)")
            }
            if let wait = lasting(machine, at: elapsed) { lines.append("\(machine.name)  \(wait.text)") }
        }
        return lines
    }

    /// What a machine waits for, once, when it has waited for long.
    private mutating func lasting(_ machine: MachineView, at elapsed: Double) -> WaitView? {
        guard let wait = machine.wait else {
            waits[machine.name] = nil
            return nil
        }
        guard let known = waits[machine.name], known.wait == wait else {
            waits[machine.name] = (wait, elapsed, false)
            return nil
        }
        guard !known.isTold, elapsed - known.seen >= Self.patience else { return nil }
        waits[machine.name]?.isTold = true
        return wait
    }
}
