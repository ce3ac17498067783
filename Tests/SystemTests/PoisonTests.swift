import Foundation
import Primitives
import Testing

@Suite("Work that the daemon ends at again and again", .serialized)
struct PoisonTests {
    /// A site whose BMCs never answer: the task is at work with them, and gets no further.
    private func working(_ seed: Seed) async throws -> String {
        try await seed.rehearse(Place.exampleSite, faults: (1...4).map { "berth-\($0)=bmc-silent" })
        try await seed.startDaemon()
        try seed.commit(Place.exampleSite)
        let action = try seed.create(action: "deploy_site")
        _ = try await eventually("a BMC to be told something", within: 90) {
            try seed.json("tasks").arrayValue?.contains { $0["action"] == "set_node_boot" } == true ? true : nil
        }
        _ = try await rest(seed)
        return action
    }

    /// A site whose machines are installed, and whose boot actions never report: the task merely waits.
    private func waiting(_ seed: Seed) async throws -> String {
        try await seed.rehearse(
            Place.exampleSite, faults: (1...4).map { "berth-\($0)=never-signals" })
        try await seed.startDaemon()
        try seed.commit(Place.exampleSite)
        let action = try seed.create(action: "deploy_site")
        _ = try await eventually("a machine to have booted what was installed", within: 90) {
            try seed.events().contains { $0["event"] == "booted" } ? true : nil
        }
        _ = try await rest(seed)
        return action
    }

    /// What the tasks say, once it has been the same for a while.
    private func rest(_ seed: Seed) async throws -> Value {
        var last: Value = nil
        var times = 0
        return try await eventually("the tasks to get no further", within: 90) {
            let now = try seed.json("tasks")
            times = now == last ? times + 1 : 0
            last = now
            return times >= 20 ? now : nil
        }
    }

    private func lifecycle(_ seed: Seed, _ action: String) throws -> String? {
        try seed.json("actions/\(action)")["action_lifecycle"]?.stringValue
    }

    @Test("a task that was running at two unclean ends in a row has failed, and everything else is served")
    func killedTwice() async throws {
        let seed = try Seed()
        let action = try await working(seed)
        seed.killDaemon()
        try await seed.startDaemon()
        _ = try await rest(seed)
        #expect(try lifecycle(seed, action) == "Processing")
        // What a machine happened to report in between would be progress, and the count begin anew.
        var kills = 1
        while try lifecycle(seed, action) == "Processing", kills < 5 {
            seed.killDaemon()
            try await seed.startDaemon()
            kills += 1
            if kills > 2 { _ = try await rest(seed) }
        }
        let entity = try await seed.end(of: action)
        #expect(entity["action_lifecycle"] == "Failed")
        let tasks = try seed.json("tasks")
        #expect(tasks.json().contains("The daemon ended 2 times in a row while it carried this task out"))
        #expect(try seed.curl("/api/v1.0/health").status == 204)
        let next = try seed.create(action: "test_site")
        _ = try await seed.end(of: next)
    }

    @Test("ends that were asked for do not count, nor do unclean ones with a clean one between them")
    func stopped() async throws {
        let seed = try Seed()
        let action = try await working(seed)
        for _ in 0..<2 {
            seed.stopDaemon()
            try await seed.startDaemon()
            // Until then the daemon may not have recorded that it runs.
            _ = try await rest(seed)
            seed.killDaemon()
            try await seed.startDaemon()
            _ = try await rest(seed)
        }
        #expect(try lifecycle(seed, action) == "Processing")
    }

    @Test("a task that merely waits, and its step, outlive several losses of power")
    func waits() async throws {
        let seed = try Seed()
        let action = try await waiting(seed)
        for _ in 0..<3 {
            seed.killDaemon()
            try await seed.startDaemon()
            _ = try await rest(seed)
            #expect(try lifecycle(seed, action) == "Processing")
        }
    }
}
