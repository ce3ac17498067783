import Primitives
import Store

/// Tasks in the database. Every function is one transaction.
struct TaskStore: Sendable {
    let database: Database
    let vault: Vault
    let notifier: Notifier<DrydockTopic>
    let listener: TaskListener
    let now: @Sendable () -> Timestamp
    var unreadable = UnreadableRows()

    /// A new top-level task, or the one that was created with the same key.
    func create(_ request: TaskRequest) async throws -> DrydockTask {
        let time = now()
        let (task, isNew) = try await database.write { connection in
            if let key = request.key, let task = try Self.find(connection, "key = ?", [.text(key)]) {
                return (task, false)
            }
            return (try insert(request, at: time, connection), true)
        }
        if isNew {
            listener.announce()
            notifier.notify(.queue)
        }
        return task
    }

    /// Makes a subtask of `parent`, or finds the one that is in `slot`, and marks it as running.
    ///
    /// - Returns: the subtask, which is running unless it had ended before.
    /// - Throws: `CancellationError` where `parent` was ended, or is gone: what is below it must not begin.
    func begin(_ request: TaskRequest, parent: String, slot: String, retry: Int) async throws -> DrydockTask {
        let time = now()
        let child = try await database.write { connection in
            let present = try Self.find(connection, "parent = ? AND slot = ?", [.text(parent), .text(slot)])
            if let present, present.isComplete { return present }
            try Self.requireOpen(parent, connection)
            var child =
                try present ?? insert(request, parent: parent, slot: slot, retry: retry, at: time, connection)
            try Self.update(Self.started, [], child.id, at: time, connection)
            try listener.record(child.id, at: time, connection)
            child.status = .running
            child.updated = time
            child.waiting = nil
            return child
        }
        listener.announce()
        notifier.notify(.task(child.id))
        return child
    }

    private func insert(
        _ request: TaskRequest, parent: String? = nil, slot: String? = nil, retry: Int = 0, at time: Timestamp,
        _ connection: Connection
    ) throws -> DrydockTask {
        let id = UUIDv4().description
        let design = DesignAddress(request.design)
        try connection.execute(
            """
            INSERT INTO drydock_tasks (id, key, parent, slot, action, design, design_sealed, node_filter, status, result,
                successes, failures, links, created, created_by, updated, retry, keeps_installer, place)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'queued', 'incomplete', '[]', '[]', '[]', ?, ?, ?, ?, ?,
                (SELECT coalesce(max(place), 0) + 1 FROM drydock_tasks))
            """,
            [
                .text(id), SQLValue(request.key), SQLValue(parent), SQLValue(slot), .text(request.action.rawValue),
                .text(design.description), SQLValue(try design.sealed(by: vault, for: DesignAddress.taskContext(id))),
                .text(request.nodeFilter.json(.compact)), .int(time.microseconds), .text(request.createdBy),
                .int(time.microseconds), .int(Int64(retry)), SQLValue(request.keepsInstaller),
            ])
        if let parent {
            let message = TaskMessage(
                "Started subtask \(id) for action \(request.action.rawValue)", contextType: "task", context: parent,
                time: time)
            // No other says the same, however many there are.
            try Self.append(message, to: parent, repeating: true, connection)
        }
        try listener.record(id, at: time, connection)
        return DrydockTask(
            id: id, action: request.action, parent: parent, slot: slot, design: design.description,
            nodeFilter: request.nodeFilter, status: .queued, result: TaskResult(), created: time,
            createdBy: request.createdBy, updated: time, retry: retry, keepsInstaller: request.keepsInstaller)
    }

    /// Where the design of a top-level task is.
    ///
    /// - Throws: `DrydockError` `.missing`; `BoatyardError` `drydock.sealed`.
    func design(of id: String) async throws -> DesignAddress {
        let found = try await database.read { connection in
            try connection.query("SELECT id, design, design_sealed FROM drydock_tasks WHERE id = ?", [.text(id)]).first
                .map { try design($0) }
        }
        guard let found else { throw DrydockError(.missing, "Task \(id) does not exist") }
        return found
    }

    /// - Parameter row: with `id`, `design` and `design_sealed`.
    func design(_ row: Row) throws -> DesignAddress {
        try DesignAddress(
            stored: row.text("design"), sealed: row.optionalBlob("design_sealed"), by: vault,
            for: DesignAddress.taskContext(row.text("id")))
    }

    func task(_ id: String) async throws -> DrydockTask? {
        try await database.read { try Self.find($0, "id = ?", [.text(id)]) }
    }

