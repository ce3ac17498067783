import Logging
import MessageCatalog
import Primitives
import Store

extension TaskStore {
    /// What the ids of tasks begin with where ends of the daemon are counted.
    private static let kind = "task/"

    /// Ends the top-level tasks that were running at as many unclean ends in a row as `UncleanEnds` allows.
    ///
    /// - Returns: the ids of those.
    func endRepeated() async throws -> [String] {
        let repeated = try await database.write { connection in
            let running = try connection.query(
                "SELECT id FROM drydock_tasks WHERE parent IS NULL AND status = 'running'"
            ).map { try $0.text("id") }
            let work = try running.map { id in
                UncleanEnds.Work(
                    id: Self.kind + id, progress: try Self.progress("id = ?", id, connection),
                    isIdle: try Self.isIdle("id = ?", id, connection))
            }
            return try UncleanEnds.repeated(work, kind: Self.kind, connection)
        }.map { String($0.dropFirst(Self.kind.count)) }
        for task in repeated { _ = try await terminate(task, reason: Self.repetition) }
        return repeated
    }

    private static let repetition =
        "The daemon ended \(UncleanEnds.limit) times in a row while it carried this task out, or \(UncleanEnds.idleLimit) times "
        + "while the task merely waited, without being asked to and without getting any further: the task has failed and is "
        + "not resumed again. `journalctl -u boatyard` says how the daemon ended. Ask for the task again once the cause is found."

    /// Whether all that is open of the top-level tasks that `condition` selects, of which there are some, merely waits: for a
    /// machine, an operator or its turn. What talks to a BMC does not.
    static func isIdle(_ condition: String, _ parameter: String, _ connection: Connection) throws -> Bool {
        let row = try connection.query(
            """
            WITH RECURSIVE tree (id) AS (
                SELECT id FROM drydock_tasks WHERE parent IS NULL AND \(condition)
                UNION SELECT t.id FROM drydock_tasks t JOIN tree ON t.parent = tree.id
            )
            SELECT count(*) AS open, count(CASE WHEN status = 'running' AND waiting_for ->> 4 IS NOT 1
                AND NOT EXISTS (SELECT 1 FROM drydock_tasks part WHERE part.parent = task.id AND part.status = 'running')
                THEN 1 END) AS busy
            FROM drydock_tasks task WHERE id IN (SELECT id FROM tree) AND status IN ('queued', 'running')
            """, [.text(parameter)]
        ).first
        guard let row else { return false }
        return try row.int("open") > 0 && row.int("busy") == 0
    }

    /// How far the top-level tasks that `condition` selects have come: tasks below them, ended ones, tries, what they said,
    /// and what machines have reported.
    static func progress(_ condition: String, _ parameter: String, _ connection: Connection) throws -> String {
        let row = try connection.query(
            """
            WITH RECURSIVE tree (id) AS (
                SELECT id FROM drydock_tasks WHERE parent IS NULL AND \(condition)
                UNION SELECT t.id FROM drydock_tasks t JOIN tree ON t.parent = tree.id
            )
            SELECT count(*) AS tasks, count(CASE WHEN status NOT IN ('queued', 'running') THEN 1 END) AS ended,
                coalesce(sum(retry), 0) AS tries,
                (SELECT count(*) FROM (SELECT DISTINCT task, text, context FROM drydock_task_messages
                    WHERE task IN (SELECT id FROM tree))) AS messages,
                (SELECT coalesce(sum(min(sequence, 2147483647)), 0) FROM drydock_machines) AS reports
            FROM drydock_tasks WHERE id IN (SELECT id FROM tree)
            """, [.text(parameter)]
        ).first
        guard let row else { return "" }
        return try ["tasks", "ended", "tries", "messages", "reports"].map { String(try row.int64($0)) }
            .joined(separator: " ")
    }
}

extension DrydockService {
    /// To be called before `run` where the daemon before this one ended unasked: a task that was running then, and at the
    /// end before, fails instead of being resumed.
    package func endRepeatedTasks() async throws {
        for task in try await taskStore.endRepeated() {
            logger.error(
                .taskAbandoned,
                "a task that the daemon ended at again and again is not resumed", metadata: ["task": "\(task)"])
        }
    }

    /// Whether all tasks whose keys begin with `prefix` that have not ended merely wait; false where there are none.
    package static func isIdle(keyPrefix prefix: String, _ connection: Connection) throws -> Bool {
        try TaskStore.isIdle("substr(key, 1, length(?1)) = ?1", prefix, connection)
    }

    /// Another text whenever a task whose key begins with `prefix` has got further.
    package static func progress(keyPrefix prefix: String, _ connection: Connection) throws -> String {
        try TaskStore.progress("substr(key, 1, length(?1)) = ?1", prefix, connection)
    }
}
