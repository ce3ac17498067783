/// A sensor as the BMC's repository describes it: full and compact records (IPMI v2.0 §43.1, §43.2).
package struct SensorRecord: Sendable, Hashable {
    /// The identifier of the record.
    package var record: UInt16
    /// Who has the sensor: the slave address of a controller, 0x20 the BMC itself, or with the lowest bit the identifier
    /// of software.
    package var owner: UInt8
    /// The logical unit of the owner by which the sensor is read.
    package var unit: UInt8
    /// By which the sensor is read.
    package var number: UInt8
    /// What it belongs to (IPMI v2.0 table 43-13), and the number among its like.
    package var entity: UInt8
    package var entityInstance: UInt8
    /// IPMI v2.0 table 42-3: 1 temperature, 2 voltage, 4 fan.
    package var type: UInt8
    /// 1 for thresholds, others for discrete states.
    package var eventType: UInt8
    /// In what its readings are counted.
    package var units: SensorUnits
    /// At most 16 characters.
    package var name: String
    /// Nil for a sensor whose reading is no number.
    package var conversion: SensorConversion?
    /// How many sensors the record is of, with numbers one above the other. Only of compact records more than one.
    package var shareCount = 1
    /// The first of the numbers behind the names of sensors that share a record; nil where there are none.
    private var shareOffset: UInt8 = 0
    private var sharesLetters = false

    /// Bytes before the part that the record gives the length of.
    package static let headerSize = 5
    private static let fullType: UInt8 = 0x01
    private static let compactType: UInt8 = 0x02

    /// Whether the reading is compared with thresholds.
    package var hasThresholds: Bool { eventType == 0x01 }

    /// Whether the BMC itself answers for it. Sensors of other controllers, and those of another logical unit, have
    /// numbers of their own.
    package var isOfBMC: Bool { owner == LANMessage.bmcAddress && unit == 0 }

    /// - Returns: nil for a record that is of no sensor.
    package init?(decoding bytes: [UInt8]) throws(PacketError) {
        var reader = ByteReader(bytes)
        record = try reader.littleEndian()
        try reader.skip(1)
        let kind = try reader.byte()
        guard kind == Self.fullType || kind == Self.compactType else { return nil }
        // The record's length.
        try reader.skip(1)
        owner = try reader.byte()
        unit = try reader.byte() & 0x03
        number = try reader.byte()
        entity = try reader.byte()
        entityInstance = try reader.byte() & 0x7f
        // Initialization, capabilities.
        try reader.skip(2)
        type = try reader.byte()
        eventType = try reader.byte()
        // Masks of events and readings.
        try reader.skip(6)
        let flags = try reader.byte()
        units = SensorUnits(flags: flags, base: try reader.byte(), modifier: try reader.byte())
        if kind == Self.fullType {
            conversion = try SensorConversion(format: flags >> 6, from: &reader)
            // Up to the name: analog characteristics, nominal values, thresholds, hysteresis, OEM.
            try reader.skip(17)
        } else {
            let sharing = try reader.byte()
            shareCount = max(1, Int(sharing & 0x0f))
            sharesLetters = sharing & 0x30 == 0x10
            shareOffset = try reader.byte() & 0x7f
            // Hysteresis, reserved, OEM.
            try reader.skip(7)
        }
        name = try RecordText.read(from: &reader)
    }

    /// The reading in the sensor's unit; nil where it is no number, or of a function that is not known.
    package func value(of raw: UInt8) -> Double? { conversion?.value(of: raw) }

    /// The sensors that share the record, each with a number and a name of its own (IPMI v2.0 table 43-2, bytes 24, 25).
    package var sensors: [SensorRecord] {
        guard shareCount > 1 else { return [self] }
        return (0..<UInt8(clamping: shareCount)).map { index in
            var sensor = self
            sensor.shareCount = 1
            sensor.number = number &+ index
            let place = Int(shareOffset) + Int(index)
            sensor.name += sharesLetters ? Self.letters(place) : "\(place)"
            return sensor
        }
    }

    /// `A` for 0, `Z` for 25, `AA` for 26.
    private static func letters(_ place: Int) -> String {
        let letter = String(UnicodeScalar(UInt8(clamping: 0x41 + place % 26)))
        return place < 26 ? letter : letters(place / 26 - 1) + letter
    }
}
