/// Lists, which take many commands each. No BMC can make one of them endless: records are counted, and one that names one
/// that was read as the next ends the list.
extension IPMISession {
    private static let maximumRecords = 4096
    /// How often a list is begun anew as the BMC changed it meanwhile.
    private static let maximumReservations = 8

    /// The sensors with full and compact records, those of other controllers among them.
    package func sensors() async throws -> [SensorRecord] { try await listSensors().sensors }

    /// The same, and what is to be said where the list ended before its end.
    package func listSensors() async throws -> (sensors: [SensorRecord], gap: String?) {
        var sensors: [SensorRecord] = []
        var read: Set<UInt16> = []
        var reservation = try await reserveSensors()
        var reservations = 1
        var next: UInt16 = 0
        while read.count < Self.maximumRecords {
            let record: (bytes: [UInt8], next: UInt16)
            do {
                record = try await sensorRecord(next, reservation)
            } catch let error as IPMIError
                where error.kind == .command(.reservationCanceled) && reservations < Self.maximumReservations
            {
                reservation = try await reserveSensors()
                reservations += 1
                continue
            } catch let error as IPMIError where error.kind == .command(.requestedDataNotPresent) && next == 0 {
                // There is none.
                break
            }
            read.insert(next)
            // What cannot be read is left out: the others are good.
            if let sensor = try? SensorRecord(decoding: record.bytes) { sensors += sensor.sensors }
            guard record.next != Self.lastRecord, record.next != 0 else { return (sensors, nil) }
            guard !read.contains(record.next) else {
                return (
                    sensors, "what follows record \(next): the BMC names \(record.next) as the next, which was read"
                )
            }
            next = record.next
        }
        let isCut = read.count >= Self.maximumRecords
        return (sensors, isCut ? "what follows the first \(Self.maximumRecords) records of sensors" : nil)
    }

    private func reserveSensors() async throws -> UInt16 {
        do {
            return try await perform(ReserveSensorRepository())
        } catch let error as IPMIError where error.kind == .command(.invalidCommand) {
            // It is optional, and zero stands for none (IPMI v2.0 §33.11).
            return 0
        }
    }

    private func sensorRecord(
        _ record: UInt16, _ reservation: UInt16
    ) async throws -> (bytes: [UInt8], next: UInt16) {
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

    /// What a sensor of the BMC says now.
    ///
    /// - Returns: nil where the BMC has no such sensor, or does not read it at present.
    package func reading(of sensor: SensorRecord) async throws -> SensorReading? {
        try await ifPresent(GetSensorReading(sensor: sensor.number)).flatMap { $0.isAvailable ? $0 : nil }
    }

    /// What a reading of the sensor is in its unit.
    ///
    /// - Returns: nil where it is no number, or of a function that is not known.
    package func value(of raw: UInt8, _ sensor: SensorRecord) async throws -> Double? {
        guard let conversion = sensor.conversion else { return nil }
        guard conversion.needsFactorsOfReading else { return conversion.value(of: raw) }
        return try await ifPresent(GetSensorReadingFactors(sensor: sensor.number, raw: raw)).flatMap {
            conversion.value(of: raw, factors: $0)
        }
    }

    /// - Returns: nil where the BMC has none of the sensor.
    package func thresholds(of sensor: SensorRecord) async throws -> SensorThresholds? {
        sensor.hasThresholds ? try await ifPresent(GetSensorThresholds(sensor: sensor.number)) : nil
    }

    /// Nil where the BMC refuses the command, or answers with nothing that can be read.
    private func ifPresent<Request: Command>(_ command: Request) async throws -> Request.Response? {
        do {
            return try await perform(command)
        } catch let error as IPMIError {
            switch error.kind {
            case .command(.insufficientPrivilege): throw error
            case .command, .protocolViolation: return nil
            default: throw error
            }
        }
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
            // Whole words, where it counts in words: the next offset is one of them.
            bytes += part.prefix(min(part.count / scale, count) * scale)
        }
        do {
            return try Inventory(decoding: bytes)
        } catch {
            throw IPMIError(
                .protocolViolation,
                "BMC \(endpoint) has an inventory that cannot be read: \(error); update its firmware")
        }
    }

    /// The identity of the machine, in the order in which the BMC sends it.
    package func systemGUID() async throws -> [UInt8]? { try await ifPresent(GetSystemGUID()) }

    /// The users that have a name or may do something.
    package func users() async throws -> [BMCUser] {
        var users: [BMCUser] = []
        var number: UInt8 = 1
        var most: UInt8 = 1
        while number <= min(most, 63) {
            let access = try await perform(GetUserAccess(user: number))
            most = access.maximumUsers
            // The BMC refuses the name of a user that is not there.
            let name = try await ifPresent(GetUserName(user: number)) ?? ""
            if !name.isEmpty || access.privilege != nil {
                users.append(BMCUser(number: number, name: name, access: access))
            }
            number += 1
        }
        return users
    }
}
