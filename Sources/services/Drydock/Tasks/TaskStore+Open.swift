import Store

extension DrydockService {
    /// The task that is carried out, or waits for its turn, in words; nil where there is none.
    package static func openTask(_ connection: Connection) throws -> String? {
        try connection.query(
            """
            SELECT id, action FROM drydock_tasks WHERE parent IS NULL AND status IN ('queued', 'running')
            ORDER BY created, place LIMIT 1
            """
        ).first.map { "Drydock task \(try $0.text("id")) (\(try $0.text("action"))) has not ended" }
    }
}
