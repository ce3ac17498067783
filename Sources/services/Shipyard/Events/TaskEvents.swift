import Drydock
import OrderedCollections
import Primitives

extension EventLog {
    /// Writes down what becomes of Drydock's tasks.
    package var taskListener: TaskListener {
        TaskListener(
            write: { change, connection in
                try Self.append([SiteEvent(change)], at: change.time, connection)
            }, announce: { [notifier] in notifier.notify() })
    }
}

extension SiteEvent {
    /// `task_action` is what the task does, `action` the id of Shipyard's action that it belongs to, if to any.
    init(_ change: TaskChange) {
        var members: Value.Object = [:]
        if let action = StepEnvironment.action(ofTaskKey: change.key) { members["action"] = .string(action) }
        members["task"] = .string(change.id)
        members["task_action"] = .string(change.action)
        if let parent = change.parent { members["parent"] = .string(parent) }
        members["status"] = .string(change.status)
        members["result"] = .string(change.result)
        members["retry"] = .int(change.retry)
        members["message"] = change.message.map(Value.string)
        self.init(.task, .object(members))
    }
}
