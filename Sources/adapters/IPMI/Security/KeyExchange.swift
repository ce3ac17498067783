import Primitives

/// The codes and keys that RAKP derives from what both ends have said (IPMI v2.0 §13.28 to §13.32).
package struct KeyExchange: Sendable {
    /// The cipher suite of the session.
    package var suite: CipherSuite
    /// The console's id of the session.
    package var consoleID: UInt32
    /// The BMC's id of the session.
    package var managedID: UInt32
    /// The console's random number, 16 bytes.
    package var consoleRandom: [UInt8]
    /// The BMC's random number, 16 bytes.
    package var managedRandom: [UInt8]
    /// The GUID of the BMC, 16 bytes.
    package var managedGUID: [UInt8]
    /// The role byte of RAKP Message 1, as sent.
    package var role: UInt8
    /// The name of the user, at most 16 bytes.
    package var user: [UInt8]
    /// K_UID, the password.
    package var userKey: Secret<[UInt8]>
    /// K_G, the BMC's own key; nil where none is set, then the user's key stands in for it.
    package var bmcKey: Secret<[UInt8]>?

    /// Longest password and BMC key, in bytes (IPMI v2.0 §13.31).
    package static let keyLength = 20

    package init(
        suite: CipherSuite, consoleID: UInt32, managedID: UInt32, consoleRandom: [UInt8], managedRandom: [UInt8],
        managedGUID: [UInt8], role: UInt8, user: [UInt8], userKey: Secret<[UInt8]>, bmcKey: Secret<[UInt8]>? = nil
    ) {
        self.suite = suite
        self.consoleID = consoleID
        self.managedID = managedID
        self.consoleRandom = consoleRandom
        self.managedRandom = managedRandom
        self.managedGUID = managedGUID
        self.role = role
        self.user = user
        self.userKey = userKey
        self.bmcKey = bmcKey
    }

    /// The BMC's proof in RAKP Message 2.
    package var challengeCode: [UInt8] {
        var message: [UInt8] = []
        message.append(littleEndian: consoleID)
        message.append(littleEndian: managedID)
        message += consoleRandom + managedRandom + managedGUID + account
        return suite.authenticate(key: Self.padded(userKey), message)
    }

    /// The console's proof in RAKP Message 3.
    package var proofCode: [UInt8] {
        var message = managedRandom
        message.append(littleEndian: consoleID)
        return suite.authenticate(key: Self.padded(userKey), message + account)
    }

    /// The BMC's proof in RAKP Message 4 that both derived the same keys.
    package var confirmationCode: [UInt8] {
        var message = consoleRandom
        message.append(littleEndian: managedID)
        return Array(
            suite.authenticate(key: sessionIntegrityKey, message + managedGUID).prefix(suite.codeLength))
    }

    /// The keys of the session that both ends derive.
    package var sessionKeys: SessionKeys {
        let key = sessionIntegrityKey
        // MD5-128 is keyed with the password, every other integrity algorithm with K1.
        let integrity =
            suite == .suite12
            ? Self.padded(userKey)
            : suite.authenticate(key: key, [UInt8](repeating: 1, count: 20))
        return SessionKeys(
            suite: suite, integrity: integrity,
            confidentiality: Array(suite.authenticate(key: key, [UInt8](repeating: 2, count: 20)).prefix(16)))
    }

    private var sessionIntegrityKey: [UInt8] {
        suite.authenticate(key: Self.padded(bmcKey ?? userKey), consoleRandom + managedRandom + account)
    }

    private var account: [UInt8] { [role, UInt8(truncatingIfNeeded: user.count)] + user }

    private static func padded(_ key: Secret<[UInt8]>) -> [UInt8] {
        let bytes = key.reveal().prefix(keyLength)
        return bytes + [UInt8](repeating: 0, count: keyLength - bytes.count)
    }
}
