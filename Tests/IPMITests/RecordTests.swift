import IPMI
import Primitives
import Testing

@Suite("Records of a BMC")
struct RecordTests {
    @Test("an entry of the event log is read as ipmitool reads it")
    func eventLog() throws {
        let info = try GetEventLogInfo.response([0x51, 2, 0, 0xe0, 0x1f, 1, 0, 0, 0, 2, 0, 0, 0, 0x82])
        #expect(info.entries == 2 && info.freeBytes == 0x1fe0 && info.hasOverflown)
        #expect(info.lastAddition == 1 && info.lastErase == 2)
        let bytes: [UInt8] = [2, 0, 1, 0, 2, 0x78, 0x56, 0x34, 0x12, 0x20, 0, 4, 0x01, 0x30, 0x81, 0x59, 0x4b, 0x4a]
        let (entry, next) = try GetEventLogEntry.response(bytes)
        #expect(next == 2 && entry.record == 1 && entry.type == 2 && entry.time == 0x1234_5678)
        #expect(entry.generator == 0x20 && entry.sensorType == 1 && entry.sensorNumber == 0x30)
        #expect(entry.isDeassertion && entry.eventType == 1 && entry.eventData == [0x59, 0x4b, 0x4a])
        #expect(throws: PacketError.truncated) { try GetEventLogEntry.response(Array(bytes.prefix(17))) }
        #expect(GetEventLogEntry(record: 0xffff).data == [0, 0, 0xff, 0xff, 0, 0xff])
        #expect(ClearEventLog(reservation: 0x1234, begins: true).data == [0x34, 0x12, 0x43, 0x4c, 0x52, 0xaa])
        #expect(try ClearEventLog.response([0x01]) && !ClearEventLog.response([0x00]))
    }

    /// A full record of the given formula and name.
    private func full(units: UInt8 = 0, linearization: UInt8 = 0, _ factors: [UInt8], name: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [7, 0, 0x51, 0x01, 0, 0x20, 0, 0x30, 3, 1, 0x7f, 0x68, 0x01, 0x01]
        bytes += [0, 0, 0, 0, 0, 0, units, 1, 0, linearization] + factors
        return bytes + [UInt8](repeating: 0, count: 17) + name
    }

