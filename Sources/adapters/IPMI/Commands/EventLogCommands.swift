/// Get SEL Info (IPMI v2.0 §31.2).
package struct GetEventLogInfo: Command {
    /// Of the request.
    package static let networkFunction = NetworkFunction.storage
    /// The command byte.
    package static let code: UInt8 = 0x40
    /// As the specification calls it.
    package static let name = "Get SEL Info"

    /// Behind the command byte.
    package var data: [UInt8] { [] }

    package init() {}

    package static func response(_ data: [UInt8]) throws(PacketError) -> EventLogInfo {
        var reader = ByteReader(data)
        try reader.skip(1)
        let entries: UInt16 = try reader.littleEndian()
        let free: UInt16 = try reader.littleEndian()
        let addition: UInt32 = try reader.littleEndian()
        let erase: UInt32 = try reader.littleEndian()
        return EventLogInfo(
            entries: entries, freeBytes: free, lastAddition: addition, lastErase: erase,
            hasOverflown: try reader.byte() & 0x80 != 0)
    }
}

/// How full the system event log is. Times are seconds since 1970 by the BMC's clock.
package struct EventLogInfo: Sendable, Hashable {
    package var entries: UInt16
    /// 65535 also where it is more.
    package var freeBytes: UInt16
    package var lastAddition: UInt32
    package var lastErase: UInt32
    /// Events were lost.
    package var hasOverflown: Bool
}

/// Get SEL Time (IPMI v2.0 §31.10): seconds since 1970 by the BMC's clock; 0xFFFFFFFF where it knows no time, below
/// 0x20000000 where it counts from its start.
package struct GetEventLogTime: Command {
    /// Of the request.
    package static let networkFunction = NetworkFunction.storage
    /// The command byte.
    package static let code: UInt8 = 0x48
    /// As the specification calls it.
    package static let name = "Get SEL Time"

    /// Behind the command byte.
    package var data: [UInt8] { [] }

    package init() {}

    package static func response(_ data: [UInt8]) throws(PacketError) -> UInt32 {
        var reader = ByteReader(data)
        return try reader.littleEndian()
    }
}

/// Reserve SEL (IPMI v2.0 §31.4): what Clear SEL has to name.
package struct ReserveEventLog: Command {
    /// Of the request.
    package static let networkFunction = NetworkFunction.storage
    /// The command byte.
    package static let code: UInt8 = 0x42
    /// As the specification calls it.
    package static let name = "Reserve SEL"

    /// Behind the command byte.
    package var data: [UInt8] { [] }

    package init() {}

    package static func response(_ data: [UInt8]) throws(PacketError) -> UInt16 {
        var reader = ByteReader(data)
        return try reader.littleEndian()
    }
}

/// Get SEL Entry (IPMI v2.0 §31.5), of a whole record.
package struct GetEventLogEntry: Command {
    /// Of the request.
    package static let networkFunction = NetworkFunction.storage
    /// The command byte.
    package static let code: UInt8 = 0x43
    /// As the specification calls it.
    package static let name = "Get SEL Entry"

    /// 0 for the first one, 0xFFFF for the last.
    package var record: UInt16

    /// - Parameter record: 0 for the first one, 0xFFFF for the last.
    package init(record: UInt16) { self.record = record }

    /// Behind the command byte.
    package var data: [UInt8] {
        var bytes: [UInt8] = [0, 0]
        bytes.append(littleEndian: record)
        return bytes + [0, 0xff]
    }

    /// The entry, and the identifier of the next one; 0xFFFF behind the last.
    package static func response(_ data: [UInt8]) throws(PacketError) -> (entry: EventLogEntry, next: UInt16) {
        var reader = ByteReader(data)
        let next: UInt16 = try reader.littleEndian()
        return (try EventLogEntry(decoding: Array(reader.remaining)), next)
    }
}

/// An entry of the system event log (IPMI v2.0 table 32-1).
package struct EventLogEntry: Sendable, Hashable {
    /// Its number, by which it is asked for.
    package var record: UInt16
    /// 2: an event of the system. Others are of a manufacturer, and only `bytes` holds what they say.
    package var type: UInt8
    /// Seconds since 1970 by the BMC's clock, or since it started, below `firstDate`; nil where the entry has no time.
    package var time: UInt32?
    /// Who reports it: a slave address, or the identifier of software.
    package var generator: UInt16
    /// IPMI v2.0 table 42-3: 1 temperature, 0x22 ACPI power state.
    package var sensorType: UInt8
    /// By which the sensor is read.
    package var sensorNumber: UInt8
    /// The event ended.
    package var isDeassertion: Bool
    /// 1: of a threshold; 0x6F: peculiar to the sensor's type.
    package var eventType: UInt8
    /// Three bytes; the low nibble of the first is the event's number.
    package var eventData: [UInt8]
    /// The whole entry, of sixteen bytes.
    package var bytes: [UInt8]

    /// Times below this count from the start of the BMC, which did not know the date (IPMI v2.0 §37).
    package static let firstDate: UInt32 = 0x2000_0000

    /// Whether it is an event of the system, of which all members tell.
    package var isSystemEvent: Bool { type == 0x02 }

    /// - Parameter bytes: sixteen.
    package init(decoding bytes: [UInt8]) throws(PacketError) {
        var reader = ByteReader(bytes)
        record = try reader.littleEndian()
        type = try reader.byte()
        let time: UInt32 = try reader.littleEndian()
        // From 0xE0 on the manufacturer's own begins here; all ones stand for no time.
        self.time = type >= 0xe0 || time == .max ? nil : time
        generator = try reader.littleEndian()
        // The version of the event's format.
        try reader.skip(1)
        sensorType = try reader.byte()
        sensorNumber = try reader.byte()
        let kind = try reader.byte()
        isDeassertion = kind & 0x80 != 0
        eventType = kind & 0x7f
        eventData = try reader.bytes(3)
        self.bytes = Array(bytes.prefix(16))
    }
}

/// Clear SEL (IPMI v2.0 §31.9).
package struct ClearEventLog: Command {
    /// Of the request.
    package static let networkFunction = NetworkFunction.storage
    /// The command byte.
    package static let code: UInt8 = 0x47
    /// As the specification calls it.
    package static let name = "Clear SEL"

    /// Of Reserve SEL.
    package var reservation: UInt16
    /// False asks how far it is.
    package var begins: Bool

    /// - Parameters:
    ///   - reservation: of Reserve SEL.
    ///   - begins: false asks how far it is.
    package init(reservation: UInt16, begins: Bool) {
        self.reservation = reservation
        self.begins = begins
    }

    /// Behind the command byte.
    package var data: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: reservation)
        return bytes + Array("CLR".utf8) + [begins ? 0xaa : 0x00]
    }

    /// Whether it is done.
    package static func response(_ data: [UInt8]) throws(PacketError) -> Bool {
        var reader = ByteReader(data)
        return try reader.byte() & 0x0f == 1
    }
}
