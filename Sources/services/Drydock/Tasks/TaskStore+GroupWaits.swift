import Primitives
import Store

/// What machines wait for that are ready while others of their group are prepared.
extension TaskStore {
    /// By node: that others are prepared with it in a task that an action of the site has made, and may keep it from being installed by the
    /// criteria of its group. Not for a node that another task is to work on.
    ///
    /// - Parameter waits: what tasks wait for, by node.
    static func groupWaits(besides waits: [String: TaskWait], _ connection: Connection) throws -> [String: TaskWait] {
        let tasks = try connection.query(
            """
            SELECT id, key FROM drydock_tasks WHERE parent IS NULL AND status = 'running' AND action = ?
                AND key IS NOT NULL
            """, [.text(TaskAction.prepareNodes.rawValue)])
        var found: [String: TaskWait] = [:]
        for task in tasks where ULID(String(try task.text("key").prefix { $0 != "/" })) != nil {
            found.merge(try groupWaits(in: task.text("id"), besides: waits, connection)) { $1 }
        }
        guard !found.isEmpty else { return [:] }
        let others = try connection.query(
            """
            SELECT node_filter FROM drydock_tasks
                WHERE parent IS NULL AND status IN ('queued', 'running') AND action <> ?
            """, [.text(TaskAction.prepareNodes.rawValue)])
        for row in others {
            for node in names(try Value(json: row.text("node_filter"))) { found[node] = nil }
        }
        return found
    }

    private static func groupWaits(
        in task: String, besides waits: [String: TaskWait], _ connection: Connection
    ) throws -> [String: TaskWait] {
        let children = try connection.query(
            """
            SELECT node_filter, updated, status, result FROM drydock_tasks
                WHERE parent = ? AND action = ? ORDER BY place
            """, [.text(task), .text(TaskAction.prepareNodes.rawValue)])
        var open: [String] = []
        var ready: [String: Timestamp] = [:]
        for child in children {
            guard let node = names(try Value(json: child.text("node_filter"))).first else { continue }
            switch (try child.text("status"), try child.text("result")) {
            case ("queued", _), ("running", _): open.append(node)
            case ("complete", TaskResult.Status.success.rawValue):
                ready[node] = Timestamp(microseconds: try child.int64("updated"))
            default: break
            }
        }
        guard let first = open.first, let deadline = open.compactMap({ waits[$0]?.deadline }).max() else { return [:] }
        let states = try connection.query(
            "SELECT node FROM drydock_machines WHERE node IS NOT NULL AND state = ?",
            [.text(MachineState.ready.rawValue)])
        let more = open.count > 1 ? " and \(open.count - 1) more of its group" : ", which is of its group"
        return try states.reduce(into: [:]) { found, row in
            let node = try row.text("node")
            guard let since = ready[node], waits[node] == nil else { return }
            found[node] = TaskWait(
                event: "the preparation of \(first)\(more)", since: since, deadline: deadline,
                then: "it is installed if the criteria of its group allow it", isIdle: true)
        }
    }
}
