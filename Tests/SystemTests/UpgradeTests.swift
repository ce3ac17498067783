import Cryptography
import Primitives
import Store
import TestSupport
import Testing

@testable import BoatyardDaemon

/// A database of the form that the first packages had (10), with rows in every part, brought up to the newest form.
@Suite("An upgrade of a whole database")
struct UpgradeTests {
    private static let form = 10

    private static var before: [Migration] { DaemonServices.migrations.filter { $0.number <= form } }

    /// Deckhand's, Drydock's, Shipyard's and Identity's rows. Times and ids are in opposite orders where order matters.
    private static let rows = [
        "INSERT INTO deckhand_revisions VALUES (1, 10), (2, 20)",
        "INSERT INTO deckhand_buckets VALUES (1, 'site'), (2, 'site')",
        "INSERT INTO deckhand_identities VALUES (1, 's/A/v1', 'a', 'site', 'site')",
        "INSERT INTO deckhand_secrets VALUES ('r1', x'01')",
        "INSERT INTO deckhand_contents VALUES (1, x'01', x'02', x'03', x'04', NULL), (2, x'05', x'06', x'07', x'08', 'r1')",
        "INSERT INTO deckhand_documents VALUES (1, 1, 1, 'site', 1, 1, 2), (2, 1, 2, 'site', 1, 2, 9223372036854775807)",
        "INSERT INTO deckhand_tags VALUES (1, 1, 'committed', x'7b7d'), (2, 1, 'site-action-success', x'7b7d')",
        "INSERT INTO deckhand_validations VALUES (1, 1, 'deckhand-schema-validation', 'success', x'7b7d', x'5b5d')",
        "INSERT INTO deckhand_lines VALUES (1, 1, x'00'), (2, 2, x'00')",
        "INSERT INTO deckhand_files VALUES (1, 1, 'a.yaml', 1)",
        """
        INSERT INTO drydock_tasks VALUES ('t1', 'k1', NULL, NULL, 'deploy_nodes', 'd', '{}', 'running', 'incomplete', NULL,
            NULL, '[]', '[]', '[]', 10, 'u', 10, 0, NULL, 1),
            ('t2', NULL, 't1', 's', 'deploy_nodes', 'd', '{}', 'running', 'incomplete', NULL, NULL, '[]', '[]', '[]', 11,
            'u', 11, 0, NULL, 2)
        """,
        "INSERT INTO drydock_task_messages VALUES (1, 't1', 'text', 0, 'NA', 'NA', 10, '{}')",
        """
        INSERT INTO drydock_expected_nodes VALUES ('n1', '10.0.0.11', '52:54:00:00:00:11', 'bios'),
            ('n2', '10.0.0.12', '52:54:00:00:00:12', 'uefi')
        """,
        """
        INSERT INTO drydock_machines VALUES ('m1', 'n1', '52:54:00:00:00:11', '10.0.0.11', 'Deploying', 'deploy', 'dep1',
            'started', 3, 'boot1', NULL, 'on', 1, 1, '10.0.0.21', 10, 12),
            ('m2', NULL, '52:54:00:00:00:99', NULL, 'Ready', 'none', NULL, NULL, NULL, NULL, NULL, 'on', NULL, NULL, NULL, 10, 11)
        """,
        "INSERT INTO drydock_inventories VALUES ('m1', 11, '{}')",
        """
        INSERT INTO drydock_boots VALUES ('52:54:00:00:00:11', 'boot1', '192.0.2.7', 10, 12),
            ('52:54:00:00:00:12', 'boot2', '192.0.2.8', 11, NULL), ('52:54:00:00:00:77', 'boot3', '192.0.2.9', 12, 13)
        """,
        """
        INSERT INTO drydock_deployments VALUES ('dep1', 'n1', 'm1', 'install', 't2', 'd', x'01', x'02', 11, 1, 11, NULL, NULL),
            ('dep0', 'n1', 'm1', 'install', 't0', 'd', x'01', NULL, 9, 1, 9, NULL, NULL)
        """,
        "INSERT INTO drydock_boot_actions VALUES ('b1', 'dep1', 'n1', 'join', 'incomplete', 1)",
        "INSERT INTO drydock_build_data VALUES (1, 'n1', 't2', 11, 'lshw', 'text/plain', 'builddata/n1/1.data')",
        """
        INSERT INTO shipyard_actions (id, name, parameters, execution_date, user, created, context_marker, graph, run, state)
            VALUES ('01B', 'deploy_site', '{}', 20, 'u', 10, 'c', '{}', '{}', 'success'),
            ('01A', 'update_site', '{}', 10, 'u', 20, 'c', '{}', '{}', 'failed'),
            ('01C', 'test_site', '{}', 30, 'u', 30, 'c', '{}', '{}', 'running')
        """,
        """
        INSERT INTO shipyard_audit VALUES ('x', '01A', 'invoke', 'u', 20), ('w', '01B', 'invoke', 'u', 10),
            ('z', '01C', 'pause', 'u', 40), ('y', '01C', 'invoke', 'u', 40)
        """,
        "INSERT INTO shipyard_validations VALUES ('v1', '01A', 'check', '{}')",
        "INSERT INTO shipyard_notes VALUES ('o1', 'action/01A', 'a', 's', 'text', 1, NULL, 0, 20, NULL)",
        "INSERT INTO shipyard_deployment_status VALUES (1, '{}')",
        "INSERT INTO shipyard_events (time, kind, data) VALUES (10, 'action', '{}'), (20, 'action', '{}')",
        "INSERT INTO identity_projects VALUES ('p1', 'service', '', 1)",
        "INSERT INTO identity_roles VALUES ('r1', 'admin')",
        "INSERT INTO identity_users VALUES ('u1', 'shipyard', 'x', 1, 'p1')",
        "INSERT INTO identity_assignments VALUES ('u1', 'p1', 'r1')",
        """
        INSERT INTO identity_tokens (digest, user, scope, project, methods, audit_ids, issued, expires)
            VALUES (x'01', 'u1', 'project', 'p1', 'password', 'a', 10, 99)
        """,
    ]

