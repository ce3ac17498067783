import Primitives
import Store

/// Is told of every task that is made, and of every change of a task's status, try or result.
package struct TaskListener: Sendable {
    /// Stores something about the change, within its transaction. An error undoes the change.
    package var write: @Sendable (TaskChange, Connection) throws -> Void
    /// Is called once the change is stored.
    package var announce: @Sendable () -> Void

    package init(
        write: @escaping @Sendable (TaskChange, Connection) throws -> Void, announce: @escaping @Sendable () -> Void
    ) {
        self.write = write
        self.announce = announce
    }

    /// A listener that does nothing.
    package static let nobody = TaskListener(write: { _, _ in }, announce: {})
}

/// A task after a change.
package struct TaskChange: Sendable, Hashable {
    /// A UUID, version 4, in lower case.
    package var id: String
    /// The raw value of the task's `TaskAction`.
    package var action: String
    /// The id of the task that it is a part of; nil for a top-level task.
    package var parent: String?
    /// The key of the top-level task above it; nil where that was made without a key.
    package var key: String?
    /// The raw value of the task's `TaskStatus`.
    package var status: String
    /// The raw value of the task's `TaskResult.Status`.
    package var result: String
    /// The message of the result; nil where it has none.
    package var message: String?
    /// The number of tries before this one.
    package var retry: Int
    /// When the change was made.
    package var time: Timestamp
}

extension TaskListener {
    /// Passes what the task is now to `write`.
    func record(_ id: String, at time: Timestamp, _ connection: Connection) throws {
        let row = try connection.query(
            """
            WITH RECURSIVE above (id, parent, key) AS (
                SELECT id, parent, key FROM drydock_tasks WHERE id = ?1
                UNION SELECT t.id, t.parent, t.key FROM drydock_tasks t JOIN above ON t.id = above.parent)
            SELECT action, parent, status, result, message, retry,
                (SELECT key FROM above WHERE parent IS NULL) AS origin FROM drydock_tasks WHERE id = ?1
            """, [.text(id)]
        ).first
        guard let row else { return }
        let change = TaskChange(
            id: id, action: try row.text("action"), parent: try row.optionalText("parent"),
            key: try row.optionalText("origin"), status: try row.text("status"), result: try row.text("result"),
            message: try row.optionalText("message"), retry: try row.int("retry"), time: time)
        try write(change, connection)
    }
}
