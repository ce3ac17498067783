/// What an RMCP+ packet carries (IPMI v2.0 §13.27.3). OEM payloads are not spoken here.
package enum PayloadType: UInt8, Sendable {
    case ipmi = 0x00
    /// Serial over LAN.
    case sol = 0x01
    case openSessionRequest = 0x10
    case openSessionResponse = 0x11
    case rakp1 = 0x12
    case rakp2 = 0x13
    case rakp3 = 0x14
    case rakp4 = 0x15
}

/// An RMCP+ packet without its RMCP header (IPMI v2.0 §13.6).
///
/// The payload is as it is sent. `SessionKeys` decrypts it where `isEncrypted` is true.
package struct SessionPacket: Sendable, Hashable {
    /// What the payload is.
    package var payloadType: PayloadType
    /// Whether the payload is encrypted.
    package var isEncrypted = false
    /// Whether the packet ends with an authentication code.
    package var isAuthenticated = false
    /// The receiver's id of the session; 0 outside of a session.
    package var sessionID: UInt32 = 0
    /// The sequence number within the session; 0 outside of a session.
    package var sequence: UInt32 = 0
    /// The payload, encrypted where `isEncrypted` is true.
    package var payload: [UInt8]

    /// Everything from the authentication type on, integrity trailer included: what the authentication code is
    /// checked against. Empty where the packet was not decoded.
    var image: [UInt8] = []

    static let authenticationType: UInt8 = 6
    static let headerSize = 12

    package init(_ payloadType: PayloadType, payload: [UInt8]) {
        self.payloadType = payloadType
        self.payload = payload
    }

    /// From behind the RMCP header, the authentication type included.
    init(decoding bytes: [UInt8]) throws(PacketError) {
        var reader = ByteReader(bytes)
        guard try reader.byte() == Self.authenticationType else { throw .unsupported }
        let type = try reader.byte()
        guard let payloadType = PayloadType(rawValue: type & 0x3f) else { throw .unsupported }
        self.payloadType = payloadType
        isEncrypted = type & 0x80 != 0
        isAuthenticated = type & 0x40 != 0
        sessionID = try reader.littleEndian()
        sequence = try reader.littleEndian()
        let length = Int(try reader.littleEndian(UInt16.self))
        // Outside a session nothing follows the payload, and a length that is too large does no harm.
        payload = try reader.bytes(isAuthenticated ? length : min(length, reader.remaining.count))
        image = bytes
    }

    /// Without an integrity trailer, which `SessionKeys.seal` adds.
    var encoded: [UInt8] {
        var bytes = [
            Self.authenticationType,
            payloadType.rawValue | (isEncrypted ? 0x80 : 0) | (isAuthenticated ? 0x40 : 0),
        ]
        bytes.append(littleEndian: sessionID)
        bytes.append(littleEndian: sequence)
        bytes.append(littleEndian: UInt16(truncatingIfNeeded: payload.count))
        return bytes + payload
    }
}
