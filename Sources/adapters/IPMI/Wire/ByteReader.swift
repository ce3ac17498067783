/// Reads fields from the front of a packet. A read beyond its end throws.
package struct ByteReader {
    /// The bytes that have not been read.
    package private(set) var remaining: ArraySlice<UInt8>

    package init(_ bytes: [UInt8]) { remaining = bytes[...] }

    /// Reads one byte.
    ///
    /// - Throws: `PacketError.truncated`.
    package mutating func byte() throws(PacketError) -> UInt8 {
        guard let first = remaining.popFirst() else { throw .truncated }
        return first
    }

    /// Reads so many bytes.
    ///
    /// - Throws: `PacketError.truncated`.
    package mutating func bytes(_ count: Int) throws(PacketError) -> [UInt8] {
        guard count >= 0, remaining.count >= count else { throw .truncated }
        defer { remaining = remaining.dropFirst(count) }
        return Array(remaining.prefix(count))
    }

    /// Passes over so many bytes.
    ///
    /// - Throws: `PacketError.truncated`.
    package mutating func skip(_ count: Int) throws(PacketError) {
        guard count >= 0, remaining.count >= count else { throw .truncated }
        remaining = remaining.dropFirst(count)
    }

    /// Least significant byte first, as IPMI writes numbers.
    package mutating func littleEndian<Number: FixedWidthInteger>(_: Number.Type = Number.self) throws(PacketError)
        -> Number
    {
        try bytes(Number.bitWidth / 8).reversed().reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
    }

    /// The console's session identifier behind tag and status of an error; zero where the message ends before it, as
    /// that of some BMCs does.
    mutating func consoleIDOfError() -> UInt32 {
        let rest = (try? bytes(6)) ?? []
        return rest.dropFirst(2).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Most significant byte first, as ASF writes numbers.
    mutating func bigEndian<Number: FixedWidthInteger>(_: Number.Type = Number.self) throws(PacketError) -> Number {
        try bytes(Number.bitWidth / 8).reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
    }
}

extension [UInt8] {
    /// Appends a number, the least significant byte first.
    package mutating func append(littleEndian number: some FixedWidthInteger & UnsignedInteger) {
        for shift in stride(from: 0, to: number.bitWidth, by: 8) { append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    mutating func append(bigEndian number: some FixedWidthInteger & UnsignedInteger) {
        for shift in stride(from: number.bitWidth - 8, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }
}

/// Why bytes are no packet of this protocol, or none that is waited for. The receiver drops such bytes without an answer.
package enum PacketError: Error, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    case truncated
    case checksum
    /// Another RMCP version, message class, authentication type or payload type than the ones spoken here.
    case unsupported
    /// The authentication code does not belong to the bytes (IPMI v2.0 §13.28.4).
    case integrity
    /// A packet of a session without authentication code, or in clear.
    case unprotected
    /// The confidentiality trailer is longer than what it ends (IPMI v2.0 §13.29).
    case padding
    /// A field holds a value that the protocol does not allow.
    case invalid
    /// The message tag or the session of another request.
    case tag
    /// Nothing that was asked, or asked no longer.
    case unexpected
    /// Taken before.
    case repeated
    /// Of a session, or of a proposal of one, that this client had with the BMC before the present one.
    case ended

    /// Of bytes: "they end too early".
    package var description: String {
        switch self {
        case .truncated: "they end too early"
        case .checksum: "their checksum is wrong"
        case .unsupported: "they are of a version or type that is not spoken here"
        case .integrity: "their authentication code does not belong to them"
        case .unprotected: "they are not both encrypted and authenticated"
        case .padding: "their padding is wrong"
        case .invalid: "a field has a value that the protocol does not allow"
        case .tag: "they belong to another request"
        case .unexpected: "they answer nothing that was asked"
        case .repeated: "they have come before"
        case .ended: "they belong to a session that has ended"
        }
    }

    /// Whether it may be the answer to an earlier one of several datagrams of a message.
    var isOfLateReply: Bool { self == .tag || self == .unexpected || self == .ended }

    /// In a list of what was dropped: "integrity code wrong".
    var reason: String {
        switch self {
        case .truncated: "too short"
        case .checksum: "checksum wrong"
        case .unsupported: "of another protocol"
        case .integrity: "integrity code wrong"
        case .unprotected: "not encrypted and authenticated"
        case .padding: "encryption padding wrong"
        case .invalid: "a field with a value that is not allowed"
        case .tag: "tag or session of another request"
        case .unexpected: "answer to another request"
        case .repeated: "sent again"
        case .ended: "late answer of a session that has ended"
        }
    }
}
