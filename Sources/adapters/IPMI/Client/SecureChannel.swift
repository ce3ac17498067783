/// The packets of an open session as one of its ends sees them: sealed, numbered, each taken once.
package struct SecureChannel: Sendable {
    let keys: SessionKeys
    /// The identifier that this end's packets carry: the one that the other end chose.
    let peerID: UInt32
    private var sent: UInt32 = 0
    private var window = SequenceWindow()

    package init(keys: SessionKeys, peerID: UInt32) {
        self.keys = keys
        self.peerID = peerID
    }

    /// The packet of a message, encrypted and authenticated, with the next sequence number.
    ///
    /// - Parameter random: makes so many random bytes, for the initialization vector.
    package mutating func seal(_ message: LANMessage, random: (Int) -> [UInt8]) throws -> [UInt8] {
        // Zero belongs to packets outside a session (IPMI v2.0 §6.12.8).
        sent = sent == .max ? 1 : sent + 1
        return try keys.seal(message.encoded, sessionID: peerID, sequence: sent, initializationVector: random(16))
    }

    /// The message of a packet, once its authentication and sequence number are found right.
    ///
    /// - Throws: `PacketError` for a packet that has to be dropped.
    package mutating func open(_ packet: SessionPacket) throws(PacketError) -> LANMessage {
        guard packet.payloadType == .ipmi else { throw .unsupported }
        let payload = try keys.open(packet)
        guard window.accept(packet.sequence) else { throw .invalid }
        return try LANMessage(decoding: payload)
    }
}
