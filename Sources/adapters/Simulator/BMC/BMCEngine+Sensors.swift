import IPMI

/// A sensor, further ones as configured, and one inventory, so that whoever lists them has something to read.
extension BMCEngine {
    private static let sensor: UInt8 = 1
    /// Degrees Celsius, while the machine is on.
    static let temperature: UInt8 = 25

    /// The inventory's and the sensor repository's commands (IPMI v2.0 §33, §34).
    func records(_ command: UInt8, _ data: inout ByteReader) throws -> [UInt8] {
        switch command {
        case GetInventoryInfo.code:
            guard try data.byte() == 0 else { throw CompletionCode.requestedDataNotPresent }
            var bytes: [UInt8] = []
            bytes.append(littleEndian: UInt16(clamping: Self.inventory.count))
            return bytes + [0]
        case ReadInventory.code:
            guard try data.byte() == 0 else { throw CompletionCode.requestedDataNotPresent }
            let offset: UInt16 = try data.littleEndian()
            let part = Self.inventory.dropFirst(Int(offset)).prefix(Int(try data.byte()))
            return [UInt8(clamping: part.count)] + part
        // Get SDR Repository Info: version 1.5, no room, never changed; Reserve is supported.
        case 0x20:
            var bytes: [UInt8] = [0x51]
            bytes.append(littleEndian: UInt16(clamping: configuration.sensors.count + 1))
            return bytes + [0, 0] + [UInt8](repeating: 0, count: 8) + [0x02]
        case ReserveSensorRepository.code: return [1, 0]
        case GetSensorRecord.code:
            try data.skip(2)
            let number = max(1, Int(try data.littleEndian(UInt16.self)))
            let offset = Int(try data.byte())
            let further = configuration.sensors
            guard number <= further.count + 1 else { throw CompletionCode.requestedDataNotPresent }
            let record = number == 1 ? Self.sensorRecord : further[number - 2].record(number)
            var bytes: [UInt8] = []
            let end: UInt16 = faults.repeatsSensors ? 1 : .max
            bytes.append(littleEndian: number <= further.count ? UInt16(clamping: number + 1) : end)
            return bytes + record.dropFirst(offset).prefix(Int(try data.byte()))
        default: throw CompletionCode.invalidCommand
        }
    }

    /// Get Sensor Reading (IPMI v2.0 §35.14).
    func sensor(_ command: UInt8, _ data: inout ByteReader) throws -> [UInt8] {
        let number = try data.byte()
        let further = configuration.sensors.first { $0.number == number }
        switch command {
        case GetSensorReading.code where number == Self.sensor:
            return chassis.isPoweredOn ? [Self.temperature, 0xc0, 0xc0] : [0, 0xe0, 0xc0]
        case GetSensorReading.code:
            guard let further else { throw CompletionCode.requestedDataNotPresent }
            return further.reading
        case GetSensorReadingFactors.code:
            guard let factors = further?.factorsOfReading else { throw CompletionCode.requestedDataNotPresent }
            return [0xff] + factors
        case GetSensorThresholds.code:
            guard number == Self.sensor || further != nil else { throw CompletionCode.requestedDataNotPresent }
            // None can be read where none is given.
            return further?.thresholds ?? [0, 0, 0, 0, 0, 0, 0]
        default: throw CompletionCode.invalidCommand
        }
    }

    /// A full record (IPMI v2.0 §43.1): a temperature of the board, unsigned, in degrees.
    private static let sensorRecord: [UInt8] = {
        var body: [UInt8] = [0x20, 0, sensor, 0x07, 1, 0x7f, 0x68, 0x01, 0x01, 0, 0, 0, 0, 0, 0, 0, 1, 0]
        // Linear, M = 1.
        body += [0, 1, 0, 0, 0, 0, 0]
        // No nominal values and thresholds; 0 to 255.
        body += [0, 0, 0, 0, 0xff] + [UInt8](repeating: 0, count: 12)
        body += text("Inlet Temp")
        return [1, 0, 0x51, 0x01, UInt8(clamping: body.count)] + body
    }()

    /// A product area behind the header (FRU v1.0 §8, §12).
    private static let inventory: [UInt8] = {
        var area: [UInt8] = [1, 0, 0]
        // A text of one byte would be the mark that ends the list.
        for field in ["Boatyard", "Simulated machine", "", "1.0", "0001"] { area += text(field) }
        area.append(0xc1)
        area += [UInt8](repeating: 0, count: 7 - area.count % 8)
        area[1] = UInt8(clamping: (area.count + 1) / 8)
        return summed([1, 0, 0, 0, 1, 0, 0]) + summed(area)
    }()

    private static func text(_ text: String) -> [UInt8] { [0xc0 | UInt8(clamping: text.utf8.count)] + Array(text.utf8) }

    /// With the byte that makes the sum of all zero.
    private static func summed(_ bytes: [UInt8]) -> [UInt8] { bytes + [0 &- bytes.reduce(0, &+)] }
}
