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
                let filter = try Value(json: row.text("node_filter"))
                let names = (filter["filter_set"]?[0]?["node_names"]?.arrayValue ?? []).compactMap(\.stringValue)
                guard try row.text("action") == TaskAction.bootActionReport.rawValue else {
                    // Any other task that waits is one of a single node.
                    if names.count == 1 { waits[names[0]] = try Self.wait(row) }
                    continue
                }
                guard let wait = try Self.wait(row) else { continue }
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
}
