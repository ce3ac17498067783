import Primitives
import Store

/// Hears of every task that is made, and of every change of its status, its try or its result.
package struct TaskListener: Sendable {
    /// Runs within the transaction of the change, so that the one is not written without the other.
    package var write: @Sendable (TaskChange, Connection) throws -> Void
    /// Runs once that is durable.
    package var announce: @Sendable () -> Void

    package init(
        write: @escaping @Sendable (TaskChange, Connection) throws -> Void, announce: @escaping @Sendable () -> Void
    ) {
        self.write = write
        self.announce = announce
    }

    package static let nobody = TaskListener(write: { _, _ in }, announce: {})
}

/// A task as a change left it.
package struct TaskChange: Sendable, Hashable {
    /// UUID version 4.
    package var id: String
    package var action: String
    /// The task that it is a part of.
    package var parent: String?
    /// What the topmost task above it was created with, or it itself.
    package var key: String?
    package var status: String
    package var result: String
    package var message: String?
    /// How many tries there were before this one.
    package var retry: Int
    package var time: Timestamp
}

extension TaskListener {
    /// Writes down what the task is now.
    func hear(of id: String, at time: Timestamp, _ connection: Connection) throws {
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
