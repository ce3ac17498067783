/// A packet of serial over LAN, payload type 1 (IPMI v2.0 §15.9, tables 15-2 and 15-3).
package struct SOLPacket: Sendable, Hashable {
    /// The bits of the fourth byte. Some mean one thing on the way to the BMC and another on the way back.
    package struct Flags: OptionSet, Sendable, Hashable {
        /// The byte.
        package var rawValue: UInt8

        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The packet that is acknowledged was not taken, or not all of it.
        package static let nack = Flags(rawValue: 0x40)
        /// From the BMC: the machine takes no characters, as its power is off.
        package static let transferUnavailable = Flags(rawValue: 0x20)
        /// From the BMC: the payload is being deactivated.
        package static let deactivating = Flags(rawValue: 0x10)
        /// From the BMC: characters of the machine were lost before this packet.
        package static let overrun = Flags(rawValue: 0x08)
        /// From the BMC: the machine has sent a break.
        package static let breakDetected = Flags(rawValue: 0x04)
        /// To the BMC: send a break to the machine.
        package static let sendBreak = Flags(rawValue: 0x10)
    }

    /// 1 to 15; 0 in a packet that only acknowledges or tells a status.
    package var sequence: UInt8
    /// The number of the packet that is acknowledged; 0 where none is.
    package var acknowledged: UInt8
    /// How many characters of the acknowledged packet were taken.
    package var accepted: UInt8
    /// Beside the acknowledgement.
    package var flags: Flags
    /// For the other end, or from it: 255 at most are taken.
    package var characters: [UInt8]

    /// The most that one packet acknowledges.
    package static let maximumCharacters = 255
    /// Of what comes before the characters.
    package static let headerSize = 4

    package init(
        sequence: UInt8 = 0, acknowledged: UInt8 = 0, accepted: UInt8 = 0, flags: Flags = [], characters: [UInt8] = []
    ) {
        self.sequence = sequence
        self.acknowledged = acknowledged
        self.accepted = accepted
        self.flags = flags
        self.characters = characters
    }

    /// - Throws: `PacketError.truncated` for fewer than four bytes.
    package init(decoding bytes: [UInt8]) throws(PacketError) {
        var reader = ByteReader(bytes)
        sequence = try reader.byte() & 0x0f
        acknowledged = try reader.byte() & 0x0f
        accepted = try reader.byte()
        flags = Flags(rawValue: try reader.byte())
        characters = Array(reader.remaining)
    }

    /// The payload.
    package var encoded: [UInt8] {
        [sequence & 0x0f, acknowledged & 0x0f, accepted, flags.rawValue] + characters
    }
}