    private func tables(_ connection: Connection) throws -> [String] {
        try connection.query("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
            .map { try $0.text(0) }
    }

    private func counts(_ connection: Connection) throws -> [String: Int] {
        var counts: [String: Int] = [:]
        for table in try tables(connection) {
            counts[table] = try connection.query("SELECT count(*) FROM \(table)").first?.int(0)
        }
        return counts
    }

    @Test("keeps every row, and derives order, holders, claims and boots from what there was")
    func upgrade() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/boatyard.db"
            let old = try Database.open(path: path, migrations: Self.before)
            try await old.write { connection in
                for row in Self.rows { try connection.execute(row) }
            }
            var kept = try await old.read { try counts($0) }
            #expect(kept.allSatisfy { $0.value > 0 }, "each table has rows: \(kept)")
            await old.close()

            let database = try Database.open(path: path, migrations: DaemonServices.migrations)
            let found = try await database.read { try counts($0) }
            // The status of a deployment is that of its action.
            #expect(kept.removeValue(forKey: "shipyard_deployment_status") == 1)
            #expect(found.filter { kept[$0.key] != nil } == kept)
            #expect(found["shipyard_deployment_status"] == nil)
            for table in [
                "daemon_facts", "daemon_work", "drydock_claims", "drydock_conflicts", "drydock_marks", "drydock_tests",
            ] {
                #expect(found[table] == 0, "\(table)")
            }
            func texts(_ query: String) async throws -> [String?] {
                try await database.read { try $0.query(query).map { try $0.optionalText(0) } }
            }
            #expect(try await database.read { try $0.query("PRAGMA foreign_key_check").isEmpty })
            #expect(try await texts("PRAGMA integrity_check") == ["ok"])
            #expect(try await texts("SELECT id FROM shipyard_actions ORDER BY sequence") == ["01A", "01B", "01C"])
            #expect(try await texts("SELECT id FROM shipyard_audit ORDER BY sequence") == ["w", "x", "y", "z"])
            #expect(try await texts("SELECT holder FROM drydock_deployments ORDER BY id") == [nil, "boot1"])
            #expect(
                try await texts("SELECT design_mac FROM drydock_expected_nodes ORDER BY node")
                    == ["52:54:00:00:00:11", "52:54:00:00:00:12"])
            // Identified is the boot of a machine that is recorded.
            #expect(try await texts("SELECT token_hash FROM drydock_boots WHERE identified = seen") == ["boot1"])
            #expect(
                try await texts("SELECT substr(mac, -2) FROM drydock_boots ORDER BY minted") == ["11", "12", "77"])
            #expect(try await texts("SELECT id FROM drydock_deployments WHERE key IS NOT NULL") == ["dep1"])
            await database.close()
        }
    }

    @Test("a database that was brought up before the deployment status was dropped is opened, too")
    func withoutStatus() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/boatyard.db"
            let old = try Database.open(path: path, migrations: Self.before)
            try await old.write { try $0.execute("DROP TABLE shipyard_deployment_status") }
            await old.close()
            let database = try Database.open(path: path, migrations: DaemonServices.migrations)
            #expect(try await database.read { try !tables($0).contains("shipyard_deployment_status") })
            await database.close()
        }
    }

    @Test("migrations that databases have are never changed")
    func released() async throws {
        try await withTemporaryFolder { folder in
            let database = try Database.open(path: folder + "/boatyard.db", migrations: Self.before)
            let statements = try await database.read { connection in
                try connection.query("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name")
                    .map { try $0.text(0).split(whereSeparator: \.isWhitespace).joined(separator: " ") }
            }
            // Another digest means that a migration up to this form was edited: add a new one instead.
            #expect(
                Hash.sha256(Array(statements.joined(separator: "\n").utf8)).hex
                    == "5df31c7423b0350e743090ad2f01c52228923e53127a6f47aa7ec6f7e2494efb")
            await database.close()
        }
    }
}
