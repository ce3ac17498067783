import Drydock
import Logging
import Primitives
import Shipyard
import Store
import SystemSupport

/// Keeps the clock of the services: written down while there is work, by the host's again where there is none.
struct DaemonClock: Sendable {
    let clock: SteadyClock
    let database: Database
    let logger: Logger

    private static let fact = "clock"
    /// Seconds: less than that is what clocks are corrected by all the time.
    private static let tolerance = 1.0

    /// Goes on from where the daemon before this one left, where it left work.
    static func start(_ database: Database, _ logger: Logger) async throws -> DaemonClock {
        let keeper = DaemonClock(clock: SteadyClock(), database: database, logger: logger)
        let (record, isAtWork) = try await database.read { connection in
            let bytes = try DaemonRecord.fact(fact, connection)
            return (bytes.flatMap { SteadyClock.Record(bytes: $0) }, try hasWork(connection))
        }
        if isAtWork, let record {
            keeper.clock.resume(after: record)
            keeper.report()
        }
        return keeper
    }

    private static func hasWork(_ connection: Connection) throws -> Bool {
        try DrydockService.openTask(connection) != nil || ShipyardService.openAction(connection) != nil
    }

    private func report() {
        let lead = clock.lead
        guard abs(lead) > Self.tolerance else { return }
        logger.notice(
            "the clock of this host was set; what is under way keeps the time it has left, and is dated by the clock before",
            metadata: ["seconds": "\(-lead)"])
    }

    /// To be called every minute.
    func keep() async {
        do {
            if try await database.read({ try Self.hasWork($0) }) {
                let record = clock.record
                try await database.write { try DaemonRecord.setFact(Self.fact, record.bytes, $0) }
            } else if abs(clock.lead) > Self.tolerance {
                report()
                clock.settle()
            }
        } catch {
            // Those who work complain of the same.
        }
    }
}
