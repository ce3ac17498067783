import Drydock
import Logging
import MessageCatalog
import Primitives
import Shipyard
import Store
import SystemSupport

/// The clock of the services. While work is open the database has a record of it; while none is, there is no record, and
/// the clock shows what the host's does. Work is an action, a task, or a test of hardware, which an operator may begin without
/// either.
struct DaemonClock: Sendable {
    let clock: SteadyClock
    let database: Database
    let logger: Logger

    private static let fact = "clock"
    /// Seconds: clocks are corrected by less than that all the time.
    private static let tolerance = 1.0

    /// Goes on from the record of the daemon before this one where it left work, but never from before that work was
    /// written. Without work a record means nothing: the host's clock may have been corrected since.
    static func start(
        _ database: Database, _ logger: Logger, clock: SteadyClock = SteadyClock()
    ) async throws -> DaemonClock {
        let keeper = DaemonClock(clock: clock, database: database, logger: logger)
        let (record, newest) = try await database.read { connection in
            let bytes = try DaemonRecord.fact(fact, connection)
            return (bytes.flatMap { SteadyClock.Record(bytes: $0) }, try newestWork(connection))
        }
        if let newest {
            clock.resume(after: record, notBefore: newest)
            keeper.report()
        }
        return keeper
    }

    private static func hasWork(_ connection: Connection) throws -> Bool {
        try DrydockService.openTask(connection) != nil || DrydockService.newestOpenTest(connection) != nil
            || ShipyardService.openAction(connection) != nil
    }

    /// When open work was written last; nil where none is open.
    private static func newestWork(_ connection: Connection) throws -> Timestamp? {
        try [
            DrydockService.newestOpenTask(connection), DrydockService.newestOpenTest(connection),
            ShipyardService.newestOpenAction(connection),
        ].compactMap { $0 }.max()
    }

    private func report() {
        let lead = clock.lead
        guard abs(lead) > Self.tolerance else { return }
        logger.notice(
            .clockChanged,
            "the system clock was changed; running actions keep their deadlines, and their times use the old clock until they end",
            metadata: ["seconds": "\(-lead)"])
    }

    /// To be called every minute.
    func keep() async {
        do {
            if try await database.read({ try Self.hasWork($0) }) {
                let record = clock.record
                try await database.write { try DaemonRecord.setFact(Self.fact, record.bytes, $0) }
            } else {
                try await rest()
            }
        } catch {
            // Those who work complain of the same.
        }
    }

    /// Removes the record, and lets the clock show what the host's does, unless work was begun meanwhile.
    private func rest() async throws {
        let isRecorded = try await database.read { try DaemonRecord.fact(Self.fact, $0) != nil }
        let lead = clock.lead
        guard isRecorded || abs(lead) > Self.tolerance else { return }
        let isIdle = try await database.write { connection in
            guard try !Self.hasWork(connection) else { return false }
            try DaemonRecord.removeFact(Self.fact, connection)
            return true
        }
        guard isIdle, abs(lead) > Self.tolerance else { return }
        clock.settle()
        logger.notice(
            .clockFollowed, "no action is running; times use the new system clock", metadata: ["seconds": "\(-lead)"])
    }
}
