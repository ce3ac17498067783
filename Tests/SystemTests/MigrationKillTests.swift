import Foundation
import Primitives
import Store
import TestSupport
import Testing

@testable import BoatyardDaemon

/// A database of the form of the first packages is brought up by a daemon that is killed meanwhile.
@Suite("kill -9 during a migration")
struct MigrationKillTests {
    private static let form = 10
    private static let newest = DaemonServices.migrations.count

    /// Many rows in the tables that later migrations write anew, so that this takes a while.
    private static let rows = [
        """
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
        INSERT INTO shipyard_actions (id, name, parameters, execution_date, user, created, context_marker, graph, run, state)
            SELECT printf('A%06d', i), 'deploy_site', '{}', i, 'u', 5000 - i, 'c', '{}', '{}', 'success' FROM n
        """,
        """
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)
        INSERT INTO shipyard_audit SELECT printf('x%06d', i), printf('A%06d', 1 + i % 2000), 'invoke', 'u', 300000 - i FROM n
        """,
    ]

    private func write(_ path: String) async throws {
        let database = try Database.open(
            path: path, migrations: DaemonServices.migrations.filter { $0.number <= Self.form })
        try await database.write { connection in
            for row in Self.rows { try connection.execute(row) }
        }
        await database.close()
    }

    /// The form of a database, its schema, and what was in it before.
    private func look(_ path: String, form: Int) async throws -> (schema: [String], rows: [String]) {
        let database = try Database.open(path: path, migrations: DaemonServices.migrations.filter { $0.number <= form })
        let found = try await database.read { connection in
            func texts(_ query: String) throws -> [String] { try connection.query(query).map { try $0.text(0) } }
            let columns = try texts("SELECT name FROM pragma_table_info('shipyard_audit')")
            let order = columns.contains("sequence") ? "sequence" : "id"
            return (
                schema: try texts("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name"),
                rows: try texts("PRAGMA integrity_check")
                    + texts("SELECT id || user FROM shipyard_audit ORDER BY \(order)")
                    + texts("SELECT id || state FROM shipyard_actions ORDER BY id")
            )
        }
        await database.close()
        return found
    }

    /// The number of the last migration that is on the disk.
    private func form(_ path: String) throws -> Int {
        let reader = try Program(
            "/usr/bin/python3",
            [
                "-c",
                "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('PRAGMA user_version').fetchone()[0])",
                path,
            ])
        _ = reader.wait()
        return try #require(Int(reader.standardOutput.filter(\.isNumber)), "\(reader.standardError)")
    }

    @Test("leaves the form before or the one after, whole; the next start brings it to the newest, with every row")
    func killed() async throws {
        let old = try OwnedFolder()
        try await write(old.path + "/boatyard.db")
        // One that nobody kills tells how long it takes, and what comes of it.
        let whole = try Seed()
        try FileManager.default.copyItem(atPath: old.path + "/boatyard.db", toPath: whole.state.path + "/boatyard.db")
        let clock = ContinuousClock()
        let begun = clock.now
        try await whole.startDaemon()
        let duration = (clock.now - begun) / .milliseconds(1)
        whole.stopDaemon()
        let wanted = try await look(whole.state.path + "/boatyard.db", form: Self.newest)
        #expect(wanted.rows.count == 202_001 && wanted.rows[0] == "ok")

        var random = SplitMix(seed: 14)
        var forms: [Int] = []
        // Closes in on the moments at which migrations run, in milliseconds.
        var (earliest, latest) = (0.0, duration)
        for _ in 0..<8 {
            let seed = try Seed()
            let path = seed.state.path + "/boatyard.db"
            try FileManager.default.copyItem(atPath: old.path + "/boatyard.db", toPath: path)
            let daemon = try Program(
                "boatyardd", ["--config", seed.folder.appendingPathComponent("boatyard.yaml").path])
            let delay = Double.random(in: earliest...latest, using: &random)
            usleep(UInt32(delay * 1000))
            daemon.kill()
            daemon.wait()
            let form = try form(path)
            forms.append(form)
            if form == Self.form { earliest = (earliest + delay) / 2 }
            if form == Self.newest { latest = (latest + delay) / 2 }
            let fresh = try OwnedFolder()
            let reference = try Database.open(
                path: fresh.path + "/boatyard.db", migrations: DaemonServices.migrations.filter { $0.number <= form })
            await reference.close()
            let left = try await look(path, form: form)
            #expect(left.schema == (try await look(fresh.path + "/boatyard.db", form: form)).schema, "form \(form)")
            #expect(left.rows.sorted() == wanted.rows.sorted(), "form \(form)")
            try await seed.startDaemon()
            seed.stopDaemon()
            let now = try await look(path, form: Self.newest)
            #expect(now.schema == wanted.schema && now.rows == wanted.rows, "form \(form)")
        }
        print("forms after the kills: \(forms), in \(Int(duration)) ms each at most")
        #expect(forms.allSatisfy { (Self.form...Self.newest).contains($0) })
        #expect(forms.contains { $0 < Self.newest }, "no kill came before the end of the migrations: \(forms)")
    }
}
