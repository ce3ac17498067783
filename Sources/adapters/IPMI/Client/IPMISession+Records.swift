/// Lists, which take many commands each. No BMC can make one of them endless: records are counted, and one that names an
/// earlier one as the next ends the list.
extension IPMISession {
    private static let lastRecord: UInt16 = 0xffff
    private static let maximumRecords = 4096

    /// Get SEL Info.
    package func eventLogInfo() async throws -> EventLogInfo { try await perform(GetEventLogInfo()) }

    /// The whole event log, the oldest entry first.
    package func eventLog() async throws -> [EventLogEntry] {
        guard try await eventLogInfo().entries > 0 else { return [] }
        var entries: [EventLogEntry] = []
        var next: UInt16 = 0
        while entries.count < Self.maximumRecords * 16 {
            let (entry, following) = try await perform(GetEventLogEntry(record: next))
            entries.append(entry)
            guard following != Self.lastRecord, following != entry.record, following != next else { break }
            next = following
        }
        return entries
    }

    /// Empties the event log.
    ///
    /// - Throws: `IPMIError` `bmc.command` where an event came in between.
    package func clearEventLog() async throws {
        let reservation = try await perform(ReserveEventLog())
        var isDone = try await perform(ClearEventLog(reservation: reservation, begins: true))
        for _ in 0..<Self.maximumRecords where !isDone {
            isDone = try await perform(ClearEventLog(reservation: reservation, begins: false))
        }
    }

    /// The sensors with full and compact records.
    package func sensors() async throws -> [SensorRecord] {
        var sensors: [SensorRecord] = []
        let reservation = try await perform(ReserveSensorRepository())
        var next: UInt16 = 0
        for _ in 0..<Self.maximumRecords {
            let (bytes, following) = try await sensorRecord(next, reservation)
            // What cannot be read is left out: the others are good.
            if let sensor = try? SensorRecord(decoding: bytes) { sensors.append(sensor) }
            guard following != Self.lastRecord, following != next, following != 0 else { break }
            next = following
        }
        return sensors
    }

    private func sensorRecord(_ record: UInt16, _ reservation: UInt16) async throws -> ([UInt8], next: UInt16) {
        let (head, next) = try await perform(
            GetSensorRecord(
                reservation: reservation, record: record, offset: 0, count: UInt8(clamping: SensorRecord.headerSize)))
        guard let length = head.dropFirst(4).first else { return (head, next) }
        let size = SensorRecord.headerSize + Int(length)
        var bytes = Array(head.prefix(SensorRecord.headerSize))
        while bytes.count < size, let offset = UInt8(exactly: bytes.count) {
            // Small enough for every BMC.
            let count = UInt8(clamping: min(16, size - bytes.count))
            let (part, _) = try await perform(
                GetSensorRecord(reservation: reservation, record: record, offset: offset, count: count))
            guard !part.isEmpty else { break }
            bytes += part.prefix(Int(count))
        }
        return (bytes, next)
    }

    /// What a sensor says now.
    package func reading(of sensor: SensorRecord) async throws -> SensorReading {
        try await perform(GetSensorReading(sensor: sensor.number))
    }

    /// The inventory of a device; 0 is the machine itself.
    package func inventory(device: UInt8 = 0) async throws -> Inventory {
        let (size, inWords) = try await perform(GetInventoryInfo(device: device))
        let scale = inWords ? 2 : 1
        var bytes: [UInt8] = []
        while bytes.count < Int(size) * scale, let offset = UInt16(exactly: bytes.count / scale) {
            let count = min(16, Int(size) * scale - bytes.count) / scale
            let part = try await perform(
                ReadInventory(device: device, offset: offset, count: UInt8(clamping: count)))
            guard part.count >= scale else { break }
            bytes += part.prefix(count * scale)
        }
        do {
            return try Inventory(decoding: bytes)
        } catch {
            throw IPMIError(.protocolViolation, "BMC \(endpoint) has an inventory that cannot be read: \(error)")
        }
    }

    /// The users that have a name or may do something.
    package func users() async throws -> [BMCUser] {
        var users: [BMCUser] = []
        var number: UInt8 = 1
        var most: UInt8 = 1
        while number <= min(most, 63) {
            let access = try await perform(GetUserAccess(user: number))
            most = access.maximumUsers
            let name: String
            do {
                name = try await perform(GetUserName(user: number))
            } catch let error as IPMIError where error.kind == .command(.invalidDataField) {
                // There is no such user.
                name = ""
            }
            if !name.isEmpty || access.privilege != nil {
                users.append(BMCUser(number: number, name: name, access: access))
            }
            number += 1
        }
        return users
    }
}
