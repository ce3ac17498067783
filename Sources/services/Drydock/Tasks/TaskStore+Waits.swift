import Primitives
import Store

/// What running tasks wait for.
extension TaskStore {
    /// By node; of several tasks that deal with one, what the newest waits for.
    func waits() async throws -> [String: TaskWait] {
        try await database.read { connection in
            let rows = try connection.query(
                """
                SELECT node_filter, waiting_for FROM drydock_tasks WHERE status = 'running'
                    AND waiting_for IS NOT NULL ORDER BY place
                """)
            var waits: [String: TaskWait] = [:]
            for row in rows {
                let filter = try Value(json: row.text("node_filter"))
                // A task that waits is one of a single node.
                guard let names = filter["filter_set"]?[0]?["node_names"]?.arrayValue, names.count == 1,
                    let node = names[0].stringValue
                else { continue }
                waits[node] = try Self.wait(row)
            }
            return waits
        }
    }
}