    /// All that can be read, the oldest first.
    func all() async throws -> [DrydockTask] {
        try await database.read { try Self.readable($0, "1 = 1", []).tasks }
    }

    func children(of parent: String) async throws -> [DrydockTask] {
        try await database.read { try Self.select($0, "parent = ?", [.text(parent)]) }
    }

    /// The nodes that a task has done all for that it does for each by itself: those of subtasks with its own action that have ended.
    ///
    /// - Returns: both empty for a task that has no such subtasks.
    func nodesDone(in task: DrydockTask) async throws -> (successes: Set<String>, failures: Set<String>) {
        try await database.read { connection in
            let rows = try connection.query(
                """
                SELECT id, successes, failures FROM drydock_tasks
                    WHERE parent = ? AND action = ? AND status = 'complete'
                """, [.text(task.id), .text(task.action.rawValue)])
            var done: (successes: Set<String>, failures: Set<String>) = ([], [])
            for row in rows {
                done.successes.formUnion(try Self.strings(row, "successes"))
                done.failures.formUnion(try Self.strings(row, "failures"))
            }
            done.successes.subtract(done.failures)
            return done
        }
    }

    /// How many top-level tasks there are of each status.
    func counts() async throws -> [String: Int] {
        try await database.read { connection in
            let rows = try connection.query(
                "SELECT status, count(*) AS number FROM drydock_tasks WHERE parent IS NULL GROUP BY status")
            return try rows.reduce(into: [:]) { $0[try $1.text("status")] = try $1.int("number") }
        }
    }

    /// The top-level tasks that have not ended, the oldest first, and the ids of those whose rows cannot be read, with why.
    func open() async throws -> (tasks: [DrydockTask], unreadable: [String: DrydockError]) {
        try await database.read { try Self.readable($0, "parent IS NULL AND status IN ('queued', 'running')", []) }
    }

    /// The task that is carried out, or waits for its turn, in words; nil where there is none.
    static func openTask(_ connection: Connection) throws -> String? {
        try connection.query(
            """
            SELECT id, action FROM drydock_tasks WHERE parent IS NULL AND status IN ('queued', 'running')
            ORDER BY place LIMIT 1
            """
        ).first.map { "Drydock task \(try $0.text("id")) (\(try $0.text("action"))) has not ended" }
    }

    /// When one of the tasks that have not ended was written last; nil where there is none. Reads all tasks.
    static func newestOpen(_ connection: Connection) throws -> Timestamp? {
        try connection.query(
            "SELECT max(max(created, updated)) FROM drydock_tasks WHERE status IN ('queued', 'running')"
        ).first?.optionalInt64(0).map { Timestamp(microseconds: $0) }
    }

    private static let started = "status = 'running', waiting_for = NULL"

    /// Marks the task as running and drops what it waited for before a restart.
    ///
    /// - Throws: `CancellationError` where it was ended, or is gone.
    func start(_ id: String) async throws {
        try await update(Self.started, [], id, requiring: { try Self.requireOpen(id, $0) })
    }

    /// - Throws: `CancellationError` where the task was ended, or is gone.
    private static func requireOpen(_ id: String, _ connection: Connection) throws {
        guard try isOpen(id, connection) else { throw CancellationError() }
    }

    private static func isOpen(_ id: String, _ connection: Connection) throws -> Bool {
        try !connection.query(
            "SELECT 1 FROM drydock_tasks WHERE id = ? AND status IN ('queued', 'running')", [.text(id)]
        ).isEmpty
    }

    /// Ends a task with its result. One that was terminated stays as it is.
    ///
    /// - Returns: the task at its end.
    /// - Throws: `DrydockError` `.missing` where there is none any more.
    @discardableResult
    func finish(_ id: String, _ result: TaskResult) async throws -> DrydockTask {
        let time = now()
        let ended = try await database.write { connection in
            guard try Self.isOpen(id, connection) else { return try Self.find(connection, "id = ?", [.text(id)]) }
            try Self.update(
                """
                status = 'complete', waiting_for = NULL, result = ?, message = ?, reason = ?, successes = ?,
                failures = ?, links = ?, is_permanent = ?
                """,
                [
                    .text(result.status.rawValue), SQLValue(result.message), SQLValue(result.reason),
                    .text(Value(result.successes).json(.compact)), .text(Value(result.failures).json(.compact)),
                    .text(
                        Value.array(result.links.map { [.string($0.relation), .string($0.reference)] })
                            .json(.compact)),
                    SQLValue(result.isPermanent),
                ], id, at: time, connection)
            try listener.record(id, at: time, connection)
            return try Self.find(connection, "id = ?", [.text(id)])
        }
        listener.announce()
        notifier.notify(.task(id))
        // What it has done so far is waited for as well.
        if let parent = ended?.parent { notifier.notify(.task(parent)) }
        guard let ended else { throw DrydockError(.missing, "Task \(id) was purged while it ran.") }
        return ended
    }

