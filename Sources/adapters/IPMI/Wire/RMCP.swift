/// The four bytes before every packet of UDP port 623 (ASF v2.0 §3.2.2, IPMI v2.0 §13.1.3).
package struct RMCPHeader: Sendable, Hashable {
    package enum MessageClass: UInt8, Sendable {
        case asf = 6
        case ipmi = 7
    }

    package var messageClass: MessageClass

    /// 255: the receiver shall not acknowledge. IPMI messages always use it.
    package var sequence: UInt8 = 0xff

    static let version: UInt8 = 6

    init(_ messageClass: MessageClass, sequence: UInt8 = 0xff) {
        self.messageClass = messageClass
        self.sequence = sequence
    }

    init(from reader: inout ByteReader) throws(PacketError) {
        guard try reader.byte() == Self.version else { throw .unsupported }
        try reader.skip(1)
        sequence = try reader.byte()
        guard let messageClass = MessageClass(rawValue: try reader.byte()) else { throw .unsupported }
        self.messageClass = messageClass
    }

    var encoded: [UInt8] { [Self.version, 0, sequence, messageClass.rawValue] }
}

/// ASF presence ping and pong, with which tools look for BMCs on a network (IPMI v2.0 §13.2.3, §13.2.4).
package enum PresenceMessage: Sendable, Hashable {
    case ping(tag: UInt8)
    case pong(tag: UInt8, supportsIPMI: Bool)

    private static let enterprise: UInt32 = 4542
    private static let pingType: UInt8 = 0x80
    private static let pongType: UInt8 = 0x40

    init(from reader: inout ByteReader) throws(PacketError) {
        guard try reader.bigEndian(UInt32.self) == Self.enterprise else { throw .unsupported }
        let type = try reader.byte()
        let tag = try reader.byte()
        try reader.skip(1)
        var data = ByteReader(try reader.bytes(Int(try reader.byte())))
        switch type {
        case Self.pingType: self = .ping(tag: tag)
        case Self.pongType:
            try data.skip(8)
            self = .pong(tag: tag, supportsIPMI: try data.byte() & 0x80 != 0)
        default: throw .unsupported
        }
    }

    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: Self.enterprise)
        switch self {
        case .ping(let tag): bytes += [Self.pingType, tag, 0, 0]
        case .pong(let tag, let supportsIPMI):
            bytes += [Self.pongType, tag, 0, 16]
            bytes.append(bigEndian: Self.enterprise)
            bytes += [0, 0, 0, 0, supportsIPMI ? 0x81 : 0x01] + [UInt8](repeating: 0, count: 7)
        }
        return bytes
    }
}
