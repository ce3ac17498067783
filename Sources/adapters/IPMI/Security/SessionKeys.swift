import Cryptography

/// The keys of an open session: they seal and open its packets (IPMI v2.0 §13.28.4, §13.29).
package struct SessionKeys: Sendable {
    /// The cipher suite that the keys are for.
    package var suite: CipherSuite
    private var integrity: [UInt8]
    private var confidentiality: [UInt8]

    init(suite: CipherSuite, integrity: [UInt8], confidentiality: [UInt8]) {
        self.suite = suite
        self.integrity = integrity
        self.confidentiality = confidentiality
    }

    private static let nextHeader: UInt8 = 7

    /// The datagram that carries `payload` authenticated, and encrypted but where that is declined.
    ///
    /// - Parameter initializationVector: 16 fresh random bytes.
    package func seal(
        _ payload: [UInt8], of type: PayloadType = .ipmi, isEncrypted: Bool = true, sessionID: UInt32,
        sequence: UInt32, initializationVector: [UInt8]
    ) throws -> [UInt8] {
        var packet = SessionPacket(type, payload: payload)
        if isEncrypted { packet.payload = try encrypt(payload, initializationVector) }
        packet.isEncrypted = isEncrypted
        packet.isAuthenticated = true
        packet.sessionID = sessionID
        packet.sequence = sequence
        var covered = packet.encoded
        let filling = Self.filling(to: 4, covered.count + 2)
        covered += [UInt8](repeating: 0xff, count: filling) + [UInt8(filling), Self.nextHeader]
        return RMCPHeader(.ipmi).encoded + covered + code(covered)
    }

    private func encrypt(_ payload: [UInt8], _ initializationVector: [UInt8]) throws -> [UInt8] {
        let padding = Self.filling(to: 16, payload.count + 1)
        var plain = payload
        if padding > 0 { plain += (1...UInt8(padding)) }
        plain.append(UInt8(padding))
        return initializationVector + (try AES128CBC.encrypt(key: confidentiality, iv: initializationVector, plain))
    }

    /// The payload in clear, once the packet has proved that it comes from the session's other end.
    ///
    /// Packets that are not both authenticated and encrypted are refused: the cipher suites spoken here never send them, but
    /// for a serial line that was activated without encryption.
    package func open(_ packet: SessionPacket, isEncrypted: Bool = true) throws(PacketError) -> [UInt8] {
        try authenticate(packet, isEncrypted: isEncrypted)
        return try plainPayload(of: packet)
    }

    /// In clear, whether or not the packet says that it is encrypted.
    func plainPayload(of packet: SessionPacket) throws(PacketError) -> [UInt8] {
        packet.isEncrypted ? try decrypt(packet) : packet.payload
    }

    /// The authentication code, where it is right: the one that ends the packet, or the one behind the integrity padding
    /// where a BMC fills the packet up beyond it or does not shorten the code.
    @discardableResult
    func authenticate(_ packet: SessionPacket, isEncrypted: Bool = true) throws(PacketError) -> [UInt8] {
        guard packet.isAuthenticated, packet.isEncrypted == isEncrypted else { throw .unprotected }
        let protected = SessionPacket.headerSize + packet.payload.count + 2
        let padded = protected + Self.filling(to: 4, protected)
        for covered in Set([packet.image.count - suite.codeLength, padded]) where covered >= protected {
            let sent = packet.image.dropFirst(covered).prefix(suite.codeLength)
            let right = code(Array(packet.image.prefix(covered)))
            if constantTimeEqual(right, sent) { return right }
        }
        throw .integrity
    }

    /// The contents of the padding are not looked at: the authentication code covers them.
    private func decrypt(_ packet: SessionPacket) throws(PacketError) -> [UInt8] {
        guard packet.payload.count >= 32, packet.payload.count.isMultiple(of: 16),
            let plain = try? AES128CBC.decrypt(
                key: confidentiality, iv: Array(packet.payload.prefix(16)), Array(packet.payload.dropFirst(16))),
            let padding = plain.last.map(Int.init), padding < plain.count
        else { throw .padding }
        return Array(plain.dropLast(padding + 1))
    }

    private func code(_ covered: [UInt8]) -> [UInt8] { suite.integrityCode(key: integrity, covered) }

    /// How many bytes are missing to a multiple of `block`.
    private static func filling(to block: Int, _ count: Int) -> Int { (block - count % block) % block }
}
