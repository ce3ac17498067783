import IPMI

/// The BMC's log of power changes (IPMI v2.0 §31), bounded: when it is full, it says so and takes no more.
struct SystemEventLog: Sendable {
    struct Record: Sendable, Hashable {
        var identifier: UInt16
        /// Seconds since 1970.
        var time: UInt32
        /// Offset within sensor type 0x22, System ACPI Power State: 0 working, 5 off.
        var offset: UInt8

        /// Sixteen bytes (IPMI v2.0 table 32-1), from the BMC itself, event type sensor-specific.
        var encoded: [UInt8] {
            var bytes: [UInt8] = []
            bytes.append(littleEndian: identifier)
            bytes.append(0x02)
            bytes.append(littleEndian: time)
            return bytes + [0x20, 0, 0x04, 0x22, 0x01, 0x6f, offset, 0xff, 0xff]
        }
    }

    static let capacity = 512
    static let working: UInt8 = 0
    static let off: UInt8 = 5

    private(set) var records: [Record] = []
    private(set) var hasOverflown = false
    private var lastAddition: UInt32 = 0
    private var lastErase: UInt32 = 0

    mutating func add(offset: UInt8, at time: UInt32) {
        guard records.count < Self.capacity else {
            hasOverflown = true
            return
        }
        records.append(Record(identifier: UInt16(records.count + 1), time: time, offset: offset))
        lastAddition = time
    }

    mutating func clear(at time: UInt32) {
        records = []
        hasOverflown = false
        lastErase = time
    }

    /// The answer to Get SEL Info (IPMI v2.0 §31.2). Reserve is supported, partial additions and deletions are not.
    var info: [UInt8] {
        var bytes: [UInt8] = [0x51]
        bytes.append(littleEndian: UInt16(records.count))
        bytes.append(littleEndian: UInt16((Self.capacity - records.count) * 16))
        bytes.append(littleEndian: lastAddition)
        bytes.append(littleEndian: lastErase)
        return bytes + [0x02 | (hasOverflown ? 0x80 : 0)]
    }

    /// The record of this identifier and the identifier of the next one; 0 asks for the first, 0xFFFF for the last.
    func record(_ identifier: UInt16) -> (Record, next: UInt16)? {
        let index: Int
        switch identifier {
        case 0: index = 0
        case .max: index = records.count - 1
        default: index = Int(identifier) - 1
        }
        guard records.indices.contains(index) else { return nil }
        return (records[index], index + 1 < records.count ? UInt16(index + 2) : .max)
    }
}
