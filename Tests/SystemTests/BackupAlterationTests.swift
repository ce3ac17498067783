import Foundation
import Primitives
import Store
import TestSupport
import Testing

@testable import BoatyardDaemon

@Suite("A backup that is not as it was made")
struct BackupAlterationTests {
    private static func offline(
        _ arguments: [String], environment: [String: String] = [:]
    ) throws -> (status: Int32, output: String, error: String) {
        let program = try Program("boatyard", arguments, environment: environment)
        let status = program.wait()
        return (status, program.standardOutput, program.standardError)
    }

    /// A seed whose daemon has stopped, and a backup of it with build data.
    private static func seed() async throws -> (Seed, String) {
        let seed = try Seed()
        try await seed.startDaemon()
        let data = seed.state.appendingPathComponent("builddata/n1")
        try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
        try Data("{}".utf8).write(to: data.appendingPathComponent("01.data"))
        try seed.commit(Place.exampleSite)
        let made = try seed.boatyard("backup")
        try #require(made.status == 0, "\(made)")
        let file = String(made.output.prefix { $0 != ":" })
        return (seed, file)
    }

    private static let firstFormat = [
        "UPDATE boatyard_backup SET value = '1' WHERE name = 'format'",
        "DELETE FROM boatyard_backup WHERE name LIKE 'manifest%'",
    ]

