import Primitives
import Store
import Synchronization
import Workflow

/// Actions in the database.
struct ActionStore: Sendable {
    let log: EventLog
    private let graphs = GraphCache()
    private let unreadable: UnreadableRows

    var database: Database { log.database }

    init(log: EventLog, unreadable: UnreadableRows) {
        self.log = log
        self.unreadable = unreadable
    }

    /// An entry of an action's audit.
    struct Command: Sendable {
        var id: String
        var action: String
        var command: String
        var user: String
        var time: Timestamp

        var value: Value {
            [
                "id": .string(id), "action_id": .string(action), "command": .string(command), "user": .string(user),
                "datetime": .string(time.formatted(.offset)),
            ]
        }
    }

    /// Adds an action behind all others.
    ///
    /// - Returns: the action, with an execution date that no other of its name has.
    @discardableResult
    func insert(_ action: SiteAction, note: Note, failures: [FailedCheck] = []) async throws -> SiteAction {
        let events = ActionEvents.changes(of: action, from: nil, to: action.run)
        let inserted = try await database.write { connection in
            var action = action
            while try Self.isTaken(action.executionDate, action.name, connection) {
                action.executionDate.microseconds += 1
            }
            try connection.execute(
                """
                INSERT INTO shipyard_actions (id, name, parameters, execution_date, user, created, context_marker,
                    committed_revision, allow_intermediate_commits, graph, run, state, step_states, sequence)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
                    (SELECT coalesce(max(sequence), 0) + 1 FROM shipyard_actions))
                """,
                [
                    .text(action.id), .text(action.name), .text(action.parameters.json(.compact)),
                    .int(action.executionDate.microseconds), .text(action.user), .int(action.created.microseconds),
                    .text(action.contextMarker), SQLValue(action.committedRevision),
                    SQLValue(action.allowsIntermediateCommits), .text(action.run.graph.value.json(.compact)),
                    .text(action.run.value.json(.compact)), .text(action.run.state.rawValue),
                    .text(ActionSummary.states(action.run)),
                ])
            // They are read back in the order of their ids.
            let ids = failures.map { _ in ULID().description }.sorted()
            for (id, failure) in zip(ids, failures) {
                try connection.execute(
                    "INSERT INTO shipyard_validations (id, action_id, name, details) VALUES (?, ?, ?, ?)",
                    [.text(id), .text(action.id), .text(failure.name), .text(failure.details)])
            }
            try NoteStore.insert(note, connection)
            try Self.audit(action.id, "invoke", user: action.user, at: action.created, connection)
            try EventLog.append(events, at: action.created, connection)
            return action
        }
        log.notifier.notify()
        return inserted
    }

    private static func isTaken(_ date: Timestamp, _ name: String, _ connection: Connection) throws -> Bool {
        try !connection.query(
            "SELECT 1 FROM shipyard_actions WHERE execution_date = ? AND name = ?",
            [.int(date.microseconds), .text(name)]
        ).isEmpty
    }

    /// Writes a transition of the action down, and the command that led to it.
    func update(
        _ action: SiteAction, to run: WorkflowRun, command: (name: String, user: String)?, at time: Timestamp
    ) async throws {
        let text = run.value.json(.compact)
        let states = ActionSummary.states(run)
        let events = ActionEvents.changes(of: action, from: action.run, to: run)
        try await database.write { connection in
            try connection.execute(
                "UPDATE shipyard_actions SET run = ?, state = ?, step_states = ? WHERE id = ?",
                [.text(text), .text(run.state.rawValue), .text(states), .text(action.id)])
            if let command { try Self.audit(action.id, command.name, user: command.user, at: time, connection) }
            try EventLog.append(events, at: time, connection)
        }
        log.notifier.notify()
    }

    private static func audit(
        _ action: String, _ command: String, user: String, at time: Timestamp, _ connection: Connection
    ) throws {
        try connection.execute(
            """
            INSERT INTO shipyard_audit (id, action_id, command, user, time, sequence)
            VALUES (?, ?, ?, ?, ?, (SELECT coalesce(max(sequence), 0) + 1 FROM shipyard_audit))
            """,
            [.text(ULID().description), .text(action), .text(command), .text(user), .int(time.microseconds)])
    }

    func action(_ id: String) async throws -> SiteAction? {
        try await select("WHERE id = ?", [.text(id)]).first
    }

    /// The newest `limit` actions, the oldest of them first, as far as they can be read.
    ///
    /// - Parameter before: only actions that were created before the one with this id; none where there is no such one.
    func page(limit: Int, before: String? = nil) async throws -> [ActionSummary] {
        let graphs = graphs
        let (condition, end): (String, [SQLValue]) =
            before.map { ("sequence < (SELECT sequence FROM shipyard_actions WHERE id = ?)", [.text($0)]) }
            ?? ("sequence > 0", [])
        let found = try await database.read { connection in
            let rows = try connection.query(
                """
                SELECT \(ActionSummary.columns) FROM shipyard_actions WHERE \(condition) ORDER BY sequence DESC LIMIT ?
                """, end + [.int(Int64(limit))])
            return try ReadableRows(rows.reversed(), Self.name) { row -> ActionSummary? in
                if let summary = try ActionSummary(row) { return summary }
                let whole = try connection.query(
                    "SELECT * FROM shipyard_actions WHERE id = ?", [.text(try row.text("id"))])
                return ActionSummary(try Self.action(whole[0], graphs))
            }
        }
        return unreadable.tell(found)
    }

