import Primitives
import Store

/// What running tasks wait for.
extension TaskStore {
    /// By node; of several tasks that deal with one, what the newest waits for. A node whose boot actions are waited for is
    /// told which of its own.
    func waits() async throws -> [String: TaskWait] {
        try await database.read { connection in
            let rows = try connection.query(
                """
                SELECT action, node_filter, waiting_for FROM drydock_tasks WHERE status = 'running'
                    AND waiting_for IS NOT NULL ORDER BY place
                """)
            var waits: [String: TaskWait] = [:]
            for row in rows {
                let names = Self.names(try Value(json: row.text("node_filter")))
                guard try row.text("action") == TaskAction.bootActionReport.rawValue else {
                    // Any other task that waits is one of a single node.
                    if names.count == 1 { waits[names[0]] = try Self.wait(row, connection) }
                    continue
                }
                guard let wait = try Self.wait(row, connection) else { continue }
                for node in names {
                    let open = try Self.openBootActions(of: node, connection)
                    guard !open.isEmpty else { continue }
                    waits[node] = wait
                    waits[node]?.event = BootActionRecord.awaited(open)
                }
            }
            return waits
        }
    }

    /// Those of the newest installation of a node that have not reported.
    private static func openBootActions(of node: String, _ connection: Connection) throws -> [BootActionRecord] {
        try DeploymentStore.bootActions(
            connection,
            """
            status = ? AND deployment = (SELECT id FROM drydock_deployments
                WHERE rowid = \(DeploymentStore.newestInstallation(of: "?"))) ORDER BY place
            """, [.text(BootActionRecord.Status.incomplete.rawValue), .text(node)])
    }

    /// By node, what its machine has begun and not ended, in the words of a wait, where no task deals with it any more: the
    /// action was stopped, or the task given up.
    func unattended() async throws -> [String: String] {
        try await database.read { connection in
            var open: [String: String] = [:]
            let working = [MachineState.new, .commissioning, .deploying, .releasing, .diskErasing]
            for machine in try MachineStore.select(
                connection, "node IS NOT NULL AND state IN (SELECT value FROM json_each(?))",
                [.text(Value(working.map(\.rawValue)).json(.compact))])
            {
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
            guard !open.isEmpty else { return [:] }
            let dealing: [TaskAction] = [.configureHardware, .deployNode, .destroyNode, .bootActionReport]
            try connection.forEach(
                """
                SELECT node_filter FROM drydock_tasks WHERE parent IS NOT NULL AND status IN ('queued', 'running')
                    AND action IN (SELECT value FROM json_each(?))
                """, [.text(Value(dealing.map(\.rawValue)).json(.compact))]
            ) { row in
                for node in Self.names(try Value(json: row.text(0))) { open[node] = nil }
            }
            return open
        }
    }

    /// The nodes in the filter of a subtask.
    static func names(_ filter: Value) -> [String] {
        (filter["filter_set"]?[0]?["node_names"]?.arrayValue ?? []).compactMap(\.stringValue)
    }
}
