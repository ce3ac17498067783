import Foundation
import Primitives
import TestSupport
import Testing

/// The lines that docs/operations.md shows to operators. Those of journalctl are run by `packaging/test-package`, on a host
/// with a journal.
@Suite("The twenty lines of docs/operations.md")
struct OperatorLineTests {
    private static func lines() throws -> [String] {
        let file = Place.package.appendingPathComponent("docs/operations.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        let section = try #require(text.components(separatedBy: "\n## ").first { $0.hasPrefix("Twenty lines\n") })
        return section.components(separatedBy: "\n").filter { $0.hasPrefix("curl ") || $0.hasPrefix("journalctl ") }
    }

    @Test("each line of curl answers what it says, after a deployment")
    func curl() async throws {
        let lines = try Self.lines()
        #expect(lines.count == 20)
        let seed = try Seed()
        try await seed.rehearse(Place.exampleSite)
        try await seed.startDaemon()
        try seed.commit(Place.exampleSite)
        #expect(try seed.boatyard("create", "action", "deploy_site", "--wait").status == 0)
        let action = try #require(try seed.json("actions").arrayValue?.last?["id"]?.stringValue)
        let variables = "S=\(seed.socket); H=http://localhost/api/v1.0; N=berth-1; A=\(action); "
        let wanted = [
            "health": "204", "versions": "v1.0", "metrics": "boatyard_nodes{status=\"Deployed\"} 4", "nodes": "berth-4",
            "timeline": "booted", "site_statuses": "Deployed", "actions": action, "$A": "deploy_site",
            "tasks": "deploy_nodes", "audit": "deploy_site",
        ]
        let requests = lines.filter { $0.hasPrefix("curl ") }
        #expect(requests.count == wanted.count)
        for line in requests {
            let command = line.components(separatedBy: " #").first ?? line
            let address = command.split(separator: " ").last ?? ""
            let name = address.split(separator: "?").first?.split(separator: "/").last.map(String.init) ?? ""
            let output = try HostTools.output("sh", ["-c", variables + line])
            let text = try #require(wanted[name], "\(name)")
            #expect(output.contains(text), "\(line): \(output.prefix(500))")
        }
    }
}