    /// The newest `limit` actions whose runs were asked for at `start` or later, the oldest of them first, as far as they can be
    /// read.
    func page(since start: Timestamp, limit: Int) async throws -> [SiteAction] {
        let graphs = graphs
        let found = try await database.read { connection in
            let rows = try connection.query(
                """
                SELECT * FROM shipyard_actions WHERE execution_date >= ? AND \(Self.hasRun) ORDER BY sequence DESC LIMIT ?
                """, [.int(start.microseconds), .int(Int64(limit))])
            return try ReadableRows(rows.reversed(), Self.name) { try Self.action($0, graphs) }
        }
        return unreadable.tell(found)
    }

    /// What a row is of that cannot be read.
    private static func name(_ row: Row) throws -> String { "action \(try row.text("id")) (\(try row.text("name")))" }

    /// What a pre-run check refused has validations, and never began: it is an action and no run.
    private static let hasRun =
        "NOT EXISTS (SELECT 1 FROM shipyard_validations WHERE action_id = shipyard_actions.id)"

    /// The action whose run of `workflow` was asked for at exactly that time.
    func action(workflow: String, executionDate: Timestamp) async throws -> SiteAction? {
        try await select(
            "WHERE execution_date = ? AND name = ? AND \(Self.hasRun)",
            [.int(executionDate.microseconds), .text(workflow)]
        ).first
    }

    /// The oldest action that has not ended, in words; nil where there is none.
    static func openAction(_ connection: Connection) throws -> String? {
        try connection.query(
            """
            SELECT id, name FROM shipyard_actions WHERE state IN ('queued', 'running', 'paused')
            ORDER BY sequence LIMIT 1
            """
        ).first.map { "action \(try $0.text("id")) (\(try $0.text("name"))) has not ended" }
    }

    /// When the newest action that has not ended was created; nil where there is none.
    static func newestOpen(_ connection: Connection) throws -> Timestamp? {
        try connection.query(
            "SELECT max(created) FROM shipyard_actions WHERE state IN ('queued', 'running', 'paused')"
        ).first?.optionalInt64(0).map { Timestamp(microseconds: $0) }
    }

    /// How many actions there are in each state.
    func counts() async throws -> [String: Int] {
        try await database.read { connection in
            let rows = try connection.query("SELECT state, count(*) AS number FROM shipyard_actions GROUP BY state")
            return try rows.reduce(into: [:]) { $0[try $1.text("state")] = try $1.int("number") }
        }
    }

    /// Id and workflow of the actions that have not ended, the oldest first.
    func openNames() async throws -> [(id: String, name: String)] {
        try await database.read { connection in
            try connection.query(
                "SELECT id, name FROM shipyard_actions WHERE state IN ('queued', 'running', 'paused') ORDER BY sequence"
            ).map { (id: try $0.text("id"), name: try $0.text("name")) }
        }
    }

    /// The actions that were stopped last and have not been started over since: one at a time runs, and few beside it.
    func lastStopped() async throws -> [String] {
        try await database.read { connection in
            try connection.query(
                """
                SELECT action_id FROM shipyard_audit JOIN shipyard_actions ON shipyard_actions.id = action_id
                WHERE command = 'stop' AND state = 'failed' ORDER BY shipyard_audit.sequence DESC LIMIT 10
                """
            ).map { try $0.text("action_id") }
        }
    }

    func commands(of action: String) async throws -> [Command] {
        try await database.read { connection in
            try connection.query(
                "SELECT * FROM shipyard_audit WHERE action_id = ? ORDER BY sequence", [.text(action)]
            ).map { row in
                Command(
                    id: try row.text("id"), action: try row.text("action_id"), command: try row.text("command"),
                    user: try row.text("user"), time: Timestamp(microseconds: try row.int64("time")))
            }
        }
    }

    func validations(of action: String) async throws -> [Value] {
        try await selectValidations("action_id = ?", action)
    }

    func validation(_ id: String) async throws -> Value? { try await selectValidations("id = ?", id).first }

    private func selectValidations(_ condition: String, _ key: String) async throws -> [Value] {
        try await database.read { connection in
            try connection.query(
                "SELECT * FROM shipyard_validations WHERE \(condition) ORDER BY id", [.text(key)]
            ).map { row in
                [
                    "id": .string(try row.text("id")), "action_id": .string(try row.text("action_id")),
                    "validation_name": .string(try row.text("name")), "details": .string(try row.text("details")),
                ]
            }
        }
    }

    private func select(_ tail: String, _ parameters: [SQLValue]) async throws -> [SiteAction] {
        let graphs = graphs
        return try await database.read { connection in
            try connection.query("SELECT * FROM shipyard_actions \(tail)", parameters).map {
                try Self.action($0, graphs)
            }
        }
    }

    private static func action(_ row: Row, _ graphs: GraphCache) throws -> SiteAction {
        let graph = try graphs.graph(row.text("graph"))
        let allows = try row.optionalInt("allow_intermediate_commits")
        return SiteAction(
            id: try row.text("id"), name: try row.text("name"), parameters: try Value(json: row.text("parameters")),
            executionDate: Timestamp(microseconds: try row.int64("execution_date")), user: try row.text("user"),
            created: Timestamp(microseconds: try row.int64("created")), contextMarker: try row.text("context_marker"),
            committedRevision: try row.optionalInt("committed_revision"),
            allowsIntermediateCommits: allows.map { $0 != 0 },
            run: try WorkflowRun(graph: graph, value: Value(json: row.text("run"))))
    }
}

/// Graphs by their stored text: most actions have one of very few.
private final class GraphCache: Sendable {
    private static let capacity = 64
    private let graphs = Mutex<[String: WorkflowGraph]>([:])

    func graph(_ text: String) throws -> WorkflowGraph {
        if let graph = graphs.withLock({ $0[text] }) { return graph }
        let graph = try WorkflowGraph(value: Value(json: text))
        graphs.withLock { graphs in
            if graphs.count >= Self.capacity { graphs = [:] }
            graphs[text] = graph
        }
        return graph
    }
}
