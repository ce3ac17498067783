import Foundation
import OrderedCollections
import Primitives
import SiteActions
import Testing

/// The engine in a process of its own, killed at every moment that its workflow has.
@Suite(.serialized) struct WorkflowKillTests {
    private struct Outcome: Sendable, Equatable {
        var actions: Value
        var tags: Value
        var ledger: [String]
    }

    /// - Returns: what it printed, nil where it was killed.
    private func run(_ command: String, _ folder: URL, _ more: String...) throws -> Value? {
        let victim = try Program("workflow-victim", [command, folder.path] + more)
        let status = victim.wait()
        if victim.process.terminationReason == .uncaughtSignal {
            #expect(status == SIGKILL)
            return nil
        }
        guard status == 0 else {
            Issue.record("\(command) ends with \(status): \(victim.standardOutput)\(victim.standardError)")
            return nil
        }
        return try Value(json: Array(victim.standardOutput.utf8))
    }

    private func outcome(_ printed: Value?, _ folder: URL) -> Outcome {
        let ledger = try? String(contentsOf: folder.appendingPathComponent("ledger"), encoding: .utf8)
        return Outcome(
            actions: printed?["actions"] ?? .null, tags: printed?["tags"] ?? .null,
            ledger: (ledger ?? "").split(separator: "\n").map(String.init).sorted())
    }

    private func copy(_ source: URL, _ target: URL) throws {
        try? FileManager.default.removeItem(at: target)
        try FileManager.default.copyItem(at: source, to: target)
    }

    @Test(
        "killed at any moment, an action ends as it would have, and does everything once",
        arguments: SiteActionKind.allCases.map(\.rawValue))
    func everywhere(action: String) throws {
        let folder = try Place.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let (site, work) = (folder.appendingPathComponent("site"), folder.appendingPathComponent("work"))
        try FileManager.default.createDirectory(at: site, withIntermediateDirectories: true)
        let before = outcome(try run("prepare", site), site)

        try copy(site, work)
        let printed = try #require(try run("create", work, action, "0"))
        let undisturbed = outcome(printed, work)
        #expect(undisturbed.actions[0]?["state"] == "success", "\(undisturbed)")
        #expect(Set(undisturbed.ledger).count == undisturbed.ledger.count)

        let moments = printed["looks"]?.intValue ?? 0
        var kills = 0
        for moment in 1...max(1, moments) {
            try copy(site, work)
            if try run("create", work, action, "\(moment)") == nil { kills += 1 }
            let after = outcome(try run("resume", work), work)
            // Killed before it was written down there is no action, and nobody was told that there is one.
            if after.actions == [] {
                #expect(after == before)
            } else {
                #expect(after == undisturbed, "killed at moment \(moment) of \(moments)")
            }
        }
        // Concurrent steps do not look at the clock equally often each time.
        #expect(kills >= moments - 3)
        print("\(action): killed at \(kills) moments")
    }

    @Test("a step that no process survives fails at its third start, and the rest of the action is resumed")
    func poison() throws {
        let folder = try Place.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        _ = try run("prepare", folder)
        let poison = folder.appendingPathComponent("poison")
        try Data().write(to: poison)
        #expect(try run("create", folder, "update_software", "0") == nil)
        // Resumed once.
        #expect(try run("resume", folder) == nil)
        let ended = try #require(try run("resume", folder))
        #expect(ended["actions"]?[0]?["state"] == "failed")
        #expect(ended["actions"]?[0]?["failed"]?.arrayValue?.isEmpty == false)
        // What was done once is not done twice, and an end that was asked for starts the count anew.
        try FileManager.default.removeItem(at: poison)
        let later = try #require(try run("create", folder, "update_software", "0"))
        #expect(later["actions"]?[1]?["state"] == "success", "\(later)")
    }
}
