import Primitives
import Store

/// What running tasks wait for.
extension TaskStore {
    /// By node; of several tasks that deal with one, what the newest waits for. A node whose boot actions are waited for is
    /// told which of its own, one that is ready beside others of its group that are prepared that it waits for those.
    func waits() async throws -> [String: TaskWait] {
        let (found, ready) = try await database.read { connection in
            let rows = try connection.query(
                """
                SELECT id, action, node_filter, waiting_for FROM drydock_tasks WHERE status = 'running'
                    AND waiting_for IS NOT NULL ORDER BY place
                """)
            let found = try ReadableRows(rows, Self.name) { try Self.waits(of: $0, connection) }
            let waits = found.values.reduce(into: [:]) { $0.merge($1) { $1 } }
            return (found, try Self.groupWaits(besides: waits, connection))
        }
        return unreadable.tell(found).reduce(into: ready) { $0.merge($1) { $1 } }
    }

    /// By node, what a task that is carried out waits for.
    ///
    /// - Parameter row: with `action`, `node_filter` and `waiting_for`.
    private static func waits(of row: Row, _ connection: Connection) throws -> [String: TaskWait] {
        let names = names(try Value(json: row.text("node_filter")))
        guard let wait = try wait(row, connection) else { return [:] }
        guard try row.text("action") == TaskAction.bootActionReport.rawValue else {
            // Any other task that waits is one of a single node.
            return names.count == 1 ? [names[0]: wait] : [:]
        }
        var waits: [String: TaskWait] = [:]
        for node in names {
            let open = try openBootActions(of: node, connection)
            guard !open.isEmpty else { continue }
            waits[node] = wait
            waits[node]?.event = BootActionRecord.awaited(open)
        }
        return waits
    }

    /// What a row is of that cannot be read.
    private static func name(_ row: Row) throws -> String { "task \(try row.text("id"))" }

    /// Those of the newest installation of a node that have not reported, and can be read.
    private static func openBootActions(of node: String, _ connection: Connection) throws -> [BootActionRecord] {
        try DeploymentStore.readableBootActions(
            connection,
            """
            status = ? AND deployment = (SELECT id FROM drydock_deployments
                WHERE rowid = \(DeploymentStore.newestInstallation(of: "?"))) ORDER BY place
            """, [.text(BootActionRecord.Status.incomplete.rawValue), .text(node)]
        ).values
    }

    /// By node, what its machine has begun and not ended, in the words of a wait, where no task deals with it any more: the
    /// action was stopped, or the task given up.
    func unattended() async throws -> [String: String] {
        let (open, machines, tasks) = try await database.read { connection in
            var open: [String: String] = [:]
            let working = [MachineState.new, .commissioning, .deploying, .releasing, .diskErasing]
            let machines = try MachineStore.readable(
                connection, "node IS NOT NULL AND state IN (SELECT value FROM json_each(?))",
                [.text(Value(working.map(\.rawValue)).json(.compact))])
            for machine in machines.values {
                guard let node = machine.node, machine.state != .new || machine.lifecycle.isKept else { continue }
                open[node] =
                    machine.state == .commissioning
                    ? TaskWait.inventory(of: node) : Orchestrator.awaited(node, machine.lifecycle.work?.phase)
            }
            let deployed = try connection.query(
                """
                SELECT DISTINCT action.node FROM drydock_boot_actions action
                    JOIN drydock_machines machine ON machine.node = action.node AND machine.state = ?
                    WHERE action.status = 'incomplete'
                """, [.text(MachineState.deployed.rawValue)])
            for row in deployed {
                let node = try row.text(0)
                let actions = try Self.openBootActions(of: node, connection)
                if !actions.isEmpty { open[node] = BootActionRecord.awaited(actions) }
            }
            let dealing: [TaskAction] = [.configureHardware, .deployNode, .destroyNode, .bootActionReport]
            let rows =
                open.isEmpty
                ? []
                : try connection.query(
                    """
                    SELECT id, node_filter FROM drydock_tasks WHERE parent IS NOT NULL
                        AND status IN ('queued', 'running') AND action IN (SELECT value FROM json_each(?))
                    """, [.text(Value(dealing.map(\.rawValue)).json(.compact))])
            let tasks = try ReadableRows(rows, Self.name) { Self.names(try Value(json: $0.text("node_filter"))) }
            for node in tasks.values.joined() { open[node] = nil }
            return (open, machines, tasks)
        }
        unreadable.tell(machines)
        unreadable.tell(tasks)
        return open
    }

    /// The nodes in the filter of a subtask.
    static func names(_ filter: Value) -> [String] {
        (filter["filter_set"]?[0]?["node_names"]?.arrayValue ?? []).compactMap(\.stringValue)
    }
}
