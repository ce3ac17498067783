/// The packets of an open session as one of its ends sees them: sealed, numbered, each taken once.
package struct SecureChannel: Sendable {
    let keys: SessionKeys
    /// The identifier that this end's packets carry: the one that the other end chose.
    let peerID: UInt32
    private var sent: UInt32 = 0
    private var window = SequenceWindow()
    /// The authentication codes of the replies that were taken.
    private var taken: Set<[UInt8]> = []
    /// What the other end does in a way of its own, as far as packets that prove themselves show it.
    private(set) var quirks: Set<BMCQuirk> = []

    /// Beyond so many replies the sequence numbers have to be in order.
    private static let maximumTaken = 4096

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
        guard window.accept(packet.sequence) else { throw .repeated }
        return try LANMessage(decoding: payload)
    }

    /// The reply in a packet, taken by what proves it: its authentication code, that it is awaited, and that it was not
    /// taken before. Many BMCs number their packets, compute the inner checksums or fill in the session's identifier
    /// otherwise than IPMI says.
    ///
    /// - Throws: `PacketError` for a packet that has to be dropped.
    mutating func openReply(
        _ packet: SessionPacket, isAwaited: (LANMessage) -> Bool
    ) throws(PacketError) -> LANMessage {
        guard packet.payloadType == .ipmi else { throw .unsupported }
        let code = try keys.authenticate(packet)
        guard !taken.contains(code) else { throw .repeated }
        let payload = try keys.decrypt(packet)
        let message = try LANMessage(decoding: payload, checked: false)
        let isInOrder = window.accept(packet.sequence)
        if !isInOrder { quirks.insert(.sequenceNumbers) }
        // Whoever computes one wrongly computes all.
        if taken.isEmpty, (try? LANMessage(decoding: payload)) == nil { quirks.insert(.checksums) }
        if taken.count < Self.maximumTaken {
            taken.insert(code)
            window.jump(to: packet.sequence)
        } else if !isInOrder {
            throw .repeated
        }
        guard isAwaited(message) else { throw .unexpected }
        return message
    }
}
