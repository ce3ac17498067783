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
    ///
    /// - Parameter reading: gets each entry as it is read.
    package func listEventLog(
        _ reading: EventLogReading<EventLogEntry> = EventLogReading()
    ) async throws -> EventLogListing {
        let before = Int(try await eventLogInfo().entries)
        reading.begin()
        let entries = before > 0 ? try await readEventLog(limit: Self.maximumEntries, reading) : []
        guard entries.count < before else { return EventLogListing(entries: entries, missing: 0) }
        // It may have been cleared meanwhile.
        let counted = min(before, Int(try await eventLogInfo().entries))
        return EventLogListing(entries: entries, missing: max(0, counted - entries.count))
    }

    private func readEventLog(
        limit: Int, _ reading: EventLogReading<EventLogEntry>? = nil
    ) async throws -> [EventLogEntry] {
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
            reading?.note(answer.entry)
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
        let reservation = try await reserveEventLog()
        try await finishClearing(reservation, try await beginClearing(reservation), pause)
    }

    /// Reads the event log and empties it, and loses no event that came in between. Where entries are missing from what
    /// was read, it is not emptied.
    ///
    /// - Parameters:
    ///   - reading: gets what is read, and has it also where this fails once the BMC was told to clear its log. Given to a
    ///     further attempt, that one returns what an attempt before it has removed.
    ///   - pause: as `clearEventLog`.
    /// - Returns: what was in it.
    /// - Throws: as `clearEventLog`.
    package func takeEventLog(
        _ reading: EventLogReading<EventLogEntry> = EventLogReading(), pause: (Duration) async throws -> Void
    ) async throws -> EventLogListing {
        var earlier = reading.removed
        var round = 1
        while true {
            let reservation = try await reserveEventLog()
            var listing = try await listEventLog(reading)
            // A reservation also ends with a log that the BMC has cleared, where it was asked again since.
            let present = Set(listing.entries)
            reading.settle(present)
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
                let isDone = try await reading.clearing(listing.entries, refuses: Self.refusesClearing) {
                    try await beginClearing(reservation)
                }
                try await finishClearing(reservation, isDone, pause)
                return listing
            } catch let error as IPMIError where error.kind == .command(.reservationCanceled) && !isLast {
                earlier = listing.entries
            }
        }
    }

    /// A reservation that is told as cancelled may have been used by the same request, whose answer was lost.
    private static func refusesClearing(_ error: any Error) -> Bool {
        guard let error = error as? IPMIError, case .command(let code) = error.kind else { return false }
        return code.isPermanent || code == .insufficientPrivilege
    }

    private func reserveEventLog() async throws -> UInt16 {
        do {
            return try await perform(ReserveEventLog())
        } catch let error as IPMIError where error.kind == .command(.invalidCommand) {
            // It is optional, and zero stands for none (IPMI v2.0 §31.4).
            return 0
        }
    }

    /// - Returns: whether it is done already.
    private func beginClearing(_ reservation: UInt16) async throws -> Bool {
        try await perform(ClearEventLog(reservation: reservation, begins: true))
    }

    private func finishClearing(
        _ reservation: UInt16, _ begun: Bool, _ pause: (Duration) async throws -> Void
    ) async throws {
        var isDone = begun
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
