import Primitives
import Store

/// What tasks came to for single nodes.
extension TaskStore {
    /// How many of the newest tasks are looked at.
    private static let horizon = 100

    /// The design of the newest task but those that only validate one; nil before the first.
    func newestDesign() async throws -> DesignAddress? { try await newestDesign("action <> 'validate_design'") }

    /// The design of the newest task that has worked on machines; nil before the first. What only looks at designs does not decide
    /// who may log in, or which BMC is told.
    func newestWorkedDesign() async throws -> DesignAddress? {
        try await newestDesign("action IN ('prepare_nodes', 'deploy_nodes', 'destroy_nodes')")
    }

    private func newestDesign(_ condition: String) async throws -> DesignAddress? {
        try await database.read { connection in
            try connection.query(
                """
                SELECT id, design, design_sealed FROM drydock_tasks WHERE parent IS NULL AND \(condition)
                    ORDER BY place DESC LIMIT 1
                """
            ).first.map { try design($0) }
        }
    }

    /// By node: why the newest task that has come to an end for it failed. What went wrong before an operator has settled which
    /// machine the node is says nothing of that machine, and is left out.
    func problems() async throws -> [String: NodeOverview.Problem] {
        let (problems, broken) = try await database.read { connection in
            let claims = Dictionary(
                try connection.query("SELECT node, time FROM drydock_claims").map { (try $0.text(0), try $0.int64(1)) },
                uniquingKeysWith: { $1 })
            var problems: [String: NodeOverview.Problem] = [:]
            var settled: Set<String> = []
            let rows = try connection.query(
                """
                SELECT * FROM drydock_tasks WHERE parent IS NULL
                    AND action IN ('prepare_nodes', 'deploy_nodes', 'destroy_nodes')
                    ORDER BY place DESC LIMIT \(Self.horizon)
                """)
            let outcomes = try ReadableRows(rows) {
                "task \(try $0.text("id"))"
            } read: {
                (row: $0, outcome: try Self.outcome(of: $0, connection))
            }
            for (row, (successes, failures)) in outcomes.values {
                let id = try row.text("id")
                let updated = try row.int64("updated")
                let failed = failures.subtracting(settled).filter { claims[$0].map { $0 <= updated } ?? true }
                settled.formUnion(failures)
                settled.formUnion(successes)
                guard !failed.isEmpty, let action = TaskAction(rawValue: try row.text("action")) else { continue }
                let messages = try Self.lastErrors(below: id, connection)
                for node in failed {
                    problems[node] = NodeOverview.Problem(
                        task: id, action: action, message: messages[node]?.text ?? "\(action.rawValue) failed",
                        code: messages[node]?.code,
                        updated: Timestamp(microseconds: updated))
                }
            }
            return (problems, outcomes)
        }
        unreadable.tell(broken)
        return problems
    }

    /// Whom a task succeeded and failed for. While it runs, and where it was ended before its time, a node that a part of it
    /// has given up has failed, and one of which a boot action has.
    private static func outcome(
        of row: Row, _ connection: Connection
    ) throws -> (successes: Set<String>, failures: Set<String>) {
        let isWhole = try row.text("status") == TaskStatus.complete.rawValue
        guard !isWhole else {
            let failures = Set(try strings(row, "failures"))
            return (Set(try strings(row, "successes")).subtracting(failures), failures)
        }
        let parts = try connection.query(
            "SELECT * FROM drydock_tasks WHERE parent = ? AND status = 'complete'", [.text(row.text("id"))])
        let told = try connection.query(
            """
            WITH RECURSIVE \(below)
            SELECT DISTINCT context FROM drydock_task_messages WHERE task IN (SELECT id FROM below)
                AND is_error AND context_type = 'node' AND extra ->> ? IS NOT NULL
            """, [.text(row.text("id")), .text(BootActionRecord.failureKey)])
        return ([], Set(try parts.flatMap { try strings($0, "failures") } + told.map { try $0.text(0) }))
    }

    /// The tasks below one and that one itself, as SQL has it.
    private static let below =
        "below (id) AS (VALUES (?) UNION SELECT drydock_tasks.id FROM drydock_tasks JOIN below ON parent = below.id)"

    /// By node, the last error that a task or one below it tells of it, and its code where it has one.
    private static func lastErrors(
        below task: String, _ connection: Connection
    ) throws -> [String: (text: String, code: String?)] {
        var messages: [String: (text: String, code: String?)] = [:]
        let rows = try connection.query(
            """
            WITH RECURSIVE \(below)
            SELECT context, text, extra ->> ? AS code FROM drydock_task_messages WHERE task IN (SELECT id FROM below)
                AND is_error AND context_type = 'node' ORDER BY id
            """, [.text(task), .text(NodeOverview.Problem.codeKey)])
        for row in rows {
            messages[try row.text("context")] = (try row.text("text"), try row.optionalText("code"))
        }
        return messages
    }
}
