import Primitives

/// What a running task waits for (`docs/reference/drydock.md` §10).
package struct TaskWait: Sendable, Hashable {
    /// The event in words, such as `the inventory of n1`.
    package var event: String
    /// When the wait began.
    package var since: Timestamp
    /// When it ends without the event.
    package var deadline: Timestamp
    /// What happens at the deadline, such as `the node fails`.
    package var then: String
    /// Whether nothing is done meanwhile, so that an end of the daemon is hardly the task's fault.
    package var isIdle: Bool

    package init(event: String, since: Timestamp, deadline: Timestamp, then: String, isIdle: Bool = false) {
        self.event = event
        self.since = since
        self.deadline = deadline
        self.then = then
        self.isIdle = isIdle
    }

    /// The event that the machine of a node tells what it is.
    static func inventory(of node: String) -> String { "the inventory of \(node)" }

    /// The event that a person has done something at a node without a BMC.
    ///
    /// - Parameter action: `switch node n1 off and on again`.
    static func byHand(_ action: String, at node: String) -> String {
        "an operator to \(action), as it has no BMC, and to say so: boatyard ack \(node)"
    }

    /// The form in which clients get it: `event`, `since`, `deadline`, `then`.
    package var value: Value {
        [
            "event": .string(event), "since": .string(since.formatted(.iso)),
            "deadline": .string(deadline.formatted(.iso)), "then": .string(then),
        ]
    }
}

/// A task of the orchestrator, with its messages (`docs/reference/drydock.md` §10).
package struct DrydockTask: Sendable, Hashable {
    /// A UUID, version 4, in lower case.
    package let id: String
    /// What the task does.
    package var action: TaskAction
    /// The id of the task that it is a part of; nil for a top-level task.
    package var parent: String?
    /// Names the subtask within its parent; the same after a restart. Nil for a top-level task.
    package var slot: String?
    /// Where the design is (`docs/reference/drydock.md` §4), without user and password.
    package var design: String
    /// Null for all nodes, or a filter (`docs/reference/drydock.md` §8).
    package var nodeFilter: Value
    /// Whether the task waits, runs or has ended.
    package var status: TaskStatus
    /// How it ended, or has gone so far.
    package var result: TaskResult
    /// Its messages, the oldest first.
    package var messages: [TaskMessage]
    /// The ids of its subtasks, in the order in which they were made.
    package var subtasks: [String]
    /// When it was made.
    package var created: Timestamp
    /// The user whom `X-End-User` named, or else the caller.
    package var createdBy: String
    /// When its status or result last changed.
    package var updated: Timestamp
    /// The number of tries before this one, from 0.
    package var retry: Int
    /// What the task waits for; nil where it does not wait.
    package var waiting: TaskWait?
    /// As in the request for it.
    package var keepsInstaller: Bool

    package init(
        id: String, action: TaskAction, parent: String? = nil, slot: String? = nil, design: String,
        nodeFilter: Value = .null, status: TaskStatus, result: TaskResult, messages: [TaskMessage] = [],
        subtasks: [String] = [], created: Timestamp, createdBy: String, updated: Timestamp, retry: Int = 0,
        waiting: TaskWait? = nil, keepsInstaller: Bool = false
    ) {
        self.id = id
        self.keepsInstaller = keepsInstaller
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

    /// Whether the task has ended: it is `complete` or `terminated`.
    package var isComplete: Bool { status == .complete || status == .terminated }

    /// The number of its messages that are errors.
    package var errorCount: Int { messages.count { $0.isError } }

    /// The task as clients get it (`docs/reference/drydock.md` §3).
    ///
    /// - Parameter style: the form of times: `.offset` in the answer to a creation, `.naive` in every later one.
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

    /// The member `result` of `value(_:)`.
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

/// A request for a task.
package struct TaskRequest: Sendable, Hashable {
    /// What the task shall do, one of `TaskAction.requestable` or `noop`.
    package var action: TaskAction
    /// Where the design is (`docs/reference/drydock.md` §4); it may have user and password.
    package var design: String
    /// Null for all nodes, or a filter (`docs/reference/drydock.md` §8).
    package var nodeFilter: Value
    /// The user on whose behalf the task is made.
    package var createdBy: String
    /// A second request with the same key returns the task of the first. Nil makes a new task.
    package var key: String?
    /// Of `destroy_nodes`: whether machines stay in their installers for the installation that follows, instead of being
    /// forgotten and switched off.
    package var keepsInstaller: Bool

    package init(
        action: TaskAction, design: String, nodeFilter: Value = .null, createdBy: String, key: String? = nil,
        keepsInstaller: Bool = false
    ) {
        self.keepsInstaller = keepsInstaller
        self.action = action
        self.design = design
        self.nodeFilter = nodeFilter
        self.createdBy = createdBy
        self.key = key
    }
}
