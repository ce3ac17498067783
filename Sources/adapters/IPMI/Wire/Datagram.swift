/// One UDP datagram of port 623, as far as it can be read without a session's keys.
package enum Datagram: Sendable, Hashable {
    case presence(PresenceMessage)
    /// In the IPMI v1.5 wrapper without authentication, outside any session (IPMI v2.0 §13.6, table 13-8).
    case sessionless(LANMessage)
    case session(SessionPacket)

    /// No packet of this protocol is longer: the longest one accepted carries a 255-byte message in a session.
    package static let maximumSize = 512

    /// - Parameter checked: whether the checksums of a message outside a session have to be right.
    package init(decoding bytes: [UInt8], checked: Bool = true) throws(PacketError) {
        guard bytes.count <= Self.maximumSize else { throw .invalid }
        var reader = ByteReader(bytes)
        switch try RMCPHeader(from: &reader).messageClass {
        case .asf: self = .presence(try PresenceMessage(from: &reader))
        case .ipmi:
            let rest = Array(reader.remaining)
            switch try reader.byte() {
            case SessionPacket.authenticationType: self = .session(try SessionPacket(decoding: rest))
            case 0:
                try reader.skip(4)
                guard try reader.littleEndian(UInt32.self) == 0 else { throw .unsupported }
                self = .sessionless(
                    try LANMessage(decoding: try reader.bytes(Int(try reader.byte())), checked: checked))
            default: throw .unsupported
            }
        }
    }

    /// The bytes of the datagram, RMCP header first.
    package var encoded: [UInt8] {
        switch self {
        case .presence(let message): return RMCPHeader(.asf).encoded + message.encoded
        case .sessionless(let message):
            let payload = message.encoded
            var bytes = RMCPHeader(.ipmi).encoded
            bytes += [UInt8](repeating: 0, count: 9)
            bytes.append(UInt8(truncatingIfNeeded: payload.count))
            return bytes + payload
        case .session(let packet): return RMCPHeader(.ipmi).encoded + packet.encoded
        }
    }
}
