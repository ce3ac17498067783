import Foundation
import Primitives
import Testing

@Suite("The timeline of a rehearsed machine, on the command line")
struct TimelineProgramTests {
    @Test("a timeline is followed while a machine is deployed: each event once, as it happens")
    func timeline() async throws {
        let seed = try Seed()
        try await seed.rehearse(Place.exampleSite)
        try await seed.startDaemon()
        try seed.commit(Place.exampleSite)
        for arguments in [["timeline", "nosuch"], ["timeline", "nosuch", "--follow"]] {
            let unknown = try seed.boatyard(arguments)
            #expect(unknown.status == 1 && unknown.error.contains("nosuch"), "\(unknown)")
        }
        let action = try seed.create(action: "deploy_site")
        _ = try await eventually("a timeline") {
            try seed.curl("/api/v1.0/nodes/berth-1/timeline").status == 200 ? true : nil
        }
        let following = try Program("boatyard", ["--socket", seed.socket, "timeline", "berth-1", "--follow"])
        _ = try await eventually("its first line") { following.standardOutput.contains("\n") ? true : nil }
        let entity = try await seed.end(of: action)
        #expect(entity["action_lifecycle"] == "Complete", "\(seed.daemon?.standardError.suffix(4000) ?? "")")
        let (events, lines) = try await eventually("all that has happened") { () -> ([Value], [Substring])? in
            let events = try seed.json("nodes/berth-1/timeline")["events"]?.arrayValue ?? []
            let lines = following.standardOutput.split(separator: "\n").filter { !$0.hasPrefix("Stalled") }
            return events.isEmpty || lines.count < events.count ? nil : (events, lines)
        }
        #expect(following.process.isRunning, "\(following.standardError)")
        following.kill(SIGTERM)
        following.wait()
        #expect(following.standardError == "")
        #expect(lines.count == events.count)
        for (event, line) in zip(events, lines) {
            // Without the times: what others usually take changes while they go on.
            var words = try #require(event["message"]?.stringValue)
            if event["kind"] == "phase" { words = "\(event["step"]?.stringValue ?? ""): \(words)" }
            #expect(line.hasSuffix(" \(words)"), "\(line)")
        }
        #expect(lines.contains { $0.contains("installed: ") })
    }
}
