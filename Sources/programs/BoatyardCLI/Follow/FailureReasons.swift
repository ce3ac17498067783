import Primitives

/// Why parts of an action failed.
struct FailureReasons {
    /// In the order of the steps.
    var steps: [(step: String, message: String)] = []
    /// By name, what the tasks of the action last told as an error.
    var machines: [String: String] = [:]
}

extension Daemon {
    func step(_ step: String, of action: String, verbosity: Int? = nil) async throws -> Value {
        try await get(
            "actions/\(PercentCoding.encode(action))/steps/\(PercentCoding.encode(step))",
            query: verbosity.map { [("verbosity", "\($0)")] } ?? [])
    }

    /// What the nodes of the design and other machines are like; none for those who may not see them.
    func nodes() async throws -> [Value] {
        do {
            return try await get("nodes", query: [("designed", "true")]).arrayValue ?? []
        } catch let failure as Failure where failure.status == 403 {
            return []
        }
    }

    /// What the steps of an action wait for, and what the machines.
    func waits(_ view: ActionView) async throws -> [String] {
        var lines: [String] = []
        for step in view.steps where step.state != nil && !step.hasEnded {
            guard let wait = WaitView(try await self.step(step.id, of: view.id)["waiting_for"]) else { continue }
            lines.append("Step \(step.id) \(wait.text)")
        }
        for machine in MachineView.all(try await nodes()) {
            if let wait = machine.wait { lines.append("  \(machine.name) \(wait.text)") }
        }
        return lines
    }

    func reasons(_ view: ActionView) async throws -> FailureReasons {
        var reasons = FailureReasons()
        let losesNodes = view.stages["FAILED"] != nil
        for step in view.steps where step.hasFailed || losesNodes && !step.stages.isEmpty {
            let record = try await self.step(step.id, of: view.id)
            if step.hasFailed, let message = record["message"]?.stringValue { reasons.steps.append((step.id, message)) }
            for error in record["machine_errors"]?.arrayValue ?? [] {
                guard let node = error["node"]?.stringValue, let message = error["message"]?.stringValue else {
                    continue
                }
                reasons.machines[node] = MachineView.shortened(message, of: node)
            }
        }
        return reasons
    }
}