    @Test("is refused, whatever was changed in it, and nothing of the state directory is changed")
    func altered() async throws {
        let (seed, file) = try await Self.seed()
        seed.stopDaemon()
        let before = try Data(contentsOf: seed.state.appendingPathComponent("boatyard.db"))
        let altered = seed.folder.appendingPathComponent("altered").path
        func restore(_ told: String, _ options: [String] = [], _ change: (String) throws -> Void) throws {
            try? FileManager.default.removeItem(atPath: altered)
            try FileManager.default.copyItem(atPath: file, toPath: altered)
            try change(altered)
            let refused = try Self.offline(["restore", altered, "--state-dir", seed.state.path] + options)
            #expect(refused.status == 1 && refused.error.contains(told), "\(told): \(refused)")
            #expect(try Data(contentsOf: seed.state.appendingPathComponent("boatyard.db")) == before, "\(told)")
        }
        func edit(_ told: String, _ options: [String] = [], _ statements: [String]) throws {
            try restore(told, options) { path in
                try DatabaseCopy.edit(path) { for statement in statements { try $0.execute(statement) } }
            }
        }
        try edit(
            "the table deckhand_documents has 1 row in place of", [],
            ["DELETE FROM deckhand_documents WHERE rowid > (SELECT min(rowid) FROM deckhand_documents)"])
        try edit("has other contents", [], ["UPDATE daemon_facts SET value = x'00' WHERE name = 'running'"])
        try edit(
            "the table boatyard_backup_files has other contents", [],
            ["UPDATE boatyard_backup_files SET contents = x'7b20'"])
        let trigger = "CREATE TRIGGER evil AFTER INSERT ON audit BEGIN DELETE FROM deckhand_documents; END"
        try edit("the trigger evil is in no database", [], [trigger])
        try edit("the view evil is in no database", [], ["CREATE VIEW evil AS SELECT 1"])
        try edit("the table evil is in no database", [], ["CREATE TABLE evil (x)"])
        try edit("the table daemon_work is missing", [], ["DROP TABLE daemon_work"])
        try edit(
            "the trigger drydock_boots_deleted is another one", [],
            [
                "DROP TRIGGER drydock_boots_deleted",
                "CREATE TRIGGER drydock_boots_deleted AFTER DELETE ON drydock_boots BEGIN DELETE FROM audit; END",
            ])
        try edit("does not say what it has in it", [], ["DELETE FROM boatyard_backup WHERE name = 'manifest'"])
        try edit("is no backup", [], ["DROP TABLE boatyard_backup", "CREATE VIEW boatyard_backup AS SELECT 1 AS name"])
        // Who has no key can make the digests anew, and not seal them.
        try restore("was not sealed with the master key") { path in
            try DatabaseCopy.edit(path) { connection in
                try connection.execute("DELETE FROM deckhand_documents")
                var digests = try TableDigest.all(connection)
                digests["boatyard_backup"] = nil
                let form = try connection.query("PRAGMA user_version").first?.int(0) ?? 0
                let manifest = BackupManifest(created: .now(), program: "0.1.0", form: form, tables: digests)
                try connection.execute(
                    "UPDATE boatyard_backup SET value = ? WHERE name = 'manifest'", [.text(manifest.text)])
            }
        }
        // One that says it was made before there were digests.
        try edit("has no digests", [], Self.firstFormat)
        try edit("the trigger evil", ["--unverified"], Self.firstFormat + [trigger])
        for path in ["../evil", "/tmp/evil", "builddata/../../x", "secrets/master.key", "builddata/n1/x\ny"] {
            let insert = "INSERT INTO boatyard_backup_files VALUES ('\(path)', x'00')"
            try edit("which no backup has", ["--unverified"], Self.firstFormat + [insert])
        }
        try edit(
            "its file builddata/n1 is a folder", ["--unverified"],
            Self.firstFormat + ["INSERT INTO boatyard_backup_files VALUES ('builddata/n1', x'00')"])
        try restore("has 4096 bytes behind its end") { path in
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data(count: 4096))
            try handle.close()
        }
        let whole = try Self.offline(["restore", file, "--state-dir", seed.state.path])
        #expect(whole.status == 0, "\(whole)")
        try await seed.startDaemon()
        let log = try #require(seed.daemon).standardError
        #expect(!log.contains("ended without being asked to"), "\(log)")
        #expect(try seed.boatyard("get", "configdocs", "--collection", "site", "--committed").status == 0)
        seed.stopDaemon()
        try FileManager.default.removeItem(atPath: altered)
        try FileManager.default.copyItem(atPath: file, toPath: altered)
        try DatabaseCopy.edit(altered) { for statement in Self.firstFormat { try $0.execute(statement) } }
        let old = try Self.offline(["restore", altered, "--state-dir", seed.state.path, "--unverified"])
        #expect(old.status == 0, "\(old)")
    }

    @Test(
        "what is no file, or cannot be a backup, is told before any of it is copied", arguments: ["/dev/zero", "/tmp"])
    func device(path: String) async throws {
        let seed = try Seed()
        let refused = try Self.offline(["restore", path, "--state-dir", seed.state.path])
        #expect(refused.status == 1 && refused.error.contains("is no regular file"), "\(refused)")
        let folder = seed.state.appendingPathComponent("backups").path
        #expect((try? FileManager.default.contentsOfDirectory(atPath: folder))?.isEmpty ?? true)
    }

    @Test("the state directory of the configuration is meant, and each database from before stays")
    func configured() async throws {
        let (seed, file) = try await Self.seed()
        seed.stopDaemon()
        let config = seed.folder.appendingPathComponent("boatyard.yaml").path
        let database = seed.state.appendingPathComponent("boatyard.db")
        let lost = try Data(contentsOf: database)
        let first = try Self.offline(["restore", file, "--config", config])
        #expect(first.status == 0 && first.output.contains("boatyard.db.before-restore.\n"), "\(first)")
        let second = try Self.offline(["restore", file], environment: ["BOATYARD_CONFIG": config])
        #expect(second.status == 0 && second.output.contains("boatyard.db.before-restore-2.\n"), "\(second)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: database.path + ".before-restore")) == lost)
        let third = try Self.offline(
            ["restore", file, "--config", "/no/such/boatyard.yaml"],
            environment: ["BOATYARD_STATE_DIRECTORY": seed.state.path])
        #expect(third.status == 64 && third.error.contains("there is no such file"), "\(third)")
        let export = seed.folder.appendingPathComponent("site.export").path
        let nobody = try Self.offline(["export", export])
        #expect(nobody.status == 64 && nobody.error.contains("give --passphrase-file"), "\(nobody)")
        // Without a database all that is left tells that there was one.
        for name in ["boatyard.db", "secrets", "builddata", "logs", "consoles"] {
            try? FileManager.default.removeItem(at: seed.state.appendingPathComponent(name))
        }
        let cut = seed.state.appendingPathComponent("backups/boatyard-20270101T000000Z.backup")
        try Data(contentsOf: URL(fileURLWithPath: file)).prefix(100_000).write(to: cut)
        let refused = try seed.refusedStart()
        #expect(refused.status == 1 && refused.error.contains("is missing, while"), "\(refused)")
        // The newest one is cut off.
        #expect(refused.error.contains("The newest backup is \(file)"), "\(refused)")
        try FileManager.default.removeItem(at: seed.state.appendingPathComponent("backups"))
        let former = try seed.refusedStart()
        #expect(former.status == 1 && former.error.contains("boatyard.db.before-restore"), "\(former)")
    }

    @Test("a key that was replaced stays with its database, however often another is restored")
    func keys() async throws {
        let (seed, file) = try await Self.seed()
        let secrets = seed.state.appendingPathComponent("secrets")
        let key = secrets.appendingPathComponent("master.key")
        let old = seed.folder.appendingPathComponent("old.key")
        try FileManager.default.copyItem(at: key, to: old)
        #expect(try seed.boatyard("secrets", "rotate").status == 0)
        let newer = try seed.boatyard("backup")
        #expect(newer.status == 0, "\(newer)")
        let rotated = try Data(contentsOf: key)
        seed.stopDaemon()
        let refused = try Self.offline(["restore", file, "--state-dir", seed.state.path])
        #expect(refused.status == 1 && refused.error.contains("with --key"), "\(refused)")
        let back = try Self.offline(["restore", file, "--state-dir", seed.state.path, "--key", old.path])
        #expect(back.status == 0, "\(back)")
        #expect(try Data(contentsOf: key) == Data(contentsOf: old))
        let former = secrets.appendingPathComponent("master.key.before-restore")
        #expect(try Data(contentsOf: former) == rotated)
        let again = try Self.offline([
            "restore", String(newer.output.prefix { $0 != ":" }), "--state-dir", seed.state.path, "--key", former.path,
        ])
        #expect(again.status == 0, "\(again)")
        #expect(try Data(contentsOf: former) == rotated && Data(contentsOf: key) == rotated)
        #expect(try Data(contentsOf: URL(fileURLWithPath: former.path + "-2")) == Data(contentsOf: old))
        try await seed.startDaemon()
        #expect(try seed.boatyard("get", "configdocs", "--collection", "site", "--committed").status == 0)
    }
}
