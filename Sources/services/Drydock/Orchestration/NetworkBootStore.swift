import Primitives
import Store

/// How often which task has told which machine to boot from the network, and when it did so last.
struct NetworkBootStore: Sendable {
    let database: Database
    let now: @Sendable () -> Timestamp

    struct Order: Sendable, Hashable {
        /// The id of the task that gave it.
        var task: String
        /// How often that task has given it.
        var count: Int
        /// When the machine was begun to be switched off and on.
        var begun: Timestamp
        /// When it was seen to be on again; nil where that is not known.
        var told: Timestamp?
    }

    /// The last one; nil where there was none.
    func order(of node: String) async throws -> Order? {
        let rows = try await database.read {
            try $0.query(
                "SELECT task, orders, begun, told FROM drydock_network_boots WHERE node = ?", [.text(node)])
        }
        return try rows.first.map { row in
            Order(
                task: try row.text(0), count: try row.int(1), begun: Timestamp(microseconds: try row.int64(2)),
                told: try row.optionalInt64(3).map { Timestamp(microseconds: $0) })
        }
    }

    /// Before the machine is switched off. An order that was cut off by the end of the daemon is not counted twice.
    func begin(_ node: String, task: String) async throws {
        let time = SQLValue.int(now().microseconds)
        try await database.write {
            try $0.execute(
                """
                INSERT INTO drydock_network_boots (node, task, orders, begun) VALUES (?1, ?2, 1, ?3)
                ON CONFLICT (node) DO UPDATE SET begun = excluded.begun, told = NULL, task = excluded.task,
                    orders = CASE WHEN task <> excluded.task THEN 1 WHEN told IS NULL THEN orders ELSE orders + 1 END
                """, [.text(node), .text(task), time])
        }
    }

    /// Once the machine is on again.
    func end(_ node: String, task: String) async throws {
        let time = SQLValue.int(now().microseconds)
        try await database.write {
            try $0.execute(
                "UPDATE drydock_network_boots SET told = ? WHERE node = ? AND task = ?",
                [time, .text(node), .text(task)])
        }
    }
}
