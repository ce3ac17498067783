import Drydock
import OrderedCollections
import Primitives
import Workflow

/// How actions and steps look to clients (`docs/reference/shipyard.md` §2).
enum ActionViews {
    /// An element of `GET actions`.
    ///
    /// - Parameter more: by step, what there is to tell of it beside its state.
    static func summary(
        _ action: ActionSummary, notes: [Note], stepNotes: [String: [Note]] = [:], more: [String: Value.Object] = [:]
    ) -> Value {
        [
            "id": .string(action.id), "name": .string(action.name), "parameters": action.parameters,
            "dag_id": .string(action.name), "dag_execution_date": .string(action.executionDate.toSeconds("T")),
            "user": .string(action.user), "datetime": .string(action.created.formatted(.offset)),
            "context_marker": .string(action.contextMarker), "dag_status": .string(action.state),
            "action_lifecycle": .string(SiteAction.lifecycle(action.state)),
            "steps": .array(steps(action, stepNotes, more)), "notes": .array(notes.map(\.value)),
        ]
    }

    private static func steps(
        _ action: ActionSummary, _ notes: [String: [Note]], _ more: [String: Value.Object]
    ) -> [Value] {
        action.steps.enumerated().map { index, step in
            let stepNotes = notes.isEmpty ? [] : notes["step/\(action.id)/\(step.id)"] ?? []
            let members: Value.Object = [
                "url": .string("/actions/\(action.id)/steps/\(step.id)"), "state": step.state,
                "id": .string(step.id), "index": .int(index + 1), "notes": .array(stepNotes.map(\.value)),
            ]
            guard let extra = more[step.id] else { return .object(members) }
            return .object(members.merging(extra) { $1 })
        }
    }

    /// What is told of a step beside its state, where it is listed with its action.
    static func listed(_ record: StepRecord, waiting: StepWait?, tasks: [DrydockTask], _ detail: Detail) -> Value.Object
    {
        var members = changes(record, isShown: detail.listedNotes > 0)
        if detail.listsReasons {
            members["message"] = record.message.map(Value.string)
            members["waiting_for"] = waiting?.value
        }
        if detail.hasTasks { members["tasks"] = .array(tasks.map(Self.task)) }
        if detail.listsTimes {
            members["start_date"] = Value(record.startedAt?.dated)
            members["end_date"] = Value(record.endedAt?.dated)
            members["duration"] = record.duration.map(Value.double) ?? .null
            members["try_number"] = .int(record.tryNumber)
        }
        return members
    }

    /// What the step did to machines, where it has told.
    private static func changes(_ record: StepRecord, isShown: Bool) -> Value.Object {
        guard isShown else { return [:] }
        return [MachineChange.stagesKey, MachineChange.resultKey, MachineChange.heldBackKey].reduce(into: [:]) {
            $0[$1] = record.result?[$1]
        }
    }

    private static func task(_ task: DrydockTask) -> Value {
        [
            "task_id": .string(task.id), "action": .string(task.action.rawValue),
            "status": .string(task.status.rawValue), "result": .string(task.result.status.rawValue),
            "created": .string(task.created.dated), "updated": .string(task.updated.dated),
        ]
    }

    /// The answer of `GET actions/{id}/steps/{step}`: Airflow's record of the task, and what it waits for.
    ///
    /// - Parameter errors: what its tasks have told as errors of machines.
    static func step(
        _ action: SiteAction, _ id: String, notes: [Note], errors: [MachineError], waiting: StepWait?,
        tasks: [DrydockTask], _ detail: Detail
    ) -> Value? {
        guard let index = action.run.steps.index(forKey: id), let record = action.run.steps[id],
            let definition = action.run.graph.steps[id]
        else { return nil }
        func time(_ moment: Timestamp?) -> Value { Value(moment?.dated) }
        let duration = record.duration.map(Value.double) ?? .null
        var members: Value.Object = [
            "task_id": .string(id), "dag_id": .string(action.name),
            "execution_date": .string(action.executionDate.toSeconds(" ")),
            "run_id": .string(RunViews.runID(action)),
            "start_date": time(record.startedAt), "end_date": time(record.endedAt), "duration": duration,
            "state": state(record), "try_number": .int(record.tryNumber), "max_tries": .int(definition.retries),
            "hostname": .string(record.tryNumber > 0 ? "localhost" : ""), "unixname": "boatyard", "job_id": nil,
            "pool": "default_pool", "queue": "default",
            "priority_weight": .int(action.run.graph.weights[id] ?? 1), "operator": .string(definition.operatorName),
            "queued_dttm": time(record.queuedAt), "pid": nil, "dag_run_id": .string(action.id),
        ]
        if detail.hasReasons {
            members["message"] = record.message.map(Value.string)
            members["waiting_for"] = waiting?.value
        }
        members.merge(changes(record, isShown: detail.hasReasons)) { $1 }
        if detail.hasReasons, !errors.isEmpty {
            members["machine_errors"] = .array(
                errors.map { ["node": .string($0.node), "message": .string($0.message)] })
        }
        if detail.hasTasks { members["tasks"] = .array(tasks.map(Self.task)) }
        members["index"] = .int(index + 1)
        members["notes"] = .array(notes.map(\.value))
        return .object(members)
    }

    static func state(_ record: StepRecord) -> Value {
        record.state == StepState.none ? .null : .string(record.state.rawValue)
    }
}
