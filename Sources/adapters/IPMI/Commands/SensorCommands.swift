/// Reserve SDR Repository (IPMI v2.0 §33.11): what reading a record in parts has to name.
package struct ReserveSensorRepository: Command {
    /// Of the request.
    package static let networkFunction = NetworkFunction.storage
    /// The command byte.
    package static let code: UInt8 = 0x22
    /// As the specification calls it.
    package static let name = "Reserve SDR Repository"

    /// Behind the command byte.
    package var data: [UInt8] { [] }

    package init() {}

    package static func response(_ data: [UInt8]) throws(PacketError) -> UInt16 {
        var reader = ByteReader(data)
        return try reader.littleEndian()
    }
}

/// Get SDR (IPMI v2.0 §33.12), a part of a record.
package struct GetSensorRecord: Command {
    /// Of the request.
    package static let networkFunction = NetworkFunction.storage
    /// The command byte.
    package static let code: UInt8 = 0x23
    /// As the specification calls it.
    package static let name = "Get SDR"

    /// Of Reserve SDR Repository.
    package var reservation: UInt16
    /// 0 for the first one.
    package var record: UInt16
    /// In bytes, from the record's beginning.
    package var offset: UInt8
    /// In bytes.
    package var count: UInt8

    package init(reservation: UInt16, record: UInt16, offset: UInt8, count: UInt8) {
        self.reservation = reservation
        self.record = record
        self.offset = offset
        self.count = count
    }

    /// Behind the command byte.
    package var data: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: reservation)
        bytes.append(littleEndian: record)
        return bytes + [offset, count]
    }

    /// The part, and the identifier of the next record; 0xFFFF behind the last.
    package static func response(_ data: [UInt8]) throws(PacketError) -> (part: [UInt8], next: UInt16) {
        var reader = ByteReader(data)
        let next: UInt16 = try reader.littleEndian()
        return (Array(reader.remaining), next)
    }
}

/// Get Sensor Reading (IPMI v2.0 §35.14).
package struct GetSensorReading: Command {
    /// Of the request.
    package static let networkFunction = NetworkFunction.sensor
    /// The command byte.
    package static let code: UInt8 = 0x2d
    /// As the specification calls it.
    package static let name = "Get Sensor Reading"

    /// Its number.
    package var sensor: UInt8

    package init(sensor: UInt8) { self.sensor = sensor }

    /// Behind the command byte.
    package var data: [UInt8] { [sensor] }

    package static func response(_ data: [UInt8]) throws(PacketError) -> SensorReading {
        var reader = ByteReader(data)
        let raw = try reader.byte()
        let flags = try reader.byte()
        let low = (try? reader.byte()) ?? 0
        let high = (try? reader.byte()) ?? 0
        return SensorReading(
            raw: raw, isAvailable: flags & 0x40 != 0 && flags & 0x20 == 0,
            states: UInt16(truncatingIfNeeded: Int(high & 0x7f) << 8 | Int(low)))
    }
}

/// Get Sensor Reading Factors (IPMI v2.0 §35.5): the formula of one reading of a sensor that is not linear.
package struct GetSensorReadingFactors: Command {
    /// Of the request.
    package static let networkFunction = NetworkFunction.sensor
    /// The command byte.
    package static let code: UInt8 = 0x23
    /// As the specification calls it.
    package static let name = "Get Sensor Reading Factors"

    /// Its number.
    package var sensor: UInt8
    /// The reading, as the sensor gave it.
    package var raw: UInt8

    package init(sensor: UInt8, raw: UInt8) {
        self.sensor = sensor
        self.raw = raw
    }

    /// Behind the command byte.
    package var data: [UInt8] { [sensor, raw] }

    package static func response(_ data: [UInt8]) throws(PacketError) -> SensorConversion.Factors {
        var reader = ByteReader(data)
        // The next reading with other factors.
        try reader.skip(1)
        return try SensorConversion.Factors(from: &reader)
    }
}

/// Get Sensor Thresholds (IPMI v2.0 §35.9).
package struct GetSensorThresholds: Command {
    /// Of the request.
    package static let networkFunction = NetworkFunction.sensor
    /// The command byte.
    package static let code: UInt8 = 0x27
    /// As the specification calls it.
    package static let name = "Get Sensor Thresholds"

    /// Its number.
    package var sensor: UInt8

    package init(sensor: UInt8) { self.sensor = sensor }

    /// Behind the command byte.
    package var data: [UInt8] { [sensor] }

    package static func response(_ data: [UInt8]) throws(PacketError) -> SensorThresholds {
        var reader = ByteReader(data)
        let mask = try reader.byte()
        var raw: [UInt8?] = []
        for bit in 0..<6 {
            let value = try? reader.byte()
            raw.append(mask >> bit & 1 == 1 ? value : nil)
        }
        return SensorThresholds(raw: raw)
    }
}

/// What a sensor's reading is compared with. Nil for those that it has not.
package struct SensorThresholds: Sendable, Hashable {
    /// Lower non-critical, critical, non-recoverable; upper non-critical, critical, non-recoverable. To be converted as
    /// a reading is.
    package var raw: [UInt8?]
}

/// What a sensor says now.
package struct SensorReading: Sendable, Hashable {
    /// To be converted by the sensor's record.
    package var raw: UInt8
    /// Whether the sensor is read at all at present: many are not while the machine is off.
    package var isAvailable: Bool
    /// Bit n: state n of a discrete sensor; of one with thresholds those that are crossed.
    package var states: UInt16

    package init(raw: UInt8, isAvailable: Bool, states: UInt16) {
        self.raw = raw
        self.isAvailable = isAvailable
        self.states = states
    }

    /// Of a sensor with thresholds: how bad it is. The lowest three bits are of the lower ones.
    package var severity: Severity {
        switch states & 0x3f {
        case let bits where bits & 0b100100 != 0: .nonRecoverable
        case let bits where bits & 0b010010 != 0: .critical
        case let bits where bits & 0b001001 != 0: .nonCritical
        default: .ok
        }
    }

    /// How far beyond its thresholds a reading is.
    package enum Severity: String, Sendable, Hashable {
        case ok
        case nonCritical = "non-critical"
        case critical
        case nonRecoverable = "non-recoverable"
    }
}
