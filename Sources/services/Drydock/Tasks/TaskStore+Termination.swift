import Logging
import MessageCatalog
import OrderedCollections
import Primitives
import Store
import Synchronization

extension TaskStore {
    /// Ends a task and all below it that have not ended, as failures; ended ones keep their results.
    ///
    /// - Returns: whether the task had not ended.
    func terminate(_ id: String, reason: String) async throws -> Bool {
        let time = now()
        let ended = try await database.write { connection in
            let open = try connection.query(
                """
                WITH RECURSIVE tree (id) AS (
                    SELECT ? UNION SELECT t.id FROM drydock_tasks t JOIN tree ON t.parent = tree.id
                )
                SELECT t.id FROM drydock_tasks t JOIN tree ON t.id = tree.id WHERE t.status IN ('queued', 'running')
                """, [.text(id)]
            ).map { try $0.text("id") }
            for task in open {
                try connection.execute(
                    """
                    UPDATE drydock_tasks SET status = 'terminated', result = 'failure', waiting_for = NULL, updated = ?
                    WHERE id = ?
                    """, [.int(time.microseconds), .text(task)])
                try listener.record(task, at: time, connection)
            }
            if open.contains(id) {
                let message = TaskMessage(reason, isError: true, contextType: "task", context: id, time: time)
                try Self.append(message, to: id, connection)
            }
            return open
        }
        if !ended.isEmpty { listener.announce() }
        for task in ended { notifier.notify(.task(task)) }
        return ended.contains(id)
    }

    /// Top-level tasks that were made with a key that begins with `prefix`, by their keys, the oldest first.
    func tasks(keyPrefix prefix: String) async throws -> OrderedDictionary<String, DrydockTask> {
        try await database.read { connection in
            let made = try connection.query(
                """
                SELECT id, key FROM drydock_tasks
                WHERE key >= ?1 AND key < ?1 || char(0x10ffff) AND substr(key, 1, length(?1)) = ?1
                ORDER BY place
                """, [.text(prefix)]
            ).map { (id: try $0.text("id"), key: try $0.text("key")) }
            var tasks: OrderedDictionary<String, DrydockTask> = [:]
            for (id, key) in made { tasks[key] = try Self.find(connection, "id = ?", [.text(id)]) }
            return tasks
        }
    }

    /// Top-level tasks that have not ended and were made with a key that begins with `prefix`.
    func open(keyPrefix prefix: String) async throws -> [String] {
        try await database.read { connection in
            try connection.query(
                """
                SELECT id FROM drydock_tasks WHERE parent IS NULL AND status IN ('queued', 'running')
                    AND substr(key, 1, length(?1)) = ?1
                """, [.text(prefix)]
            ).map { try $0.text("id") }
        }
    }
}

extension Orchestrator {
    /// Ends every top-level task whose key begins with `prefix`; one that is being carried out is cut off.
    ///
    /// Machines keep the state that they have come to; the next task goes on from there.
    func terminate(keyPrefix prefix: String, reason: String) async throws {
        for id in try await tasks.open(keyPrefix: prefix) {
            guard try await tasks.terminate(id, reason: reason) else { continue }
            logger.notice(.taskTerminated, "task \(id) is terminated", metadata: ["task": "\(id)"])
            present.withLock { $0[id] ?? nil }?.cancel()
        }
    }
}
