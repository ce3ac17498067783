/// What was read of an event log.
package struct EventLogListing: Sendable, Hashable {
    /// In the BMC's order, which is that of time.
    package var entries: [EventLogEntry]
    /// How many further ones the BMC counts: it does not name them as the next of any.
    package var missing: Int
}

/// The event log. No BMC can make it endless: records are counted, and one that names one that was read as the next ends
/// the list.
extension IPMISession {
    static let lastRecord: UInt16 = 0xffff
    /// As many as have a number.
    private static let maximumEntries = 65535
    /// How often a BMC is asked whether it has cleared its log.
    private static let maximumReadings = 120
    /// How often the log is read anew as an event came in between.
    private static let maximumReservations = 4

    /// Get SEL Info.
    package func eventLogInfo() async throws -> EventLogInfo { try await perform(GetEventLogInfo()) }

    /// Get SEL Time: seconds since 1970 by the BMC's clock.
    package func eventLogTime() async throws -> UInt32 { try await perform(GetEventLogTime()) }

    /// The whole event log in the BMC's order, which is that of time.
    ///
    /// - Parameter limit: no more than the first so many.
    package func eventLog(limit: Int = 65535) async throws -> [EventLogEntry] {
        try await eventLogInfo().entries > 0 ? try await readEventLog(limit: limit) : []
    }

    /// The whole event log, held against the number of entries that the BMC tells.
    package func listEventLog() async throws -> EventLogListing {
        let before = Int(try await eventLogInfo().entries)
        let entries = before > 0 ? try await readEventLog(limit: Self.maximumEntries) : []
        guard entries.count < before else { return EventLogListing(entries: entries, missing: 0) }
        // It may have been cleared meanwhile.
        let counted = min(before, Int(try await eventLogInfo().entries))
        return EventLogListing(entries: entries, missing: max(0, counted - entries.count))
    }

    private func readEventLog(limit: Int) async throws -> [EventLogEntry] {
        var entries: [EventLogEntry] = []
        var read: Set<UInt16> = []
        var next: UInt16 = 0
        while entries.count < min(limit, Self.maximumEntries) {
            let answer: (entry: EventLogEntry, next: UInt16)
            do {
                answer = try await perform(GetEventLogEntry(record: next))
            } catch let error as IPMIError where error.kind == .command(.requestedDataNotPresent) {
                // Cleared meanwhile.
                break
            }
            guard read.insert(answer.entry.record).inserted else { break }
            entries.append(answer.entry)
            guard answer.next != Self.lastRecord, answer.next != 0, !read.contains(answer.next) else { break }
            next = answer.next
        }
        return entries
    }

    /// Empties the event log, and waits until the BMC says that it is empty.
    ///
    /// - Parameter pause: waits for so long between two questions whether it is done.
    /// - Throws: `IPMIError` `bmc.command` where an event came in between; `bmc.protocol` where the BMC never says that it
    ///   is done.
    package func clearEventLog(pause: (Duration) async throws -> Void) async throws {
        try await clear(try await reserveEventLog(), pause)
    }

    /// Reads the event log and empties it, and loses no event that came in between. Where entries are missing from what
    /// was read, it is not emptied.
    ///
    /// - Returns: what was in it.
    /// - Throws: as `clearEventLog`.
    package func takeEventLog(pause: (Duration) async throws -> Void) async throws -> EventLogListing {
        var earlier: [EventLogEntry] = []
        var round = 1
        while true {
            let reservation = try await reserveEventLog()
            var listing = try await listEventLog()
            // A reservation also ends with a log that the BMC has cleared, where it was asked again since.
            let present = Set(listing.entries)
            let isUnchanged = present == Set(earlier)
            listing.entries = earlier.filter { !present.contains($0) } + listing.entries
            guard listing.missing == 0 else { return listing }
            let isLast = round == Self.maximumReservations
            round += 1
            // Without a reservation nobody tells of an event that comes in between.
            if reservation == 0, !isUnchanged, !isLast {
                earlier = listing.entries
                continue
            }
            do {
                try await clear(reservation, pause)
                return listing
            } catch let error as IPMIError where error.kind == .command(.reservationCanceled) && !isLast {
                earlier = listing.entries
            }
        }
    }

    private func reserveEventLog() async throws -> UInt16 {
        do {
            return try await perform(ReserveEventLog())
        } catch let error as IPMIError where error.kind == .command(.invalidCommand) {
            // It is optional, and zero stands for none (IPMI v2.0 §31.4).
            return 0
        }
    }

    private func clear(_ reservation: UInt16, _ pause: (Duration) async throws -> Void) async throws {
        var isDone = try await perform(ClearEventLog(reservation: reservation, begins: true))
        for _ in 0..<Self.maximumReadings where !isDone {
            try await pause(.milliseconds(500))
            isDone = try await perform(ClearEventLog(reservation: reservation, begins: false))
        }
        guard isDone else {
            throw IPMIError(
                .protocolViolation, "BMC \(endpoint) began to clear its event log and does not end; restart the BMC")
        }
    }
}
