import Cryptography
import IPMI
import Primitives

extension BMCEngine {
    mutating func forgetIdleSessions() {
        sessions = sessions.filter { _, session in
            now - session.lastActivity
                < (session.isOpen ? configuration.sessionTimeout : configuration.handshakeTimeout)
        }
        forgetConsole()
    }

    mutating func openSession(_ payload: [UInt8]) -> [UInt8]? {
        guard let request = try? OpenSessionRequest(decoding: payload), request.consoleID != 0 else { return nil }
        statistics.sessionRequests += 1
        guard let suite = CipherSuite(algorithms: request.algorithms), configuration.suites.contains(suite) else {
            return errorResponse(request, .noCipherSuiteMatch)
        }
        guard sessions.values.count(where: { !$0.isOpen }) < configuration.sessionLimit else {
            return errorResponse(request, .insufficientResources)
        }
        let identifier = newSessionID()
        sessions[identifier] = BMCSession(
            suite: suite, consoleID: request.consoleID, managedID: identifier, lastActivity: now)
        return OpenSessionResponse(
            tag: request.tag, status: .success, maximumPrivilege: PrivilegeLevel.administrator.rawValue,
            consoleID: request.consoleID,
            session: .init(managedID: identifier, algorithms: suite.algorithms)
        ).encoded
    }

    private func errorResponse(_ request: OpenSessionRequest, _ status: RAKPStatus) -> [UInt8] {
        OpenSessionResponse(
            tag: request.tag, status: status, maximumPrivilege: 0, consoleID: request.consoleID, session: nil
        ).encoded
    }

    private func newSessionID() -> UInt32 {
        while true {
            let identifier = random(4).reduce(0) { $0 << 8 | UInt32($1) }
            if identifier != 0, sessions[identifier] == nil { return identifier }
        }
    }

    mutating func challenge(_ payload: [UInt8]) -> [UInt8]? {
        guard let message = try? RAKP1(decoding: payload) else { return nil }
        guard var session = sessions[message.managedID] else {
            return RAKP2(tag: message.tag, status: .invalidSessionID, consoleID: 0).encoded
        }
        func refuse(_ status: RAKPStatus) -> [UInt8] {
            statistics.accountsRefused += 1
            sessions[session.managedID] = nil
            return RAKP2(tag: message.tag, status: status, consoleID: session.consoleID).encoded
        }
        // A forged message must not undo what is proved.
        guard !session.isOpen else { return nil }
        guard let level = PrivilegeLevel(rawValue: message.role & 0x0f) else { return refuse(.invalidRole) }
        guard message.user.count <= 16 else { return refuse(.invalidNameLength) }
        guard let user = configuration.users.first(where: { Array($0.name.utf8) == message.user }) else {
            return refuse(.unauthorizedName)
        }
        guard level <= user.privilege else { return refuse(.unauthorizedRole) }
        session.lastActivity = now
        let managedRandom: [UInt8]
        if case .challenged(let earlier) = session.state, earlier.exchange.consoleRandom == message.consoleRandom {
            managedRandom = earlier.exchange.managedRandom
        } else {
            managedRandom = random(16)
        }
        let exchange = KeyExchange(
            suite: session.suite, consoleID: session.consoleID, managedID: session.managedID,
            consoleRandom: message.consoleRandom, managedRandom: managedRandom, managedGUID: configuration.guid,
            role: message.role, user: message.user, userKey: key(user),
            bmcKey: configuration.bmcKey.map { Secret(BMCCredentials.keyBytes($0.reveal())) })
        session.state = .challenged(.init(exchange: exchange, limit: level))
        sessions[session.managedID] = session
        return RAKP2(
            tag: message.tag, status: .success, consoleID: session.consoleID,
            challenge: .init(
                managedRandom: managedRandom, managedGUID: configuration.guid, code: exchange.challengeCode)
        ).encoded
    }

    private func key(_ user: BMCConfiguration.User) -> Secret<[UInt8]> {
        let password = Array(user.password.reveal().utf8)
        return Secret(faults.wrongPassword ? password.map { ~$0 } + [1] : password)
    }

    mutating func confirm(_ payload: [UInt8]) -> [UInt8]? {
        guard let message = try? RAKP3(decoding: payload) else { return nil }
        guard var session = sessions[message.managedID] else {
            return RAKP4(tag: message.tag, status: .invalidSessionID, consoleID: 0).encoded
        }
        func refuse(_ status: RAKPStatus) -> [UInt8] {
            sessions[session.managedID] = nil
            return RAKP4(tag: message.tag, status: status, consoleID: session.consoleID).encoded
        }
        func accept(_ code: [UInt8]) -> [UInt8] {
            RAKP4(tag: message.tag, status: .success, consoleID: session.consoleID, code: code).encoded
        }
        switch session.state {
        case .requested: return refuse(.inactiveSessionID)
        case .open(_, let answer):
            return constantTimeEqual(answer.proof, message.code) ? accept(answer.confirmation) : nil
        case .challenged(let challenge):
            guard message.status == .success else {
                statistics.accountsRefused += 1
                sessions[session.managedID] = nil
                return nil
            }
            guard constantTimeEqual(challenge.exchange.proofCode, message.code) else {
                statistics.accountsRefused += 1
                return refuse(.invalidIntegrityCheckValue)
            }
            guard sessions.values.count(where: \.isOpen) < configuration.sessionLimit else {
                return refuse(.insufficientResources)
            }
            let answer = BMCSession.RAKP4Answer(
                proof: message.code, confirmation: challenge.exchange.confirmationCode)
            session.state = .open(
                SecureChannel(keys: challenge.exchange.sessionKeys, peerID: session.consoleID), answer)
            session.limit = challenge.limit
            session.privilege = min(.user, challenge.limit)
            session.lastActivity = now
            sessions[session.managedID] = session
            statistics.sessionsOpened += 1
            return accept(answer.confirmation)
        }
    }
}
