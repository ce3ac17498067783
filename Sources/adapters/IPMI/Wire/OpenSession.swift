/// The three algorithm numbers that the two ends of a session agree upon (IPMI v2.0 §13.28).
package struct SessionAlgorithms: Sendable, Hashable {
    /// The number of the algorithm.
    package var authentication: UInt8
    package var integrity: UInt8
    package var confidentiality: UInt8

    init(authentication: UInt8, integrity: UInt8, confidentiality: UInt8) {
        self.authentication = authentication
        self.integrity = integrity
        self.confidentiality = confidentiality
    }

    init(from reader: inout ByteReader) throws(PacketError) {
        authentication = try Self.algorithm(0, from: &reader)
        integrity = try Self.algorithm(1, from: &reader)
        confidentiality = try Self.algorithm(2, from: &reader)
    }

    private static func algorithm(_ kind: UInt8, from reader: inout ByteReader) throws(PacketError) -> UInt8 {
        let record = try reader.bytes(8)
        guard record[0] == kind, record[3] == 8 else { throw .invalid }
        return record[4] & 0x3f
    }

    var encoded: [UInt8] {
        [0, 0, 0, 8, authentication, 0, 0, 0, 1, 0, 0, 8, integrity, 0, 0, 0, 2, 0, 0, 8, confidentiality, 0, 0, 0]
    }
}

/// RMCP+ Open Session Request (IPMI v2.0 §13.17).
package struct OpenSessionRequest: Sendable, Hashable {
    /// Returned in the response.
    package var tag: UInt8
    /// Zero asks for the highest one that the cipher suite allows; not every BMC understands that.
    package var maximumPrivilege: UInt8
    /// The console's id of the session.
    package var consoleID: UInt32
    /// The algorithms that the console proposes.
    package var algorithms: SessionAlgorithms

    package init(
        tag: UInt8, maximumPrivilege: UInt8 = PrivilegeLevel.administrator.rawValue, consoleID: UInt32,
        algorithms: SessionAlgorithms
    ) {
        self.tag = tag
        self.maximumPrivilege = maximumPrivilege
        self.consoleID = consoleID
        self.algorithms = algorithms
    }

    package init(decoding bytes: [UInt8]) throws(PacketError) {
        var reader = ByteReader(bytes)
        tag = try reader.byte()
        maximumPrivilege = try reader.byte() & 0x0f
        try reader.skip(2)
        consoleID = try reader.littleEndian()
        algorithms = try SessionAlgorithms(from: &reader)
    }

    /// The payload.
    package var encoded: [UInt8] {
        var bytes = [tag, maximumPrivilege, 0, 0]
        bytes.append(littleEndian: consoleID)
        return bytes + algorithms.encoded
    }
}

/// RMCP+ Open Session Response (IPMI v2.0 §13.18); an error ends behind the console's session identifier.
package struct OpenSessionResponse: Sendable, Hashable {
    package struct Session: Sendable, Hashable {
        package var managedID: UInt32
        /// Nil where the BMC does not repeat them, or not readably.
        package var algorithms: SessionAlgorithms?

        package init(managedID: UInt32, algorithms: SessionAlgorithms?) {
            self.managedID = managedID
            self.algorithms = algorithms
        }
    }

    /// That of the request.
    package var tag: UInt8
    /// Success, or why not.
    package var status: RAKPStatus
    package var maximumPrivilege: UInt8
    package var consoleID: UInt32
    /// Nil where `status` is an error.
    package var session: Session?

    package init(tag: UInt8, status: RAKPStatus, maximumPrivilege: UInt8, consoleID: UInt32, session: Session?) {
        self.tag = tag
        self.status = status
        self.maximumPrivilege = maximumPrivilege
        self.consoleID = consoleID
        self.session = session
    }

    package init(decoding bytes: [UInt8]) throws(PacketError) {
        var reader = ByteReader(bytes)
        tag = try reader.byte()
        status = RAKPStatus(rawValue: try reader.byte())
        guard status == .success else {
            maximumPrivilege = 0
            consoleID = reader.consoleIDOfError()
            return
        }
        maximumPrivilege = try reader.byte() & 0x0f
        try reader.skip(1)
        consoleID = try reader.littleEndian()
        session = Session(managedID: try reader.littleEndian(), algorithms: try? SessionAlgorithms(from: &reader))
    }

    /// The payload.
    package var encoded: [UInt8] {
        var bytes = [tag, status.rawValue, maximumPrivilege, 0]
        bytes.append(littleEndian: consoleID)
        if let session {
            bytes.append(littleEndian: session.managedID)
            bytes += session.algorithms?.encoded ?? []
        }
        return bytes
    }
}
