/// Activate Payload for serial over LAN, instance 1 (IPMI v2.0 §24.1, table 24-2).
package struct ActivatePayload: Command {
    /// Of the application commands.
    package static let networkFunction = NetworkFunction.application
    /// The command byte.
    package static let code: UInt8 = 0x48
    package static let name = "Activate Payload"

    /// Whether the payload's packets are encrypted. They are authenticated either way.
    package var isEncrypted: Bool

    /// - Parameter isEncrypted: whether the payload's packets are encrypted.
    package init(isEncrypted: Bool = true) { self.isEncrypted = isEncrypted }

    /// Type, instance, and the request's own bytes: encryption and authentication; the BMC asserts CTS and DCD by itself.
    package var data: [UInt8] {
        [PayloadType.sol.rawValue, Self.instance, (isEncrypted ? 0x80 : 0) | 0x40, 0, 0, 0]
    }

    /// Every BMC has one instance of serial over LAN, and no known one has a second.
    static let instance: UInt8 = 1

    /// What the BMC says of the payload; sizes and port are 0 where it leaves them out.
    package static func response(_ data: [UInt8]) throws(PacketError) -> SOLActivation {
        var reader = ByteReader(data)
        try reader.skip(4)
        let inbound = (try? reader.littleEndian(UInt16.self)) ?? 0
        try? reader.skip(2)
        return SOLActivation(payloadSize: inbound, port: (try? reader.littleEndian(UInt16.self)) ?? 0)
    }
}

/// What a BMC says of serial over LAN that it has activated.
package struct SOLActivation: Sendable, Hashable {
    /// Of the largest payload that the BMC takes, as it says: many say zero, or swap the bytes.
    package var payloadSize: UInt16
    /// The UDP port for the payload; 0 where the BMC names none.
    package var port: UInt16

    package init(payloadSize: UInt16, port: UInt16) {
        self.payloadSize = payloadSize
        self.port = port
    }

    /// How many characters to put into a packet: what is typed is short, so that a size that makes no sense costs nothing.
    var charactersPerPacket: Int {
        let size = Int(payloadSize) - SOLPacket.headerSize
        return (1...SOLPacket.maximumCharacters).contains(size) ? min(size, Self.preferred) : Self.preferred
    }

    /// What every BMC takes.
    private static let preferred = 64

    /// Whether the payload goes over the session's own port. Some BMCs swap the bytes of the number, leave it out, or say
    /// 623 whatever port was asked.
    func isCarried(by port: Int) -> Bool {
        let usual = [0, 623, UInt16(truncatingIfNeeded: port)]
        return usual.contains(self.port) || usual.contains(self.port.byteSwapped)
    }
}

/// Deactivate Payload for serial over LAN, instance 1 (IPMI v2.0 §24.2), whichever session has it.
package struct DeactivatePayload: Command {
    /// Of the application commands.
    package static let networkFunction = NetworkFunction.application
    /// The command byte.
    package static let code: UInt8 = 0x49
    package static let name = "Deactivate Payload"

    /// Type and instance.
    package var data: [UInt8] { [PayloadType.sol.rawValue, ActivatePayload.instance, 0, 0, 0, 0] }

    package init() {}
}

/// Get Payload Activation Status of serial over LAN (IPMI v2.0 §24.4).
package struct GetPayloadActivationStatus: Command {
    /// Of the application commands.
    package static let networkFunction = NetworkFunction.application
    /// The command byte.
    package static let code: UInt8 = 0x4a
    package static let name = "Get Payload Activation Status"

    /// Type and instance.
    package var data: [UInt8] { [PayloadType.sol.rawValue] }

    package init() {}

    /// Whether instance 1 is active, for whatever session.
    package static func response(_ data: [UInt8]) throws(PacketError) -> Bool {
        var reader = ByteReader(data)
        try reader.skip(1)
        return try reader.byte() & 1 == 1
    }
}

/// Get Payload Instance Info of serial over LAN, instance 1 (IPMI v2.0 §24.5).
package struct GetPayloadInstanceInfo: Command {
    /// Of the application commands.
    package static let networkFunction = NetworkFunction.application
    /// The command byte.
    package static let code: UInt8 = 0x4b
    package static let name = "Get Payload Instance Info"

    /// Type and instance.
    package var data: [UInt8] { [PayloadType.sol.rawValue, ActivatePayload.instance] }

    package init() {}

    /// The session that has the payload; 0 for none.
    package static func response(_ data: [UInt8]) throws(PacketError) -> UInt32 {
        var reader = ByteReader(data)
        return try reader.littleEndian()
    }
}
