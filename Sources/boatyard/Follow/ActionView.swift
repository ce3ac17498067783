import Primitives

/// An action and the machines of its design at one moment.
struct ActionView {
    var id: String
    var name: String
    var lifecycle: String
    var steps: [Step]
    var machines: [MachineView]

    struct Step {
        var id: String
        /// As Airflow calls it; nil before its turn.
        var state: String?
        /// What came of the nodes at its last try: `Stage.DEPLOYED: n1, n2; Stage.FAILED: n3`.
        var nodeNote: String?

        var hasEnded: Bool { ["success", "failed", "skipped", "upstream_failed", "removed"].contains(state) }
        var hasFailed: Bool { state == "failed" }
        var isMoving: Bool { ["running", "queued", "up_for_retry"].contains(state) }
    }

    /// - Parameters:
    ///   - nodes: as `GET nodes?designed=true` lists them.
    ///   - earlier: tasks of other actions; what went wrong in them is not told.
    init(_ action: Value, nodes: [Value], earlier: Set<String> = []) {
        id = action["id"]?.stringValue ?? ""
        name = action["name"]?.stringValue ?? ""
        lifecycle = action["action_lifecycle"]?.stringValue ?? "Unknown"
        steps = (action["steps"]?.arrayValue ?? []).map { step in
            Step(
                id: step["id"]?.stringValue ?? "", state: step["state"]?.stringValue,
                nodeNote: (step["notes"]?.arrayValue ?? []).last { $0["sub_type"] == "Node Deployment" }?["note_val"]?
                    .stringValue)
        }
        machines = nodes.map { node in
            var machine = MachineView(node)
            if let task = machine.task, earlier.contains(task) { machine.problem = nil }
            return machine
        }
    }

    var hasEnded: Bool { ["Complete", "Failed"].contains(lifecycle) }

    var failedSteps: [String] { steps.filter(\.hasFailed).map(\.id) }

    /// What the steps that deploy nodes noted at their end, by stage: `FAILED` to names. Empty before.
    var stages: [String: [String]] {
        var stages: [String: [String]] = [:]
        for note in steps.compactMap(\.nodeNote) {
            for part in note.split(separator: ";") {
                let halves = part.split(separator: ":", maxSplits: 1)
                guard halves.count == 2, let dot = halves[0].lastIndex(of: ".") else { continue }
                let stage = String(halves[0][halves[0].index(after: dot)...])
                stages[stage, default: []] += halves[1].split(separator: ",").map {
                    String($0.drop { $0 == " " })
                }
            }
        }
        return stages
    }
}

/// A node of the design, or a machine that is nobody's.
struct MachineView {
    var name: String
    /// `Deployed`, …; `not seen` for a node whose machine has not come forward.
    var status: String
    /// What went wrong with it last.
    var problem: String?
    /// In which task.
    var task: String?

    init(_ node: Value) {
        name = node["hostname"]?.stringValue ?? ""
        status = node["status_name"]?.stringValue ?? ""
        if status == "Missing" { status = "not seen" }
        problem = node["problem"]?["message"]?.stringValue
        task = node["problem"]?["task"]?.stringValue
        problem = problem.map { Self.shortened($0, of: name) }
    }

    /// A message without the name that the table or list begins with already.
    static func shortened(_ message: String, of name: String) -> String {
        for prefix in ["Node \(name), ", "Node \(name): ", "\(name): "] where message.hasPrefix(prefix) {
            return String(message.dropFirst(prefix.count))
        }
        return message
    }

    var isDone: Bool { problem == nil && status == "Deployed" }
    /// Whether something is being done to it now.
    var isMoving: Bool { !["not seen", "Ready", "Allocated", "Deployed"].contains(status) }
}
