import OrderedCollections
import Primitives
import Store

/// Events in their order, for clients that follow them.
///
/// An event is written in the transaction of what it tells of. Old events are removed; a client that comes back after
/// that is told that events are missing.
package final class EventLog: Sendable {
    /// How many are kept at least.
    static let kept: Int64 = 20_000
    /// How many may be there beyond that before they are dropped.
    private static let slack: Int64 = 1_000

    let database: Database
    let notifier = Notifier<Anything>()

    package init(database: Database) { self.database = database }

    /// Notify after the transaction.
    static func append(_ events: [SiteEvent], at time: Timestamp, _ connection: Connection) throws {
        for event in events {
            try connection.execute(
                "INSERT INTO shipyard_events (time, kind, data) VALUES (?, ?, ?)",
                [.int(time.microseconds), .text(event.kind.rawValue), .text(event.data.json(.compact))])
        }
        guard !events.isEmpty, let newest = try bounds(connection)?.newest, newest % slack < Int64(events.count) else {
            return
        }
        try connection.execute("DELETE FROM shipyard_events WHERE sequence <= ?", [.int(newest - kept)])
    }

    /// Writes events that belong to no other transaction.
    func append(_ events: [SiteEvent], at time: Timestamp) async throws {
        try await database.write { try Self.append(events, at: time, $0) }
        notifier.notify()
    }

    /// The sequence of the newest event ever; 0 where there has been none.
    func newest() async throws -> Int64 {
        try await database.read { try Self.bounds($0)?.newest ?? 0 }
    }

    /// At most `limit` events after `sequence`, the oldest first. Where events are missing in between, the first one is
    /// a `gap`.
    func events(after sequence: Int64, limit: Int) async throws -> [NumberedEvent] {
        try await database.read { connection in
            let bounds = try Self.bounds(connection)
            let newest = bounds?.newest ?? 0
            if sequence > newest { return [Self.gap(after: sequence, next: newest + 1)] }
            let oldest = bounds?.oldest ?? newest + 1
            if sequence + 1 < oldest { return [Self.gap(after: sequence, next: oldest)] }
            return try connection.query(
                "SELECT sequence, kind, time, data FROM shipyard_events WHERE sequence > ? ORDER BY sequence LIMIT ?",
                [.int(sequence), .int(Int64(limit))]
            ).compactMap { row in
                // One of a newer version keeps none of the others from those who follow them.
                guard let kind = SiteEvent.Kind(rawValue: try row.text("kind")),
                    let data = try? Value(json: row.text("data"))
                else { return nil }
                var members = data.objectValue ?? [:]
                let time = Timestamp(microseconds: try row.int64("time"))
                members["time"] = .string(time.formatted(.iso))
                return NumberedEvent(sequence: try row.int64("sequence"), event: SiteEvent(kind, .object(members)))
            }
        }
    }

    private static func gap(after sequence: Int64, next: Int64) -> NumberedEvent {
        NumberedEvent(
            sequence: next - 1,
            event: SiteEvent(
                .gap,
                [
                    "after": .int(Int(sequence)), "next": .int(Int(next)),
                    "message": "Events in between are no longer kept. Read what you follow anew.",
                ]))
    }

    /// The numbers of the oldest event that is kept and the newest ever; nil where there has been none.
    private static func bounds(_ connection: Connection) throws -> (oldest: Int64, newest: Int64)? {
        let newest = try connection.query("SELECT seq FROM sqlite_sequence WHERE name = 'shipyard_events'").first
        guard let newest = try newest?.int64(0) else { return nil }
        let oldest = try connection.query("SELECT min(sequence) AS oldest FROM shipyard_events").first
        let number = try oldest?.optionalInt("oldest").map(Int64.init)
        return (number ?? newest + 1, newest)
    }
}

/// Events as they happen. The sequence ends when its task is cancelled.
package struct EventStream: AsyncSequence, Sendable {
    /// An event and its number.
    package typealias Element = NumberedEvent

    let log: EventLog
    let after: Int64
    /// Only events of this action; nil for all.
    let action: String?

    /// Begins after the event that the stream was made for.
    package func makeAsyncIterator() -> Iterator { Iterator(log: log, last: after, action: action) }

    package struct Iterator: AsyncIteratorProtocol {
        let log: EventLog
        var last: Int64
        let action: String?
        private var batch: ArraySlice<NumberedEvent> = []

        init(log: EventLog, last: Int64, action: String?) {
            self.log = log
            self.last = last
            self.action = action
        }

        /// The next event, once there is one; nil when the task is cancelled.
        ///
        /// - Throws: `StoreError`.
        package mutating func next() async throws -> NumberedEvent? {
            while true {
                try Task.checkCancellation()
                while let event = batch.popFirst() {
                    last = event.sequence
                    if let action, event.event.kind != .gap, event.event.data["action"]?.stringValue != action {
                        continue
                    }
                    return event
                }
                let seen = log.notifier.count
                batch = try await log.events(after: last, limit: 200)[...]
                if batch.isEmpty { await log.notifier.wait(after: seen) }
            }
        }
    }
}
