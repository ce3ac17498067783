/// An action as lines of a log: one for everything that has changed.
struct ProgressLines {
    private var states: [String: String] = [:]
    private var machines: [String: String] = [:]

    /// What a step of the view has become since the last call, in the order of the steps.
    mutating func changedSteps(_ view: ActionView) -> [ActionView.Step] {
        view.steps.filter { step in
            guard let state = step.state, states[step.id] != state else { return false }
            states[step.id] = state
            return step.hasEnded || state == "up_for_retry" || state == "running"
        }
    }

    /// What a machine has become since the last call. A node that has not been seen yet is worth no line.
    mutating func changedMachines(_ view: ActionView) -> [String] {
        view.machines.compactMap { machine in
            let text = machine.problem.map { "\(machine.status)  failed: \($0)" } ?? machine.status
            guard machines[machine.name] != text else { return nil }
            let isFirst = machines.updateValue(text, forKey: machine.name) == nil
            return isFirst && machine.problem == nil && machine.status == "not seen" ? nil : "\(machine.name)  \(text)"
        }
    }
}
