import Primitives

/// What a waiting task waits for.
package struct TaskWait: Sendable, Hashable {
    /// `the inventory of n1`.
    package var event: String
    package var since: Timestamp
    package var deadline: Timestamp
    /// What happens at the deadline.
    package var then: String

    package init(event: String, since: Timestamp, deadline: Timestamp, then: String) {
        self.event = event
        self.since = since
        self.deadline = deadline
        self.then = then
    }

    package var value: Value {
        [
            "event": .string(event), "since": .string(since.formatted(.iso)),
            "deadline": .string(deadline.formatted(.iso)), "then": .string(then),
        ]
    }
}

/// A task of the orchestrator, with its messages (`docs/reference/drydock.md` §10).
package struct DrydockTask: Sendable, Hashable {
    /// UUID version 4.
    package let id: String
    package var action: TaskAction
    package var parent: String?
    /// Which child of its parent this is; the same after a restart.
    package var slot: String?
    package var design: String
    package var nodeFilter: Value
    package var status: TaskStatus
    package var result: TaskResult
    package var messages: [TaskMessage]
    package var subtasks: [String]
    package var created: Timestamp
    package var createdBy: String
    package var updated: Timestamp
    package var retry: Int
    package var waiting: TaskWait?

    package init(
        id: String, action: TaskAction, parent: String? = nil, slot: String? = nil, design: String,
        nodeFilter: Value = .null, status: TaskStatus, result: TaskResult, messages: [TaskMessage] = [],
        subtasks: [String] = [], created: Timestamp, createdBy: String, updated: Timestamp, retry: Int = 0,
        waiting: TaskWait? = nil
    ) {
        self.id = id
        self.action = action
        self.parent = parent
        self.slot = slot
        self.design = design
        self.nodeFilter = nodeFilter
        self.status = status
        self.result = result
        self.messages = messages
        self.subtasks = subtasks
        self.created = created
        self.createdBy = createdBy
        self.updated = updated
        self.retry = retry
        self.waiting = waiting
    }

    package var isComplete: Bool { status == .complete || status == .terminated }

    package var errorCount: Int { messages.count { $0.isError } }

    /// - Parameter style: `.offset` in the answer to a creation, `.naive` in every later one.
    package func value(_ style: Timestamp.Style = .naive) -> Value {
        [
            "kind": "Task", "apiVersion": "v1", "task_id": .string(id), "action": .string(action.rawValue),
            "parent_task_id": Value(parent), "design_ref": .string(design), "status": .string(status.rawValue),
            "result": resultValue, "node_filter": nodeFilter, "subtask_id_list": Value(subtasks),
            "created": .string(created.formatted(style)), "created_by": .string(createdBy),
            "updated": .string(updated.formatted(style)), "terminated": nil, "terminated_by": nil, "terminate": false,
            "retry": .int(retry),
        ]
    }

    package var resultValue: Value {
        [
            "kind": "Status", "apiVersion": "v1.0", "metadata": [:], "message": Value(result.message),
            "reason": Value(result.reason), "status": .string(result.status.rawValue),
            "successes": Value(result.successes), "failures": Value(result.failures),
            "links": .array(
                result.links.map { ["rel": .string($0.relation), "href": .string($0.reference)] }),
            "details": ["errorCount": .int(errorCount), "messageList": .array(messages.map(\.value))],
        ]
    }
}

/// What `createTask` is asked for.
package struct TaskRequest: Sendable, Hashable {
    package var action: TaskAction
    package var design: String
    /// Null, or a filter as in `docs/reference/drydock.md` §8.
    package var nodeFilter: Value
    package var createdBy: String
    /// A second request with the same key answers the task of the first.
    package var key: String?

    package init(
        action: TaskAction, design: String, nodeFilter: Value = .null, createdBy: String, key: String? = nil
    ) {
        self.action = action
        self.design = design
        self.nodeFilter = nodeFilter
        self.createdBy = createdBy
        self.key = key
    }
}
