/// The packets of an open session as one of its ends sees them: sealed, numbered, each taken once.
package struct SecureChannel: Sendable {
    let keys: SessionKeys
    /// The identifier that this end's packets carry: the one that the other end chose.
    let peerID: UInt32
    private var sent: UInt32 = 0
    private var window = SequenceWindow()
    private var taken = TakenReplies()
    /// What the other end does in a way of its own, as far as packets that prove themselves show it.
    private(set) var quirks: Set<BMCQuirk> = []

    package init(keys: SessionKeys, peerID: UInt32) {
        self.keys = keys
        self.peerID = peerID
    }

    /// The packet of a message, encrypted and authenticated, with the next sequence number.
    ///
    /// - Parameter random: makes so many random bytes, for the initialization vector.
    package mutating func seal(_ message: LANMessage, random: (Int) -> [UInt8]) throws -> [UInt8] {
        try seal(.ipmi, message.encoded, random: random)
    }

    /// The packet of a payload, authenticated, and encrypted but where that is declined, with the next sequence number.
    ///
    /// - Parameter random: makes so many random bytes, for the initialization vector.
    package mutating func seal(
        _ type: PayloadType, _ payload: [UInt8], isEncrypted: Bool = true, random: (Int) -> [UInt8]
    ) throws -> [UInt8] {
        // Zero belongs to packets outside a session (IPMI v2.0 §6.12.8).
        sent = sent == .max ? 1 : sent + 1
        return try keys.seal(
            payload, of: type, isEncrypted: isEncrypted, sessionID: peerID, sequence: sent,
            initializationVector: isEncrypted ? random(16) : [])
    }

    /// The message of a packet, once its authentication and sequence number are found right.
    ///
    /// - Throws: `PacketError` for a packet that has to be dropped.
    package mutating func open(_ packet: SessionPacket) throws(PacketError) -> LANMessage {
        guard packet.payloadType == .ipmi else { throw .unsupported }
        return try LANMessage(decoding: try openPayload(packet))
    }

    /// The payload of a packet of any type, once its authentication and sequence number are found right.
    ///
    /// - Parameter isEncrypted: whether the packet has to be encrypted, or must not be.
    /// - Throws: `PacketError` for a packet that has to be dropped.
    package mutating func openPayload(
        _ packet: SessionPacket, isEncrypted: Bool = true
    ) throws(PacketError) -> [UInt8] {
        let payload = try keys.open(packet, isEncrypted: isEncrypted)
        guard window.accept(packet.sequence) else { throw .repeated }
        return payload
    }

    /// The reply in a packet, taken by what proves it: its authentication code, that it is awaited, and that it was not
    /// taken before. Many BMCs number their packets, compute the inner checksums or fill in the session's identifier
    /// otherwise than IPMI says.
    ///
    /// - Throws: `PacketError` for a packet that has to be dropped.
    mutating func openReply(
        _ packet: SessionPacket, isAwaited: (LANMessage) -> Bool
    ) throws(PacketError) -> LANMessage {
        // The answer to a message of the log-in that was sent twice comes when the session is open already.
        guard packet.payloadType == .ipmi else { throw .unexpected }
        let isFirst = taken.isEmpty
        let payload = try openProved(packet)
        let message = try LANMessage(decoding: payload, checked: false)
        // Whoever computes one wrongly computes all.
        if isFirst, (try? LANMessage(decoding: payload)) == nil { quirks.insert(.checksums) }
        guard isAwaited(message) else { throw .unexpected }
        return message
    }

    /// The payload of a packet that its authentication code proves, and that was not taken before.
    ///
    /// - Parameter isEncrypted: whether the packet has to be encrypted, or must not be.
    /// - Throws: `PacketError` for a packet that has to be dropped.
    mutating func openProved(
        _ packet: SessionPacket, isEncrypted: Bool = true
    ) throws(PacketError) -> [UInt8] {
        let code = try keys.authenticate(packet, isEncrypted: isEncrypted)
        let payload = try keys.plainPayload(of: packet)
        guard taken.accept(code, number: packet.sequence) else { throw .repeated }
        if taken.hasLeftOrder { quirks.insert(.sequenceNumbers) }
        return payload
    }
}
