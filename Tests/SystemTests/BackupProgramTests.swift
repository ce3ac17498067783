import Foundation
import Primitives
import TestSupport
import Testing

@Suite("boatyard backup, restore, export, import")
struct BackupProgramTests {
    private static func backups(_ seed: Seed) -> [String] {
        let folder = "\(seed.state.path)/backups"
        return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    /// Without a daemon.
    private static func offline(_ arguments: String...) throws -> (status: Int32, output: String, error: String) {
        let program = try Program("boatyard", arguments)
        let status = program.wait()
        return (status, program.standardOutput, program.standardError)
    }

    @Test("a backup is proved, listed, and restored over what came later; the database from before stays")
    func round() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        try seed.commit(Place.exampleSite)
        let made = try seed.boatyard("backup")
        #expect(made.status == 0 && made.output.contains("made, restored and checked in"), "\(made)")
        let file = String(made.output.prefix { $0 != ":" })
        #expect(Self.backups(seed) == [URL(fileURLWithPath: file).lastPathComponent])
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let listed = try seed.boatyard("backup", "--list")
        #expect(listed.output.contains(file))
        let more = seed.folder.appendingPathComponent("more.yaml")
        let text =
            "schema: deckhand/Passphrase/v1\nmetadata:\n  schema: metadata/Document/v1\n  name: later\n"
            + "  layeringDefinition: {layer: site}\n  storagePolicy: cleartext\ndata: x\n"
        try Data(text.utf8).write(to: more)
        #expect(try seed.boatyard("create", "configdocs", "more", "--filename", more.path).status == 0)
        let running = try Self.offline("restore", file, "--state-dir", seed.state.path)
        #expect(running.status == 1 && running.error.contains("the daemon runs. Stop it first"), "\(running)")
        let later = try seed.boatyard("get", "configdocs")
        seed.stopDaemon()
        let restored = try Self.offline("restore", file, "--state-dir", seed.state.path)
        #expect(restored.status == 0, "\(restored)")
        #expect(restored.output.contains("boatyard.db.before-restore"))
        try await seed.startDaemon()
        let now = try seed.boatyard("get", "configdocs")
        #expect(later.output.contains("more") && now.status == 0 && !now.output.contains("more"))
        let shown = try seed.boatyard("get", "configdocs", "--collection", "site", "--committed")
        #expect(shown.status == 0 && shown.output.contains("berth-1"), "\(shown)")
    }

