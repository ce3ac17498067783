import Primitives
import Store
import TestSupport
import Testing

@testable import Drydock

@Suite("Timelines of machines")
struct TimelineTests {
    private static let first = MACAddress("52:54:00:00:00:01") ?? .zero
    private static let second = MACAddress("52:54:00:00:00:02") ?? .zero

    private static func run(_ body: (TimelineStore, Database) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let database = try Database.open(
                path: folder + "/boatyard.db", migrations: DrydockMigration.all.withoutGaps)
            try await database.write { connection in
                for (node, mac) in [("n1", first), ("n2", second)] {
                    try connection.execute(
                        """
                        INSERT INTO drydock_machines (id, node, mac, state, intent, power, created, updated)
                            VALUES (?, ?, ?, 'Deploying', 'deploy', 'on', 0, 0)
                        """, [.text(ULID().description), .text(node), .text(mac.description)])
                }
            }
            try await body(TimelineStore(database: database, now: { time(1000) }), database)
        }
    }

    private static func time(_ seconds: Double) -> Timestamp { Timestamp(microseconds: Int64(seconds * 1_000_000)) }

    private static func write(
        _ database: Database, _ steps: [(TimelineEvent.Kind, String, Double)], _ mac: MACAddress
    ) async throws {
        try await database.write { connection in
            for (kind, step, seconds) in steps {
                try TimelineStore.record(kind, step, "message of \(step)", mac: mac, at: time(seconds), connection)
            }
        }
    }

    @Test("each event has the time since the one before, and what others took to come there")
    func usual() async throws {
        try await Self.run { store, database in
            let steps: [(TimelineEvent.Kind, String)] = [
                (.power, "cycle"), (.script, "installer"), (.phase, "started"),
            ]
            try await Self.write(database, zip(steps, [0, 8, 30]).map { ($0.0, $0.1, $1) }, Self.first)
            try await Self.write(database, zip(steps.prefix(2), [900, 910]).map { ($0.0, $0.1, $1) }, Self.second)
            let timeline = try #require(try await store.timeline(of: "n2", after: 0, limit: 100))
            #expect(timeline.mac == Self.second)
            #expect(timeline.events.map(\.step) == ["cycle", "installer"])
            #expect(timeline.events.map(\.elapsed) == [nil, 10])
            #expect(timeline.events.map(\.usual) == [nil, 8])
            // It is the thousandth second; the other machine went on after 22.
            #expect(timeline.pause == Timeline.Pause(seconds: 90, usual: 22, machines: 1))
            #expect(timeline.pause?.isStalled == true)
            #expect(Timeline.Pause(seconds: 50, usual: 22, machines: 1).isStalled == false)
            #expect(Timeline.Pause(seconds: 5000, usual: nil, machines: 0).isStalled == false)
            let later = try await store.timeline(of: "n2", after: timeline.events[0].id, limit: 100)
            #expect(later?.events.map(\.step) == ["installer"])
            let newest = try await store.timeline(of: "n1", after: 0, limit: 1)
            #expect(newest?.events.map(\.step) == ["started"])
            #expect(try await store.timeline(of: "n3", after: 0, limit: 1) == nil)
            #expect(try await store.timeline(of: Self.first.description, after: 0, limit: 9)?.events.count == 3)
        }
    }

    @Test("for what comes when it is ordered no time is usual, and none counts as what machines take to go on")
    func ordered() async throws {
        try await Self.run { store, database in
            let steps: [(TimelineEvent.Kind, String)] = [
                (.inventory, "sent"), (.plan, "install"), (.phase, "started"), (.power, "network-next"),
                (.power, "cycle"),
            ]
            for (mac, start) in [(Self.first, 0.0), (Self.second, 500)] {
                try await Self.write(
                    database, zip(steps, [0, 200, 210, 400, 403]).map { ($0.0, $0.1, start + $1) }, mac)
            }
            let timeline = try #require(try await store.timeline(of: "n2", after: 0, limit: 100))
            #expect(timeline.events.map(\.elapsed) == [nil, 200, 10, 190, 3])
            #expect(timeline.events.map(\.usual) == [nil, nil, 10, nil, 3])
            try await Self.write(database, [(.inventory, "sent", 950)], Self.second)
            #expect(try await store.timeline(of: "n2", after: 0, limit: 1)?.pause?.usual == nil)
        }
    }

    @Test("of one machine 500 events are kept, and of addresses that are nobody's none")
    func bounds() async throws {
        try await Self.run { store, database in
            try await Self.write(
                database, (0..<1500).map { (.operation, "step \($0)", Double($0)) }, Self.first)
            try await Self.write(
                database, [(.script, "installer", 1)], MACAddress("52:54:00:00:00:99") ?? .zero)
            let count = try await database.read {
                try $0.query("SELECT count(*) FROM drydock_timeline").first?.int(0) ?? 0
            }
            // Chance decides when surplus ones go: 300 of them stay once in 10 to the power of 8 runs.
            #expect(count >= 500 && count < 800, "\(count)")
            let timeline = try await store.timeline(of: "n1", after: 0, limit: 500)
            #expect(timeline?.events.last?.step == "step 1499")
        }
    }

    @Test("firmware that asks again in the same minute is one event, and machines that are gone lose theirs")
    func repetition() async throws {
        try await Self.run { store, database in
            for _ in 0..<3 { try await store.record(.script, "installer", "is sent to the installer", mac: Self.first) }
            #expect(try await store.timeline(of: "n1", after: 0, limit: 9)?.events.count == 1)
            try await database.write { try $0.execute("DELETE FROM drydock_machines WHERE node = 'n1'") }
            try await store.prune(before: Self.time(0))
            #expect(try await store.timeline(of: Self.first.description, after: 0, limit: 9)?.events == [])
        }
    }

    @Test("whoever asks in a machine's name without a key pushes nothing out of its timeline")
    func flood() async throws {
        try await Self.run { store, database in
            try await Self.write(database, [(.power, "cycle", 0), (.inventory, "inventory", 1)], Self.first)
            var asked: [(TimelineEvent.Kind, String, Double)] = []
            for number in 0..<600 {
                asked.append((.script, "installer", Double(2 * number + 2)))
                asked.append((.download, "initrd", Double(2 * number + 3)))
            }
            try await Self.write(database, asked, Self.first)
            let events = try await store.timeline(of: "n1", after: 0, limit: 500)?.events ?? []
            let kept = ["cycle", "inventory", "installer", "initrd", "installer", "initrd", "installer", "initrd"]
            #expect(events.map(\.step) == kept)
            // What has a key counts anew, and so does the next hour.
            try await Self.write(
                database, [(.phase, "booted", 2000), (.script, "disk", 2001), (.script, "installer", 9000)], Self.first)
            let newest = try await store.timeline(of: "n1", after: events.last?.id ?? 0, limit: 500)?.events ?? []
            #expect(newest.map(\.step) == ["booted", "disk", "installer"])
        }
    }

    @Test("the median is the middle, or the mean of the two in the middle")
    func median() {
        #expect(TimelineStore.median([]) == nil)
        #expect(TimelineStore.median([3, 1, 2]) == 2)
        #expect(TimelineStore.median([4, 1, 2, 3]) == 2.5)
    }

    @Test("a deployment leaves its whole story, and an operation that fails is told in the task")
    func story() async throws {
        try await TestSite.run(names: ["berth-1"]) { site in
            try await site.deploy()
            let service = await site.daemon.service()
            let timeline = try await service.timeline(of: "berth-1", after: 0, limit: 500)
            let points = timeline.events.map { "\($0.kind.rawValue) \($0.step)" }
            for point in [
                "power network-next", "power cycle", "script installer", "inventory sent", "plan install",
                "phase started", "phase installed", "phase booted",
            ] {
                #expect(points.contains(point), "\(point) is not in \(points)")
            }
            #expect(points.contains { $0.hasPrefix("signal ") }, "\(points)")
            #expect(timeline.pause == nil)
            await #expect(throws: DrydockError.self) {
                try await service.timeline(of: "nobody", after: 0, limit: 1)
            }
        }
    }
}
