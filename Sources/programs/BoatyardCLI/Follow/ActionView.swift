import OrderedCollections
import Primitives
import SiteActions

/// An action and the machines of its design at one moment.
struct ActionView {
    var id: String
    var name: String
    var lifecycle: String
    /// When it was created; nil where the daemon does not say.
    var created: Timestamp?
    /// The machines that it was created for; empty where it is for all.
    var targets: [String]
    var steps: [Step]
    /// In natural order, those that are nobody's last; without those that the documents have no more.
    var machines: [MachineView]

    struct Step {
        var id: String
        /// As Airflow calls it; nil before its turn.
        var state: String?
        /// What came of the nodes at its last try, by stage: `FAILED` to names. Empty before, and for other steps.
        var stages: [String: [String]] = [:]
        /// What it did to machines, as far as the daemon tells.
        var changes: [Change] = []
        /// What it left out, as far as the daemon tells.
        var heldBack: [HeldBack] = []

        var hasEnded: Bool { ["success", "failed", "skipped", "upstream_failed", "removed"].contains(state) }
        var hasFailed: Bool { state == "failed" }
        /// Whether it has failed and is tried again after a pause.
        var isToBeRetried: Bool { state == "up_for_retry" }
        var isMoving: Bool { ["running", "queued", "up_for_retry"].contains(state) }
    }

    /// Machines that were not deployed since their group failed.
    struct HeldBack {
        var nodes: [String]
        /// `as group workers depends on control, which failed`
        var cause: String

        /// - Parameter value: `{"group": "workers", "failed_group": "control", "nodes": ["n5"]}`.
        init?(_ value: Value) {
            guard let group = value["group"]?.stringValue, let failed = value["failed_group"]?.stringValue else {
                return nil
            }
            nodes = (value["nodes"]?.arrayValue ?? []).compactMap(\.stringValue).inNaturalOrder { $0 }
            cause =
                group == failed ? "as group \(group) failed" : "as group \(group) depends on \(failed), which failed"
        }
    }

    /// What a step did to one machine.
    struct Change {
        enum Kind: String {
            case installed
            case unchanged
            case differs
        }

        var node: String
        var kind: Kind
        /// In what it differs: `platform.kernel`.
        var fields: [String]

        /// - Parameter value: `{"node": "n3", "change": "differs", "fields": ["platform.kernel"]}`; other kinds are passed over.
        init?(_ value: Value) {
            guard let node = value["node"]?.stringValue, let kind = value["change"]?.stringValue.flatMap(Kind.init)
            else {
                return nil
            }
            self.node = node
            self.kind = kind
            fields = (value["fields"]?.arrayValue ?? []).compactMap(\.stringValue)
        }

        /// `n3 (platform.kernel storage.devices)`
        var text: String {
            guard !fields.isEmpty else { return node }
            return "\(node) (\(fields.prefix(4).joined(separator: " "))\(fields.count > 4 ? " …" : ""))"
        }
    }

    /// - Parameters:
    ///   - nodes: as `GET nodes?designed=true` lists them.
    ///   - earlier: tasks of other actions; what went wrong in them is not told.
    init(_ action: Value, nodes: [Value], earlier: Set<String> = []) {
        id = action["id"]?.stringValue ?? ""
        name = action["name"]?.stringValue ?? ""
        lifecycle = action["action_lifecycle"]?.stringValue ?? "Unknown"
        created = action["datetime"]?.stringValue.flatMap { Timestamp($0) }
        targets = SiteActionArguments(action["parameters"] ?? .null).targetNodes ?? []
        steps = (action["steps"]?.arrayValue ?? []).map { step in
            Step(
                id: step["id"]?.stringValue ?? "", state: step["state"]?.stringValue,
                stages: (step["machine_stages"]?.objectValue ?? [:]).reduce(into: [:]) { stages, member in
                    stages[member.key] = (member.value.arrayValue ?? []).compactMap(\.stringValue)
                },
                changes: (step["machine_changes"]?.arrayValue ?? []).compactMap { Change($0) },
                heldBack: (step["machines_held_back"]?.arrayValue ?? []).compactMap { HeldBack($0) })
        }
        machines = MachineView.all(nodes).filter { !$0.hasLeftDesign }.map { machine in
            var machine = machine
            if let task = machine.task, earlier.contains(task) { machine.problem = nil }
            return machine
        }
    }

    /// The machines that the action did this to, in natural order; of each what was done last.
    func changes(_ kind: Change.Kind) -> [Change] {
        let last = Dictionary(steps.flatMap(\.changes).map { ($0.node, $0) }, uniquingKeysWith: { $1 })
        return last.values.filter { $0.kind == kind }.inNaturalOrder(of: \.node)
    }

    /// `2 Deployed, 1 not seen, 1 failed`
    static func counts(_ machines: [MachineView]) -> String {
        let states = machines.map { $0.problem == nil ? $0.status : "failed" }
        let counts = OrderedDictionary(states.map { ($0, 1) }, uniquingKeysWith: +)
        return counts.map { "\($1) \($0)" }.joined(separator: ", ")
    }

    var hasEnded: Bool { ["Complete", "Failed"].contains(lifecycle) }

    /// What came of the nodes at the ends of the steps that deploy them, by stage: `FAILED` to names. Empty before.
    var stages: [String: [String]] {
        var stages: [String: [String]] = [:]
        for step in steps { stages.merge(step.stages) { $0 + $1 } }
        return stages.mapValues { $0.inNaturalOrder { $0 } }
    }
}
