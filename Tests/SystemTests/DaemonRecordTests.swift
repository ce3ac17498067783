import Logging
import Primitives
import Store
import Synchronization
import SystemSupport
import TestSupport
import Testing

@testable import BoatyardDaemon

/// What the daemon records of itself for its next start.
@Suite("What the daemon records of its clock and its crashes")
struct DaemonRecordTests {
    /// A host whose clock and uptime a test moves; in seconds.
    private final class Host: Sendable {
        private let state = Mutex((wall: 1_000_000.0, uptime: 100.0, boot: "a"))

        func pass(_ seconds: Double) {
            state.withLock { state in
                state.wall += seconds
                state.uptime += seconds
            }
        }

        func set(by seconds: Double) { state.withLock { $0.wall += seconds } }

        /// Loses power for `seconds`.
        func reboot(after seconds: Double) {
            state.withLock { $0 = (wall: $0.wall + seconds, uptime: 5, boot: $0.boot + "a") }
        }

        var wall: Timestamp { read().wall }

        func read() -> SteadyClock.Reading {
            state.withLock { state in
                SteadyClock.Reading(
                    wall: Timestamp(microseconds: Int64(state.wall * 1_000_000)),
                    uptime: Int64(state.uptime * 1_000_000), boot: state.boot)
            }
        }
    }

    enum Work: CaseIterable { case action, task, test }

    private static let week = 7 * 86400.0
    private static let years = 50 * 365 * 86400.0

    private let folder: OwnedFolder
    private let database: Database
    private let host = Host()

    init() throws {
        folder = try OwnedFolder()
        database = try Database.open(path: folder.path + "/boatyard.db", migrations: DaemonServices.migrations)
    }

    private func start() async throws -> DaemonClock {
        try await DaemonClock.start(database, Logger(label: "test"), clock: SteadyClock { [host] in host.read() })
    }

    private func begin(_ work: Work, at time: Timestamp) async throws {
        let (id, time) = (SQLValue.text(ULID().description), SQLValue.int(time.microseconds))
        try await database.write { connection in
            switch work {
            case .action:
                try connection.execute(
                    """
                    INSERT INTO shipyard_actions (id, name, parameters, execution_date, user, created, context_marker,
                        graph, run, state, sequence) VALUES (?1, 'deploy_site', '{}', ?2, 'u', ?2, '', '{}', '{}', 'running',
                        (SELECT coalesce(max(sequence), 0) + 1 FROM shipyard_actions))
                    """, [id, time])
            case .task:
                try connection.execute(
                    """
                    INSERT INTO drydock_tasks (id, action, design, node_filter, status, result, successes, failures, links,
                        created, created_by, updated, retry, place)
                        VALUES (?1, 'deploy_nodes', 'd', '{}', 'running', 'incomplete', '[]', '[]', '[]', ?2, 'u', ?2, 0,
                        (SELECT coalesce(max(place), 0) + 1 FROM drydock_tasks))
                    """, [id, time])
            case .test:
                try connection.execute(
                    """
                    INSERT INTO drydock_machines (id, mac, state, intent, power, created, updated)
                        VALUES (?1, ?1, 'Deployed', 'local', 'on', ?2, ?2)
                    """, [id, time])
                try connection.execute(
                    """
                    INSERT INTO drydock_tests (machine, id, mode, expectations, since, deadline, errors, warnings, reason,
                        findings) VALUES (?1, ?1, 'quick', '', ?2, ?2, 0, 0, '', '[]')
                    """, [id, time])
            }
        }
    }

    private func end() async throws {
        try await database.write { connection in
            try connection.execute("UPDATE shipyard_actions SET state = 'success'")
            try connection.execute("UPDATE drydock_tasks SET status = 'complete'")
            try connection.execute("UPDATE drydock_tests SET ended = since")
        }
    }

    private func isRecorded() async throws -> Bool {
        try await database.read { try DaemonRecord.fact("clock", $0) != nil }
    }

    @Test(
        "a power loss right after the beginning of work does not bring back the clock of last week",
        arguments: Work.allCases)
    func staleRecord(work: Work) async throws {
        let keeper = try await start()
        try await begin(work, at: keeper.clock.now())
        await keeper.keep()
        #expect(try await isRecorded())
        try await end()
        await keeper.keep()
        #expect(try await !isRecorded())
        host.pass(Self.week)
        await keeper.keep()
        try await begin(work, at: keeper.clock.now())
        host.pass(30)
        host.reboot(after: 60)
        #expect(try await start().clock.lead == 0)
        await database.close()
    }

    @Test("a record of a host that did not know the time yet is not gone back to", arguments: Work.allCases)
    func correctedClock(work: Work) async throws {
        let keeper = try await start()
        try await begin(work, at: keeper.clock.now())
        await keeper.keep()
        host.set(by: Self.years)
        host.pass(60)
        await keeper.keep()
        #expect(keeper.clock.lead == -Self.years)
        try await end()
        await keeper.keep()
        #expect(keeper.clock.lead == 0)
        try await begin(work, at: keeper.clock.now())
        host.pass(30)
        #expect(try await start().clock.lead == 0)
        await database.close()
    }

    @Test("the clock never starts before what is open was written", arguments: Work.allCases)
    func notBefore(work: Work) async throws {
        let record = SteadyClock { [host] in host.read() }.record
        host.pass(Self.week)
        let written = host.wall
        try await begin(work, at: written)
        // As an earlier version left it.
        try await database.write { try DaemonRecord.setFact("clock", record.bytes, $0) }
        host.reboot(after: 60)
        #expect(try await start().clock.now() == written)
        // A host without a battery for its clock.
        try await database.write { try DaemonRecord.removeFact("clock", $0) }
        host.set(by: -Self.years)
        #expect(try await start().clock.now() == written)
        // Without work the host's clock is right.
        try await end()
        #expect(try await start().clock.now() == host.wall)
        await database.close()
    }

    @Test("a clock that was set while work is open goes on, across a crash too", arguments: Work.allCases)
    func crash(work: Work) async throws {
        let keeper = try await start()
        try await begin(work, at: keeper.clock.now())
        await keeper.keep()
        host.set(by: Self.years)
        host.pass(30)
        #expect(try await start().clock.lead == -Self.years)
        await database.close()
    }

    /// Lives for so many minutes and crashes then.
    ///
    /// - Returns: the work that was failed at the start.
    private func live(minutes: Int, progress: String = "1") async throws -> [String] {
        let failed = Mutex<[String]>([])
        let left = Mutex(minutes)
        let life = DaemonLife(database: database, clock: try await start(), logger: Logger(label: "test")) {
            let repeated = try await database.write {
                try UncleanEnds.repeated([.init(id: "w", progress: progress)], kind: "", $0)
            }
            failed.withLock { $0 = repeated }
        } pause: {
            let isOver = left.withLock { left in
                left -= 1
                return left < 0
            }
            if isOver { throw CancellationError() }
        }
        await #expect(throws: CancellationError.self) { try await life.run() }
        return failed.withLock { $0 }
    }

    @Test("work that ends the daemon hours after its start is not resumed for ever")
    func latePoison() async throws {
        #expect(try await live(minutes: 300) == [])
        #expect(try await live(minutes: 300) == [])
        #expect(try await live(minutes: 300) == ["w"])
        // Progress starts the count anew.
        #expect(try await live(minutes: 300, progress: "2") == [])
        #expect(try await live(minutes: 300, progress: "2") == ["w"])
        await database.close()
    }
}