    @Test("a full sensor record is read, and its formula applied")
    func fullRecord() throws {
        // A voltage: y = 60 x / 1000 + 0, unsigned.
        let volts = try #require(
            try SensorRecord(decoding: full([60, 0, 0, 0, 0, 0xd0], name: [0xc4, 0x31, 0x32, 0x56, 0x00])))
        #expect(volts.record == 7 && volts.number == 0x30 && volts.type == 1 && volts.eventType == 1)
        #expect(volts.name == "12V")
        #expect(volts.value(of: 200) == 12)
        // Two's complement, M = -2 (ten bits), B = 5, K1 = 1: y = -2 x + 50.
        let signed = try #require(
            try SensorRecord(
                decoding: full(units: 0x80, [0xfe, 0xc0, 5, 0, 0, 0x01], name: [0xc1, 0x54])))
        #expect(signed.value(of: 0xff) == 52 && signed.value(of: 10) == 30)
        // Ones' complement.
        let ones = try #require(
            try SensorRecord(decoding: full(units: 0x40, [1, 0, 0, 0, 0, 0], name: [0xc1, 0x54])))
        #expect(ones.value(of: 0xfe) == -1)
        let none = try SensorRecord(decoding: full(units: 0xc0, [1, 0, 0, 0, 0, 0], name: [0xc1, 0x54]))
        #expect(none?.conversion == nil)
    }

    @Test(
        "each function of the sensor records is applied last",
        arguments: [
            (1, 2.302_585_092_994_046), (2, 1), (3, 3.321_928_094_887_362), (4, 22_026.465_794_806_718),
            (5, 1e10), (6, 1024), (7, 0.1), (8, 100), (9, 1000), (10, 3.162_277_660_168_379_5),
            (11, 2.154_434_690_031_884),
        ] as [(UInt8, Double)])
    func functions(linearization: UInt8, expected: Double) throws {
        // y = L(x / 10) of 100.
        let factors: [UInt8] = [1, 0, 0, 0, 0, 0xf0]
        let sensor = try #require(
            try SensorRecord(decoding: full(linearization: linearization, factors, name: [0xc1, 0x54])))
        let value = try #require(sensor.value(of: 100))
        #expect(abs(value - expected) <= 1e-9 * expected)
    }

    @Test("where a function has no value, or is not known, there is no number")
    func noValue() throws {
        func value(_ linearization: UInt8, _ raw: UInt8) throws -> Double? {
            try SensorRecord(decoding: full(linearization: linearization, [1, 0, 0, 0, 0, 0], name: [0xc1, 0x54]))?
                .value(of: raw)
        }
        #expect(try value(1, 0) == nil && value(7, 0) == nil)
        #expect(try value(12, 1) == nil)
        // Not linear: the factors of the record hold for no reading.
        let sensor = try #require(
            try SensorRecord(decoding: full(linearization: 0x70, [1, 0, 0, 0, 0, 0], name: [0xc1, 0x54])))
        let conversion = try #require(sensor.conversion)
        #expect(conversion.needsFactorsOfReading && sensor.value(of: 3) == nil)
        let factors = try GetSensorReadingFactors.response([4, 2, 0, 1, 0, 0, 0])
        #expect(conversion.value(of: 3, factors: factors) == 7)
    }

    @Test("a record that several sensors share is of each of them; sensors of other controllers are told apart")
    func sharedRecord() throws {
        var bytes: [UInt8] = [9, 0, 0x51, 0x02, 0, 0x20, 0, 0x42, 10, 1, 0, 0, 0x08, 0x6f]
        bytes += [0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0x03, 0x05] + [UInt8](repeating: 0, count: 7)
        let sensors = try #require(try SensorRecord(decoding: bytes + [0xc2, 0x50, 0x53])).sensors
        #expect(sensors.map(\.name) == ["PS5", "PS6", "PS7"] && sensors.map(\.number) == [0x42, 0x43, 0x44])
        bytes[23] = 0x12
        bytes[24] = 25
        let letters = try #require(try SensorRecord(decoding: bytes + [0xc2, 0x50, 0x53])).sensors
        #expect(letters.map(\.name) == ["PSZ", "PSAA"] && letters.allSatisfy(\.isOfBMC))
        bytes[5] = 0x2c
        #expect(try SensorRecord(decoding: bytes + [0xc2, 0x50, 0x53])?.isOfBMC == false)
    }

    @Test("units are named with what they are divided by")
    func units() throws {
        func unit(_ flags: UInt8, _ base: UInt8, _ modifier: UInt8) throws -> String? {
            var bytes = full(units: flags, [1, 0, 0, 0, 0, 0], name: [0xc1, 0x54])
            bytes[21] = base
            bytes[22] = modifier
            return try SensorRecord(decoding: bytes).map { "\($0.units)" }
        }
        #expect(try unit(0, 1, 0) == "°C" && unit(0, 18, 0) == "RPM" && unit(1, 18, 0) == "% RPM")
        #expect(try unit(0x18, 4, 0) == "V/s" && unit(0x02, 6, 2) == "W/°F" && unit(1, 0, 0) == "%")
        #expect(try unit(0, 92, 0) == "grams" && unit(0, 200, 0) == "unit 200")
    }

    @Test("entries of manufacturers have no time from 0xE0 on, and events of the system have names")
    func manufacturersEntries() throws {
        let own = try EventLogEntry(decoding: [1, 0, 0xe0] + (0..<13).map { UInt8($0) })
        #expect(own.time == nil && !own.isSystemEvent && own.bytes.count == 16)
        let timed = try EventLogEntry(decoding: [1, 0, 0xc0, 1, 0, 0, 0] + (0..<9).map { UInt8($0) })
        #expect(timed.time == 1 && timed.bytes[7] == 0)
        #expect(EventNames.event(1, 9, sensorType: 1) == "upper critical, going high")
        #expect(EventNames.event(0x6f, 0, sensorType: 0x22) == "S0/G0 working")
        #expect(EventNames.event(0x6f, 13, sensorType: 0x22) == "event 13 of type 0x6f")
        #expect(EventNames.sensorType(0xc0) == "sensor type 0xc0" && EventNames.sensorType(0x2c) == "FRU State")
    }

    @Test("a compact sensor record has a name and no formula; records of other kinds are passed over")
    func compactRecord() throws {
        var bytes: [UInt8] = [9, 0, 0x51, 0x02, 0, 0x20, 0, 0x42, 10, 1, 0, 0, 0x08, 0x6f]
        bytes += [0, 0, 0, 0, 0, 0, 0xc0, 0, 0] + [UInt8](repeating: 0, count: 9)
        // Six-bit ASCII: "IPMI" (FRU v1.0 §13.3).
        let sensor = try #require(try SensorRecord(decoding: bytes + [0x83, 0x29, 0xdc, 0xa6]))
        #expect(sensor.number == 0x42 && sensor.type == 8 && sensor.name == "IPMI")
        #expect(sensor.value(of: 3) == nil)
        #expect(try SensorRecord(decoding: [9, 0, 0x51, 0x11, 3, 1, 2, 3]) == nil)
        for count in 0..<bytes.count where count != 0 {
            _ = try? SensorRecord(decoding: Array(bytes.prefix(count)))
        }
    }

    @Test("a reading says whether the sensor is read at all")
    func reading() throws {
        #expect(
            try GetSensorReading.response([42, 0xc0, 0x01, 0x80])
                == SensorReading(raw: 42, isAvailable: true, states: 1))
        #expect(try !GetSensorReading.response([0, 0xe0]).isAvailable)
        for (states, severity) in [(0, .ok), (0x01, .nonCritical), (0x12, .critical), (0x3f, .nonRecoverable)]
            as [(UInt8, SensorReading.Severity)]
        {
            #expect(try GetSensorReading.response([0, 0xc0, 0xc0 | states]).severity == severity)
        }
        let thresholds = try GetSensorThresholds.response([0b011000, 1, 2, 3, 80, 90, 100])
        #expect(thresholds.raw == [nil, nil, nil, 80, 90, nil])
        #expect(GetSensorReading(sensor: 9).data == [9])
    }

    @Test("chassis, board and product of an inventory are read; an area that lies outside is left out")
    func inventory() throws {
        let header: [UInt8] = [1, 0, 1, 2, 5, 0, 0, 0xf7]
        let chassis: [UInt8] = [1, 1, 0x17, 0xc2, 0x41, 0x42, 0xc1, 0]
        let board: [UInt8] =
            [1, 3, 0, 0, 0, 0, 0xc4] + Array("ACME".utf8) + [0xc2] + Array("X9".utf8) + [0xc3]
            + Array("123".utf8) + [0x00, 0xc1, 0, 0, 0, 0]
        var product: [UInt8] = [1, 2, 0, 0xc2, 0x42, 0x43, 0x42, 0x12, 0xab, 0xc1]
        product += [UInt8](repeating: 0, count: 16 - product.count)
        let inventory = try Inventory(decoding: header + chassis + board + product)
        #expect(inventory.chassis?.fields == ["AB"])
        #expect(inventory.board?.fields == ["ACME", "X9", "123", ""])
        #expect(inventory.board?[0] == "ACME" && inventory.board?[3] == nil && inventory.board?[9] == nil)
        #expect(inventory.product?.fields == ["BC", "12 -"])
        let cut = try Inventory(decoding: header + chassis)
        #expect(cut.chassis?[0] == "AB" && cut.board == nil && cut.product == nil)
        #expect(throws: PacketError.unsupported) { try Inventory(decoding: [0xff, 0, 0, 0, 0]) }
        #expect(ReadInventory(device: 0, offset: 0x0110, count: 16).data == [0, 0x10, 0x01, 16])
    }

    @Test("users are read with what they may do")
    func users() throws {
        let access = try GetUserAccess.response([10, 0x43, 1, 0x34])
        #expect(access == UserAccess(maximumUsers: 10, isEnabled: true, mayUseIPMI: true, privilege: .administrator))
        #expect(try GetUserAccess.response([10, 0x83, 1, 0x0f]).privilege == nil)
        #expect(try GetUserName.response(Array("admin".utf8) + [0, 0, 0]) == "admin")
        #expect(GetUserAccess(user: 2).data == [0x0e, 2] && GetUserName(user: 2).data == [2])
    }
}
