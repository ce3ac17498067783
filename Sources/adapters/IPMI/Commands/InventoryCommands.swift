/// Get FRU Inventory Area Info (IPMI v2.0 §34.1).
package struct GetInventoryInfo: Command {
    /// Of the request.
    package static let networkFunction = NetworkFunction.storage
    /// The command byte.
    package static let code: UInt8 = 0x10
    /// As the specification calls it.
    package static let name = "Get FRU Inventory Area Info"

    /// 0 is the machine itself.
    package var device: UInt8

    /// - Parameter device: 0 is the machine itself.
    package init(device: UInt8) { self.device = device }

    /// Behind the command byte.
    package var data: [UInt8] { [device] }

    /// The area's size, and whether it is counted in words of two bytes.
    package static func response(_ data: [UInt8]) throws(PacketError) -> (size: UInt16, inWords: Bool) {
        var reader = ByteReader(data)
        let size: UInt16 = try reader.littleEndian()
        return (size, ((try? reader.byte()) ?? 0) & 1 == 1)
    }
}

/// Read FRU Data (IPMI v2.0 §34.2).
package struct ReadInventory: Command {
    /// Of the request.
    package static let networkFunction = NetworkFunction.storage
    /// The command byte.
    package static let code: UInt8 = 0x11
    /// As the specification calls it.
    package static let name = "Read FRU Data"

    package var device: UInt8
    /// In bytes, or in words where the device counts so.
    package var offset: UInt16
    package var count: UInt8

    package init(device: UInt8, offset: UInt16, count: UInt8) {
        self.device = device
        self.offset = offset
        self.count = count
    }

    /// Behind the command byte.
    package var data: [UInt8] {
        var bytes = [device]
        bytes.append(littleEndian: offset)
        return bytes + [count]
    }

    package static func response(_ data: [UInt8]) throws(PacketError) -> [UInt8] {
        var reader = ByteReader(data)
        try reader.skip(1)
        return Array(reader.remaining)
    }
}

/// What a machine says of its parts (Platform Management FRU Information Storage Definition v1.0).
package struct Inventory: Sendable, Hashable {
    /// The texts of an area, in its order; further ones are the manufacturer's own.
    package struct Area: Sendable, Hashable {
        package var fields: [String]

        /// Nil where it is missing or empty.
        package subscript(_ index: Int) -> String? {
            fields.indices.contains(index) && !fields[index].isEmpty ? fields[index] : nil
        }
    }

    /// Part number, serial number.
    package var chassis: Area?
    /// Manufacturer, name, serial number, part number.
    package var board: Area?
    /// When the board was made, in seconds since 1970, to the minute; nil where it does not say.
    package var boardDate: Int?
    /// Manufacturer, name, part number, version, serial number, asset tag.
    package var product: Area?

    /// An area that cannot be read is left out.
    ///
    /// - Throws: `PacketError` where the bytes are no inventory.
    package init(decoding bytes: [UInt8]) throws(PacketError) {
        var reader = ByteReader(bytes)
        guard try reader.byte() & 0x0f == 1 else { throw .unsupported }
        // The area for internal use.
        try reader.skip(1)
        let places = try reader.bytes(3).map { Int($0) * 8 }
        // Before the texts: version, length, and the chassis' type, or language and date, or language.
        chassis = Self.area(bytes, at: places.first, header: 3)
        board = Self.area(bytes, at: places.dropFirst().first, header: 6)
        product = Self.area(bytes, at: places.dropFirst(2).first, header: 3)
        boardDate = Self.boardDate(bytes, at: places.dropFirst().first)
    }

    /// Minutes since 1996 (FRU v1.0 §11); zero is not said.
    private static func boardDate(_ bytes: [UInt8], at place: Int?) -> Int? {
        guard let place, place > 0, place + 6 <= bytes.count else { return nil }
        let minutes = Int(bytes[place + 3]) | Int(bytes[place + 4]) << 8 | Int(bytes[place + 5]) << 16
        return minutes == 0 ? nil : 820_454_400 + minutes * 60
    }

    private static func area(_ bytes: [UInt8], at place: Int?, header: Int) -> Area? {
        guard let place, place > 0, place < bytes.count else { return nil }
        let start = bytes.dropFirst(place)
        guard let length = start.dropFirst().first.map({ Int($0) * 8 }), length > header else { return nil }
        var reader = ByteReader(Array(start.prefix(length).dropFirst(header)))
        var fields: [String] = []
        // 0xC1 ends the list.
        while let head = reader.remaining.first, head != 0xc1,
            let field = try? RecordText.read(from: &reader, .inventory)
        {
            fields.append(field)
        }
        return Area(fields: fields)
    }
}
