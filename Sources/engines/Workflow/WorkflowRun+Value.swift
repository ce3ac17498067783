import OrderedCollections
import Primitives

/// Why a stored run cannot be read back.
package struct WorkflowFormatError: TypedError, Equatable {
    package var message: String

    /// Always `failed`.
    package var kind: ErrorKind { .failed }
    /// Always `workflow.format`.
    package var code: String { "workflow.format" }
}

extension WorkflowRun {
    /// What `init(graph:value:)` reads back, without the graph.
    package var value: Value {
        var members: Value.Object = ["state": .string(state.rawValue)]
        members["started_at"] = startedAt?.value
        members["ended_at"] = endedAt?.value
        members["steps"] = .object(steps.mapValues(\.value))
        return .object(members)
    }

    /// - Throws: `WorkflowFormatError` for anything that `value` did not make of a run of this graph.
    package init(graph: WorkflowGraph, value: Value) throws(WorkflowFormatError) {
        guard let word = value["state"]?.stringValue, let state = RunState(rawValue: word),
            let stored = value["steps"]?.objectValue
        else { throw WorkflowFormatError(message: "the stored run has no state or no steps") }
        var steps = OrderedDictionary<String, StepRecord>()
        for (id, definition) in graph.steps {
            guard let record = stored[id] else {
                throw WorkflowFormatError(message: "the stored run has no step \(id)")
            }
            steps[id] = try StepRecord(id: id, retries: definition.retries, value: record)
        }
        self.init(
            graph: graph, state: state, startedAt: Timestamp(value["started_at"]),
            endedAt: Timestamp(value["ended_at"]), steps: steps)
    }
}

extension StepRecord {
    fileprivate var value: Value {
        var members: Value.Object = [
            "state": .string(state.rawValue), "try": .int(tryNumber), "last_try": .int(lastTry),
        ]
        members["queued_at"] = queuedAt?.value
        members["started_at"] = startedAt?.value
        members["ended_at"] = endedAt?.value
        members["retry_at"] = retryAt?.value
        members["message"] = message.map(Value.string)
        members["result"] = result
        return .object(members)
    }

    fileprivate init(id: String, retries: Int, value: Value) throws(WorkflowFormatError) {
        guard let word = value["state"]?.stringValue, let state = StepState(rawValue: word),
            let tryNumber = value["try"]?.intValue, let lastTry = value["last_try"]?.intValue,
            (0...lastTry).contains(tryNumber), lastTry < 1 << 32
        else { throw WorkflowFormatError(message: "the stored record of step \(id) is damaged") }
        self.init(retries: retries)
        self.state = state
        self.tryNumber = tryNumber
        self.lastTry = lastTry
        queuedAt = Timestamp(value["queued_at"])
        startedAt = Timestamp(value["started_at"])
        endedAt = Timestamp(value["ended_at"])
        retryAt = Timestamp(value["retry_at"])
        message = value["message"]?.stringValue
        result = value["result"]
    }
}

extension WorkflowGraph {
    /// What `init(value:)` reads back: a run keeps to the graph that it was started with.
    package var value: Value {
        [
            "id": .string(id), "active_limit": .int(activeLimit),
            "steps": .array(
                steps.values.map { step in
                    var members: Value.Object = [
                        "id": .string(step.id), "operator": .string(step.operatorName), "after": Value(step.upstream),
                        "rule": .string(step.triggerRule.rawValue), "retries": .int(step.retries),
                        "retry_delay": .double(step.retryDelay),
                    ]
                    members["timeout"] = step.timeout.map(Value.double)
                    return .object(members)
                }),
        ]
    }

    /// - Throws: `WorkflowFormatError` or `WorkflowGraphError`.
    package init(value: Value) throws {
        guard let id = value["id"]?.stringValue, let steps = value["steps"]?.arrayValue,
            let activeLimit = value["active_limit"]?.intValue
        else { throw WorkflowFormatError(message: "the stored graph has no id, steps or active_limit") }
        try self.init(
            id: id,
            steps: steps.map { step in
                guard let id = step["id"]?.stringValue, let operatorName = step["operator"]?.stringValue,
                    let upstream = step["after"]?.arrayValue,
                    let rule = step["rule"]?.stringValue.flatMap(TriggerRule.init(rawValue:)),
                    let retries = step["retries"]?.intValue, (0...1000).contains(retries),
                    let retryDelay = step["retry_delay"]?.number, (0...1e9).contains(retryDelay),
                    (0...1e9).contains(step["timeout"]?.number ?? 0)
                else { throw WorkflowFormatError(message: "a step of the stored graph is damaged") }
                return StepDefinition(
                    id, operatorName, after: upstream.compactMap(\.stringValue), rule: rule, retries: retries,
                    retryDelay: retryDelay, timeout: step["timeout"]?.number)
            }, activeLimit: activeLimit)
    }
}

extension Value {
    fileprivate var number: Double? {
        switch self {
        case .int(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }
}

extension Timestamp {
    fileprivate var value: Value { .int(Int(microseconds)) }

    fileprivate init?(_ value: Value?) {
        guard let microseconds = value?.intValue else { return nil }
        self.init(microseconds: Int64(microseconds))
    }
}
