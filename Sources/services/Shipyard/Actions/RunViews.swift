import OrderedCollections
import Primitives
import Workflow

/// How the runs of workflows look to clients (`docs/reference/shipyard.md` §2).
enum RunViews {
    /// An element of `GET workflows`.
    static func run(_ action: SiteAction, _ detail: Detail) -> Value.Object {
        var members = common(action, dag: action.name, state: .string(action.run.state.rawValue))
        members["id"] = .string(action.id)
        members["run_id"] = .string(runID(action))
        members["dag_run_id"] = .string(action.id)
        members["external_trigger"] = true
        members["start_date"] = Value(action.run.startedAt?.dated)
        members["end_date"] = Value(action.run.endedAt?.dated)
        if detail.hasReasons { members["conf"] = ["action": action.value] }
        return members
    }

    /// `manual__2017-10-09T21:18:56`
    static func runID(_ action: SiteAction) -> String { "manual__\(action.executionDate.toSeconds("T"))" }

    /// The groups of an action's steps, in the order of their first steps: `validate_site_design`, and for
    /// `a.b.step` both `a` and `a.b`.
    static func groups(_ action: SiteAction) -> [String] {
        var groups: OrderedSet<String> = []
        for step in action.run.steps.keys {
            let parts = step.split(separator: ".")
            for length in 1..<max(parts.count, 1) { groups.append(parts[..<length].joined(separator: ".")) }
        }
        return Array(groups)
    }

    /// A group as the run of a workflow of its own.
    static func subRun(_ group: String, of action: SiteAction) -> Value.Object {
        let records = steps(of: group, action).compactMap { action.run.steps[$0] }
        let state = state(records)
        var members = common(action, dag: "\(action.name).\(group)", state: Value(state?.rawValue))
        members["run_id"] = .string("backfill_\(action.executionDate.toSeconds("T"))")
        members["external_trigger"] = false
        members["start_date"] = Value(records.compactMap(\.startedAt).min()?.dated)
        members["end_date"] = state?.isFinal == true ? Value(records.compactMap(\.endedAt).max()?.dated) : .null
        return members
    }

    /// The steps of a group and of all groups in it; nil stands for the whole workflow.
    static func steps(of group: String?, _ action: SiteAction) -> [String] {
        guard let group else { return Array(action.run.steps.keys) }
        return action.run.steps.keys.filter { $0.hasPrefix(group + ".") }
    }

    /// Nil for a group none of whose steps has begun.
    private static func state(_ records: [StepRecord]) -> RunState? {
        if records.allSatisfy({ $0.state == .none }) { return nil }
        guard records.allSatisfy(\.state.isFinal) else { return .running }
        return records.contains(where: \.state.isFailure) ? .failed : .success
    }

    private static func common(_ action: SiteAction, dag: String, state: Value) -> Value.Object {
        [
            "execution_date": .string(action.executionDate.toSeconds(" ")), "end_date": nil,
            "workflow_id": .string(
                WorkflowIdentifier(workflow: dag, executionDate: action.executionDate).description),
            "start_date": nil, "external_trigger": nil, "dag_id": .string(dag), "state": state,
        ]
    }
}

extension Timestamp {
    /// `2017-10-09 21:18:56.685999`
    var dated: String { formatted(.naive) }

    /// Without what is less than a second, `2017-10-09T21:18:56`.
    ///
    /// - Parameter mark: between day and time.
    func toSeconds(_ mark: Character) -> String {
        let text = formatted(mark == "T" ? .isoNaive : .naive)
        return String(text.prefix { $0 != "." })
    }
}
