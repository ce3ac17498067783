import Foundation
import OrderedCollections
import Primitives
import Testing

@Suite("Plans of a daemon's designs", .serialized)
struct PlanProgramTests {
    @Test("what a commit would mean for each machine is told before it is made")
    func plan() async throws {
        let daemon = try Program("boatyardd", ["--ephemeral"])
        defer { daemon.kill() }
        let socket: String = try await eventually("the line of the daemon") {
            try daemon.standardOutput.split(separator: "\n").first.flatMap {
                try Value(json: String($0))["socket"]?.stringValue
            }
        }
        func boatyard(_ arguments: String...) throws -> (status: Int32, output: String) {
            let program = try Program("boatyard", arguments + ["--socket", socket])
            let status = program.wait()
            return (status, program.standardOutput + program.standardError)
        }
        let nothing = try boatyard("plan")
        #expect(nothing.status == 0)
        #expect(nothing.output.hasPrefix("There is nothing to plan: there are no documents."), "\(nothing)")
        #expect(try Value(json: try boatyard("plan", "-o", "json").output)["nodes"] == [])
        #expect(try boatyard("create", "configdocs", "site", "--directory", Place.exampleSite.path).status == 0)
        let first = try boatyard("plan")
        #expect(first.status == 0)
        #expect(first.output.hasPrefix("From nothing to revision 1: 4 new\n"), "\(first)")
        #expect(["berth-1", "berth-2", "berth-3", "berth-4"].allSatisfy(first.output.contains))
        #expect(try boatyard("commit", "configdocs").status == 0)
        let emptied = try boatyard("plan")
        #expect(emptied.status == 0)
        #expect(emptied.output == "There is nothing to plan: the buffer is empty. Revision 1 is committed.\n")
        let unchanged = try boatyard("plan", "--output", "json")
        #expect(unchanged.status == 0, "\(unchanged.output)")
        #expect(try Value(json: unchanged.output)["summary"]?["nothing"] == 4)

        let folder = try Place.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        for file in try FileManager.default.contentsOfDirectory(at: Place.exampleSite, includingPropertiesForKeys: nil)
        {
            var text = try String(contentsOf: file, encoding: .utf8)
            text = text.replacingOccurrences(of: "kernel: generic", with: "kernel: rt")
            try text.write(
                to: folder.appendingPathComponent(file.lastPathComponent), atomically: true, encoding: .utf8)
        }
        #expect(try boatyard("create", "configdocs", "site", "--directory", folder.path).status == 0)
        let table = try boatyard("plan").output
        #expect(table.contains("4 DESTRUCTIVE REINSTALL"))
        #expect(table.contains("platform.kernel: generic → rt"))
        let value = try Value(json: try boatyard("plan", "--from", "committed", "--to", "buffer", "-o", "json").output)
        #expect(value["nodes"]?[0]?["effect"] == "reinstall")
        #expect(
            value["nodes"]?[0]?["fields"]
                == [["path": "platform.kernel", "from": "generic", "to": "rt"]])
        #expect(try boatyard("plan", "--from", "99").status == 1)
        #expect(try boatyard("plan", "--from", "yesterday").status == 64)
        #expect(
            try boatyard("plan", "--from", "last_site_action").output.hasPrefix("From nothing to revision 2: 4 new"))
        let absent = try boatyard("plan", "--to", "last_site_action")
        #expect(absent.status == 1)
        #expect(absent.output.contains("There is no revision that is last_site_action"))
    }

    @Test("where the findings of a commit cannot be had a plan says so, and of an empty buffer it says nothing")
    func withoutFindings() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        try seed.commit(Place.exampleSite)
        let empty = try seed.boatyard(["plan", "--output", "json"])
        #expect(empty.status == 0, "\(empty)")
        #expect(try Value(json: empty.output)["findings_error"] == nil)
        seed.stopDaemon()

        let policy = seed.folder.appendingPathComponent("policy.yaml")
        try "\"workflow_orchestrator:commit_configdocs\": \"!\"\n".write(to: policy, atomically: true, encoding: .utf8)
        let config = seed.folder.appendingPathComponent("boatyard.yaml")
        let settings = try String(contentsOf: config, encoding: .utf8) + "identity: {policy: \(policy.path)}\n"
        try settings.write(to: config, atomically: true, encoding: .utf8)
        try await seed.startDaemon()
        let table = try seed.boatyard(["plan"])
        #expect(table.status == 0, "\(table)")
        #expect(table.output.contains("What a commit would find in the documents is not known:\nError: "), "\(table)")
        let value = try Value(json: try seed.boatyard(["plan", "--output", "json"]).output)
        #expect(value["findings_error"]?.stringValue?.hasPrefix("Error: ") == true)
        #expect(value["summary"]?["nothing"] == 4)
    }
}
