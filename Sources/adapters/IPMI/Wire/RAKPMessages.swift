/// What RAKP Messages 2 to 4 begin with: tag, status, two reserved bytes, and the session of the end that is spoken to.
struct RAKPHeader: Sendable, Hashable {
    var tag: UInt8
    var status: RAKPStatus
    var sessionID: UInt32

    init(tag: UInt8, status: RAKPStatus, sessionID: UInt32) {
        self.tag = tag
        self.status = status
        self.sessionID = sessionID
    }

    /// - Parameter isBrief: an error may end before the session's identifier.
    init(from reader: inout ByteReader, isBrief: Bool) throws(PacketError) {
        tag = try reader.byte()
        status = RAKPStatus(rawValue: try reader.byte())
        if isBrief, status != .success {
            sessionID = reader.consoleIDOfError()
        } else {
            try reader.skip(2)
            sessionID = try reader.littleEndian()
        }
    }

    var encoded: [UInt8] {
        var bytes: [UInt8] = [tag, status.rawValue, 0, 0]
        bytes.append(littleEndian: sessionID)
        return bytes
    }
}

/// RAKP Message 1: the console names itself and challenges the BMC (IPMI v2.0 §13.20).
package struct RAKP1: Sendable, Hashable {
    /// Returned in the response.
    package var tag: UInt8
    /// The BMC's id of the session.
    package var managedID: UInt32
    /// The console's random number, 16 bytes.
    package var consoleRandom: [UInt8]
    /// Bits 3:0 the privilege asked for, bit 4 a look-up by name alone.
    package var role: UInt8
    /// The user's name, at most 16 bytes.
    package var user: [UInt8]

    package init(tag: UInt8, managedID: UInt32, consoleRandom: [UInt8], role: UInt8, user: [UInt8]) {
        self.tag = tag
        self.managedID = managedID
        self.consoleRandom = consoleRandom
        self.role = role
        self.user = user
    }

    package init(decoding bytes: [UInt8]) throws(PacketError) {
        var reader = ByteReader(bytes)
        tag = try reader.byte()
        try reader.skip(3)
        managedID = try reader.littleEndian()
        consoleRandom = try reader.bytes(16)
        role = try reader.byte()
        try reader.skip(2)
        user = try reader.bytes(Int(try reader.byte()))
    }

    /// The payload.
    package var encoded: [UInt8] {
        var bytes: [UInt8] = [tag, 0, 0, 0]
        bytes.append(littleEndian: managedID)
        return bytes + consoleRandom + [role, 0, 0, UInt8(truncatingIfNeeded: user.count)] + user
    }
}

/// RAKP Message 2: the BMC proves that it knows the password and challenges the console (IPMI v2.0 §13.21).
package struct RAKP2: Sendable, Hashable {
    /// The part that a message has where its status is success.
    package struct Challenge: Sendable, Hashable {
        /// The BMC's random number, 16 bytes.
        package var managedRandom: [UInt8]
        /// The GUID of the BMC, 16 bytes.
        package var managedGUID: [UInt8]
        /// The BMC's proof that it knows the password (`KeyExchange.challengeCode`).
        package var code: [UInt8]

        package init(managedRandom: [UInt8], managedGUID: [UInt8], code: [UInt8]) {
            self.managedRandom = managedRandom
            self.managedGUID = managedGUID
            self.code = code
        }
    }

    package var tag: UInt8
    /// Whether the BMC accepts RAKP Message 1.
    package var status: RAKPStatus
    /// The console's id of the session.
    package var consoleID: UInt32
    /// Nil where `status` is an error.
    package var challenge: Challenge?

    package init(tag: UInt8, status: RAKPStatus, consoleID: UInt32, challenge: Challenge? = nil) {
        self.tag = tag
        self.status = status
        self.consoleID = consoleID
        self.challenge = challenge
    }

    package init(decoding bytes: [UInt8]) throws(PacketError) {
        var reader = ByteReader(bytes)
        let header = try RAKPHeader(from: &reader, isBrief: true)
        self.init(tag: header.tag, status: header.status, consoleID: header.sessionID)
        guard status == .success else { return }
        challenge = Challenge(
            managedRandom: try reader.bytes(16), managedGUID: try reader.bytes(16), code: Array(reader.remaining))
    }

    package var encoded: [UInt8] {
        var bytes = RAKPHeader(tag: tag, status: status, sessionID: consoleID).encoded
        if let challenge { bytes += challenge.managedRandom + challenge.managedGUID + challenge.code }
        return bytes
    }
}

/// RAKP Message 3: the console proves that it knows the password, or says why it gives up (IPMI v2.0 §13.22).
package struct RAKP3: Sendable, Hashable {
    package var tag: UInt8
    /// Whether the console accepts RAKP Message 2.
    package var status: RAKPStatus
    /// The BMC's id of the session.
    package var managedID: UInt32
    /// The console's proof that it knows the password (`KeyExchange.proofCode`).
    package var code: [UInt8]

    package init(tag: UInt8, status: RAKPStatus, managedID: UInt32, code: [UInt8]) {
        self.tag = tag
        self.status = status
        self.managedID = managedID
        self.code = code
    }

    package init(decoding bytes: [UInt8]) throws(PacketError) {
        var reader = ByteReader(bytes)
        let header = try RAKPHeader(from: &reader, isBrief: false)
        self.init(
            tag: header.tag, status: header.status, managedID: header.sessionID, code: Array(reader.remaining))
    }

    package var encoded: [UInt8] {
        RAKPHeader(tag: tag, status: status, sessionID: managedID).encoded + code
    }
}

/// RAKP Message 4: the BMC opens the session, or refuses the proof (IPMI v2.0 §13.23).
package struct RAKP4: Sendable, Hashable {
    package var tag: UInt8
    /// Whether the BMC accepts RAKP Message 3.
    package var status: RAKPStatus
    /// The console's id of the session.
    package var consoleID: UInt32
    /// The BMC's proof that both ends have the same keys (`KeyExchange.confirmationCode`).
    package var code: [UInt8]

    package init(tag: UInt8, status: RAKPStatus, consoleID: UInt32, code: [UInt8] = []) {
        self.tag = tag
        self.status = status
        self.consoleID = consoleID
        self.code = code
    }

    package init(decoding bytes: [UInt8]) throws(PacketError) {
        var reader = ByteReader(bytes)
        let header = try RAKPHeader(from: &reader, isBrief: true)
        self.init(
            tag: header.tag, status: header.status, consoleID: header.sessionID,
            code: header.status == .success ? Array(reader.remaining) : [])
    }

    package var encoded: [UInt8] {
        RAKPHeader(tag: tag, status: status, sessionID: consoleID).encoded + code
    }
}