    /// A further try on what failed: the task runs again under a higher retry number. The timelines of the nodes have it.
    ///
    /// - Parameter limit: the highest retry number that there can be.
    func retry(_ id: String, number: Int, of limit: Int, _ action: TaskAction, nodes: [String]) async throws {
        let attempt = "attempt \(number + 1) of \(limit + 1) (\(action.rawValue))"
        try await update("retry = ?", [.int(Int64(number))], id) { connection, time in
            for node in nodes {
                try TimelineStore.record(.attempt, action.rawValue, attempt, node: node, at: time, connection)
            }
        }
    }

    func wait(_ id: String, for wait: TaskWait?) async throws {
        let text = wait.map { wait in
            Value.array([
                .string(wait.event), .int(Int(wait.since.microseconds)), .int(Int(wait.deadline.microseconds)),
                .string(wait.then), .bool(wait.isIdle),
            ]).json(.compact)
        }
        try await update("waiting_for = ?", [SQLValue(text)], id, isRecorded: false)
    }

    /// Drops what tasks waited for when the daemon ended: they wait again once they have come to it.
    func dropWaits() async throws {
        try await database.write {
            try $0.execute("UPDATE drydock_tasks SET waiting_for = NULL WHERE waiting_for IS NOT NULL")
        }
    }

    /// Adds a message; whoever said it, its secrets are masked. One that stands there already is not repeated unless `repeating`, because work is done again
    /// after a restart.
    func append(_ message: TaskMessage, to id: String, repeating: Bool = false) async throws {
        try await database.write { try Self.append(message, to: id, repeating: repeating, $0) }
    }

    static func append(
        _ message: TaskMessage, to id: String, repeating: Bool = false, _ connection: Connection
    ) throws {
        let text = LogRedactor.redact(message.text)
        try connection.execute(
            """
            INSERT INTO drydock_task_messages (task, text, is_error, context_type, context, time, extra)
            SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE ?8 OR NOT EXISTS (SELECT 1 FROM drydock_task_messages
                WHERE task = ?1 AND text = ?2 AND context_type = ?4 AND context = ?5)
            """,
            [
                .text(id), .text(text), SQLValue(message.isError), .text(message.contextType),
                .text(message.context), .int(message.time.microseconds), .text(message.extra.json(.compact)),
                SQLValue(repeating),
            ])
        try connection.execute(
            "UPDATE drydock_tasks SET updated = ? WHERE id = ?", [.int(message.time.microseconds), .text(id)])
    }

    /// Removes top-level tasks created before `time` that have ended, with all that hangs on them.
    ///
    /// - Parameter kept: the ids of those that stay where they were terminated: whoever carries them out has not noticed yet. One that
    ///   is complete was written last by whoever did that.
    func purge(before time: Timestamp, except kept: [String] = []) async throws {
        try await database.write { connection in
            try connection.execute(
                """
                DELETE FROM drydock_tasks WHERE parent IS NULL AND created < ? AND status IN ('complete', 'terminated')
                    AND NOT (status = 'terminated' AND id IN (SELECT value FROM json_each(?)))
                """, [.int(time.microseconds), .text(Value(kept).json(.compact))])
        }
    }

    /// - Parameters:
    ///   - isRecorded: whether whoever follows the tasks learns of it.
    ///   - requiring: throws where nothing is to be written.
    private func update(
        _ assignments: String, _ parameters: [SQLValue], _ id: String, isRecorded: Bool = true,
        besides: @escaping @Sendable (Connection, Timestamp) throws -> Void = { _, _ in },
        requiring: @escaping @Sendable (Connection) throws -> Void = { _ in }
    ) async throws {
        let time = now()
        try await database.write { connection in
            try requiring(connection)
            try Self.update(assignments, parameters, id, at: time, connection)
            try besides(connection, time)
            if isRecorded { try listener.record(id, at: time, connection) }
        }
        if isRecorded { listener.announce() }
        notifier.notify(.task(id))
    }

    private static func update(
        _ assignments: String, _ parameters: [SQLValue], _ id: String, at time: Timestamp, _ connection: Connection
    ) throws {
        try connection.execute(
            "UPDATE drydock_tasks SET \(assignments), updated = ? WHERE id = ?",
            parameters + [.int(time.microseconds), .text(id)])
    }
}