    @Test("only so many backups are kept, and a full disk makes none")
    func retention() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        for _ in 0..<3 {
            _ = try await eventually("another second") {
                try seed.boatyard("backup", "--keep", "2", "--output", "json").status == 0 ? true : nil
            }
        }
        #expect(Self.backups(seed).count <= 2)
        #expect(try seed.boatyard("backup", "--keep", "0").status == 64)
    }

    @Test("a backup with another key, a damaged one and a file that is none are refused, and nothing is changed")
    func wrong() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        try seed.commit(Place.exampleSite)
        let made = try seed.boatyard("backup")
        let file = String(made.output.prefix { $0 != ":" })
        seed.stopDaemon()
        let before = try Data(contentsOf: URL(fileURLWithPath: "\(seed.state.path)/boatyard.db"))

        let text = seed.folder.appendingPathComponent("text").path
        try Data("no backup".utf8).write(to: URL(fileURLWithPath: text))
        let none = try Self.offline("restore", text, "--state-dir", seed.state.path)
        #expect(none.status == 1 && none.error.contains("is no database"), "\(none)")
        let missing = try Self.offline("restore", "/no/such", "--state-dir", seed.state.path)
        #expect(missing.status == 1 && missing.error.contains("No such file"), "\(missing)")
        let own = try Self.offline("restore", "\(seed.state.path)/boatyard.db", "--state-dir", seed.state.path)
        #expect(own.status == 1 && own.error.contains("boatyard backup"), "\(own)")

        let damaged = seed.folder.appendingPathComponent("damaged").path
        var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        for index in stride(from: 8192, to: min(bytes.count, 200_000), by: 7) { bytes[index] ^= 0x5a }
        try bytes.write(to: URL(fileURLWithPath: damaged))
        let broken = try Self.offline("restore", damaged, "--state-dir", seed.state.path)
        #expect(broken.status == 1 && !broken.error.isEmpty, "\(broken)")

        let key = seed.folder.appendingPathComponent("key").path
        try Data(repeating: 7, count: 32).write(to: URL(fileURLWithPath: key))
        let other = try Self.offline("restore", file, "--state-dir", seed.state.path, "--key", key)
        #expect(other.status == 1 && other.error.contains("is not the one that the secrets"), "\(other)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: "\(seed.state.path)/boatyard.db")) == before)
        try await seed.startDaemon()
        #expect(try seed.boatyard("get", "actions").status == 0)
    }

    @Test("an export is taken over by a host without a site, with its passphrase and no other")
    func export() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        try seed.commit(Place.exampleSite)
        let passphrase = seed.folder.appendingPathComponent("passphrase").path
        try Data("correct horse battery\n".utf8).write(to: URL(fileURLWithPath: passphrase))
        let file = seed.folder.appendingPathComponent("site.export").path
        let exported = try seed.boatyard(
            "export", file, "--passphrase-file", passphrase, "--state-dir", seed.state.path)
        #expect(exported.status == 0, "\(exported)")
        #expect(
            try seed.boatyard("export", file, "--passphrase-file", passphrase, "--state-dir", seed.state.path).status
                == 64)
        let key = try Data(contentsOf: URL(fileURLWithPath: "\(seed.state.path)/secrets/master.key"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: file)).range(of: key) == nil)
        seed.stopDaemon()

        let other = try Seed()
        try FileManager.default.createDirectory(atPath: other.state.path, withIntermediateDirectories: true)
        let wrong = other.folder.appendingPathComponent("wrong").path
        try Data("another passphrase\n".utf8).write(to: URL(fileURLWithPath: wrong))
        let refused = try Self.offline("import", file, "--passphrase-file", wrong, "--state-dir", other.state.path)
        #expect(refused.status == 1 && refused.error.contains("The passphrase does not open"), "\(refused)")
        let taken = try Self.offline("import", file, "--passphrase-file", passphrase, "--state-dir", other.state.path)
        #expect(taken.status == 0, "\(taken)")
        try await other.startDaemon()
        let shown = try other.boatyard(
            "get", "configdocs", "--collection", "site", "--committed", "--cleartext-secrets")
        #expect(shown.status == 0 && shown.output.contains("berth-1"), "\(shown)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: "\(other.state.path)/secrets/master.key")) == key)
        other.stopDaemon()
        let again = try Self.offline("import", file, "--passphrase-file", passphrase, "--state-dir", other.state.path)
        #expect(again.status == 1 && again.error.contains("has a site already"), "\(again)")
    }

    @Test("kill -9 during backup and restore leaves the old state or the new one", arguments: [5, 20, 60, 150])
    func killed(milliseconds: Int) async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        try seed.commit(Place.exampleSite)
        let made = try seed.boatyard("backup")
        let file = String(made.output.prefix { $0 != ":" })
        seed.stopDaemon()
        let restore = try Program("boatyard", ["restore", file, "--state-dir", seed.state.path])
        usleep(UInt32(milliseconds) * 1000)
        restore.kill()
        _ = restore.wait()
        try await seed.startDaemon()
        let shown = try seed.boatyard("get", "configdocs", "--collection", "site", "--committed")
        #expect(shown.status == 0 && shown.output.contains("berth-1"), "\(shown)")

        let backup = try Program("boatyard", ["--socket", seed.socket, "backup"])
        usleep(UInt32(milliseconds) * 1000)
        seed.killDaemon()
        backup.kill()
        _ = backup.wait()
        try await seed.startDaemon()
        #expect(Self.backups(seed).allSatisfy { $0.hasSuffix(".backup") })
        #expect(try seed.boatyard("backup").status == 0)
    }
}
