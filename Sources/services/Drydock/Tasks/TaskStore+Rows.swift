import Primitives
import Store

extension TaskStore {
    static func find(_ connection: Connection, _ condition: String, _ parameters: [SQLValue]) throws -> DrydockTask? {
        try select(connection, condition, parameters, limit: 1).first
    }

    static func select(
        _ connection: Connection, _ condition: String, _ parameters: [SQLValue], limit: Int = -1
    ) throws -> [DrydockTask] {
        let rows = try connection.query(
            "SELECT * FROM drydock_tasks WHERE \(condition) ORDER BY place LIMIT \(limit)", parameters)
        return try rows.map { try task($0, connection) }
    }

    /// As `select`, with the ids of tasks whose rows cannot be read, and why, in place of an error for all.
    static func readable(
        _ connection: Connection, _ condition: String, _ parameters: [SQLValue]
    ) throws -> (tasks: [DrydockTask], unreadable: [String: DrydockError]) {
        let rows = try connection.query("SELECT * FROM drydock_tasks WHERE \(condition) ORDER BY place", parameters)
        var found: (tasks: [DrydockTask], unreadable: [String: DrydockError]) = ([], [:])
        for row in rows {
            do {
                found.tasks.append(try task(row, connection))
            } catch let error as StoreError where error.problem != .misuse {
                throw error
            } catch {
                found.unreadable[try row.text("id")] = DrydockError(.failed, error.inWords)
            }
        }
        return found
    }

    private static func task(_ row: Row, _ connection: Connection) throws -> DrydockTask {
        let id = try row.text("id")
        guard let action = TaskAction(rawValue: try row.text("action")),
            let status = TaskStatus(rawValue: try row.text("status")),
            let resultStatus = TaskResult.Status(rawValue: try row.text("result"))
        else {
            throw DrydockError(.failed, "task \(id) in the database has an unknown action, status or result")
        }
        var result = TaskResult()
        result.status = resultStatus
        result.message = try row.optionalText("message")
        result.reason = try row.optionalText("reason")
        result.successes = try strings(row, "successes")
        result.failures = try strings(row, "failures")
        result.links = (try Value(json: row.text("links")).arrayValue ?? []).compactMap { link in
            guard let relation = link[0]?.stringValue, let reference = link[1]?.stringValue else { return nil }
            return TaskResult.Link(relation: relation, reference: reference)
        }
        result.isPermanent = try row.bool("is_permanent")
        return DrydockTask(
            id: id, action: action, parent: try row.optionalText("parent"), slot: try row.optionalText("slot"),
            design: try row.text("design"), nodeFilter: try Value(json: row.text("node_filter")), status: status,
            result: result, messages: try messages(of: id, connection),
            subtasks: try connection.query(
                "SELECT id FROM drydock_tasks WHERE parent = ? ORDER BY place", [.text(id)]
            ).map { try $0.text(0) },
            created: Timestamp(microseconds: try row.int64("created")), createdBy: try row.text("created_by"),
            updated: Timestamp(microseconds: try row.int64("updated")), retry: try row.int("retry"),
            waiting: try wait(row, connection),
            keepsInstaller: try row.bool("keeps_installer"))
    }

    /// Whether there is a task with this id, whatever stands in it.
    static func exists(_ id: String, _ connection: Connection) throws -> Bool {
        try !connection.query("SELECT 1 FROM drydock_tasks WHERE id = ?", [.text(id)]).isEmpty
    }

    /// What was said in a task, in its order.
    ///
    /// - Parameter context: the id of a boot action, or the name of a node, that it was said of; nil for all.
    static func messages(of id: String, context: String? = nil, _ connection: Connection) throws -> [TaskMessage] {
        try connection.query(
            "SELECT * FROM drydock_task_messages WHERE task = ?1 AND (?2 IS NULL OR context = ?2) ORDER BY id",
            [.text(id), SQLValue(context)]
        ).map { row in
            TaskMessage(
                try row.text("text"), isError: try row.bool("is_error"), contextType: try row.text("context_type"),
                context: try row.text("context"), time: Timestamp(microseconds: try row.int64("time")),
                extra: try Value(json: row.text("extra")))
        }
    }

    /// - Parameter row: with `node_filter` and `waiting_for`.
    static func wait(_ row: Row, _ connection: Connection) throws -> TaskWait? {
        guard let text = try row.optionalText("waiting_for"), let parts = try Value(json: text).arrayValue,
            (4...5).contains(parts.count), let event = parts[0].stringValue, let since = parts[1].intValue,
            let deadline = parts[2].intValue, let then = parts[3].stringValue
        else { return nil }
        var wait = TaskWait(
            event: event, since: Timestamp(microseconds: Int64(since)),
            deadline: Timestamp(microseconds: Int64(deadline)), then: then, isIdle: parts.last == true)
        let nodes = names(try Value(json: row.text("node_filter")))
        // It may never come: another machine says to be the node.
        if let node = nodes.first, nodes.count == 1, event == TaskWait.inventory(of: node),
            try !connection.query("SELECT 1 FROM drydock_conflicts WHERE node = ? LIMIT 1", [.text(node)]).isEmpty
        {
            wait.event += " (\(node) is disputed: boatyard get nodes)"
        }
        return wait
    }

    static func strings(_ row: Row, _ column: String) throws -> [String] {
        try Value(json: row.text(column)).arrayValue?.compactMap(\.stringValue) ?? []
    }
}
