import Store

/// The tables of actions, notes and events. A migration that has been released is never changed: databases have it.
package enum ShipyardMigration {
    /// The migrations in their order. Their numbers have gaps, which the other services' migrations fill.
    package static let all = [actions, events, listing, order, machineErrors]

    /// The tables of actions, audit, validations, notes and the deployment status. Times are microseconds since 1970.
    package static let actions = Migration(
        number: 3, name: "shipyard actions",
        statements: [
            """
            CREATE TABLE shipyard_actions (
                id TEXT PRIMARY KEY, name TEXT NOT NULL, parameters TEXT NOT NULL, execution_date INTEGER NOT NULL,
                user TEXT NOT NULL, created INTEGER NOT NULL, context_marker TEXT NOT NULL, committed_revision INTEGER,
                allow_intermediate_commits INTEGER, graph TEXT NOT NULL, run TEXT NOT NULL, state TEXT NOT NULL
            ) WITHOUT ROWID
            """,
            """
            CREATE INDEX shipyard_actions_open ON shipyard_actions (state)
                WHERE state IN ('queued', 'running', 'paused')
            """,
            """
            CREATE TABLE shipyard_audit (
                id TEXT PRIMARY KEY, action_id TEXT NOT NULL REFERENCES shipyard_actions (id), command TEXT NOT NULL,
                user TEXT NOT NULL, time INTEGER NOT NULL
            ) WITHOUT ROWID
            """,
            "CREATE INDEX shipyard_audit_action ON shipyard_audit (action_id, time)",
            """
            CREATE TABLE shipyard_validations (
                id TEXT PRIMARY KEY, action_id TEXT NOT NULL REFERENCES shipyard_actions (id), name TEXT NOT NULL,
                details TEXT NOT NULL
            ) WITHOUT ROWID
            """,
            "CREATE INDEX shipyard_validations_action ON shipyard_validations (action_id)",
            """
            CREATE TABLE shipyard_notes (
                id TEXT PRIMARY KEY, assoc_id TEXT NOT NULL, subject TEXT NOT NULL, sub_type TEXT NOT NULL,
                text TEXT NOT NULL, verbosity INTEGER NOT NULL CHECK (verbosity BETWEEN 1 AND 5), link TEXT,
                is_auth_link INTEGER NOT NULL, time INTEGER NOT NULL, source TEXT UNIQUE
            ) WITHOUT ROWID
            """,
            "CREATE INDEX shipyard_notes_assoc ON shipyard_notes (assoc_id, time)",
            "CREATE TABLE shipyard_deployment_status (place INTEGER PRIMARY KEY CHECK (place = 1), value TEXT NOT NULL)",
        ])

    /// Adds the events that clients follow, and indexes for lists of actions.
    package static let events = Migration(
        number: 4, name: "shipyard events",
        statements: [
            """
            CREATE TABLE shipyard_events (
                sequence INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, kind TEXT NOT NULL,
                data TEXT NOT NULL
            )
            """,
            "CREATE INDEX shipyard_actions_date ON shipyard_actions (execution_date)",
        ])

    /// Adds the states of an action's steps as lists show them, so that lists need not read whole runs. They are null
    /// for an action that an older version wrote last.
    package static let listing = Migration(
        number: 9, name: "shipyard listing", statements: ["ALTER TABLE shipyard_actions ADD COLUMN step_states TEXT"])

    /// What was created first: a clock may be set back, and the time in an id with it. The status of a deployment, which
    /// is that of its action, is no longer stored.
    package static let order = Migration(
        number: 11, name: "shipyard order",
        statements: [
            "ALTER TABLE shipyard_actions ADD COLUMN sequence INTEGER",
            """
            UPDATE shipyard_actions SET sequence = numbered.place
            FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM shipyard_actions) AS numbered
            WHERE numbered.id = shipyard_actions.id
            """,
            "CREATE UNIQUE INDEX shipyard_actions_sequence ON shipyard_actions (sequence)",
            "ALTER TABLE shipyard_audit ADD COLUMN sequence INTEGER",
            """
            UPDATE shipyard_audit SET sequence = numbered.place
            FROM (SELECT id, row_number() OVER (ORDER BY time, id) AS place FROM shipyard_audit) AS numbered
            WHERE numbered.id = shipyard_audit.id
            """,
            "CREATE UNIQUE INDEX shipyard_audit_sequence ON shipyard_audit (sequence)",
            "DROP TABLE IF EXISTS shipyard_deployment_status",
        ])
    /// What a note tells as an error of a machine, beside its text. Older notes have it in their texts alone, as
    /// `node:n1:message (error)`.
    package static let machineErrors = Migration(
        number: 16, name: "shipyard machine errors",
        statements: [
            "ALTER TABLE shipyard_notes ADD COLUMN node TEXT",
            "ALTER TABLE shipyard_notes ADD COLUMN error TEXT",
            """
            UPDATE shipyard_notes SET node = substr(text, 6, instr(substr(text, 6), ':') - 1),
                error = substr(text, 6 + instr(substr(text, 6), ':'), length(text) - 13 - instr(substr(text, 6), ':'))
                WHERE sub_type = 'Task Message' AND text LIKE 'node:%:% (error)'
            """,
        ])
}
