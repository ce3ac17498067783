import Primitives

extension ClientSession {
    /// Sends the phase's message, once more or for the first time, and sets the timer for its answer.
    ///
    /// RMCP+ messages get a new tag each time and only the answer to the newest one counts: a BMC may draw a new
    /// random number for a repeated RAKP 1, and a proof for the old one would be taken for a wrong password.
    mutating func transmit() -> [Effect] {
        let bytes: [UInt8]?
        do {
            switch phase {
            case .idle, .ready, .finished: bytes = nil
            case .discovering:
                let request = GetChannelAuthenticationCapabilities(privilege: configuration.privilege)
                bytes = Datagram.sessionless(.request(request, sequence: requestSequence)).encoded
            case .opening:
                tag &+= 1
                bytes = remainingSuites.first.map { suite in
                    plain(
                        .openSessionRequest,
                        OpenSessionRequest(
                            tag: tag, maximumPrivilege: configuration.privilege.rawValue, consoleID: consoleID,
                            algorithms: suite.algorithms
                        ).encoded)
                }
            case .challenging(let exchange):
                tag &+= 1
                let message = RAKP1(
                    tag: tag, managedID: exchange.managedID, consoleRandom: exchange.consoleRandom,
                    role: exchange.role, user: exchange.user)
                bytes = plain(.rakp1, message.encoded)
            case .proving(let exchange):
                tag &+= 1
                bytes = plain(
                    .rakp3,
                    RAKP3(tag: tag, status: .success, managedID: exchange.managedID, code: exchange.proofCode).encoded)
            case .raising:
                bytes = try seal(
                    .request(SetSessionPrivilegeLevel(level: configuration.privilege), sequence: requestSequence))
            case .busy(var request):
                request.message.sequence = requestSequence
                bytes = try seal(request.message)
            case .closing:
                bytes = try channel.flatMap {
                    try seal(.request(CloseSession(sessionID: $0.peerID), sequence: requestSequence))
                }
            }
        } catch {
            return fail(.transport, "cannot be sent an encrypted message: \(error.inWords)")
        }
        guard let bytes else { return [] }
        attempt += 1
        timer += 1
        return [.send(bytes), .setTimer(timer, configuration.retry.timeout(attempt: attempt))]
    }

    /// Tells the BMC that its challenge proves nothing, so that it forgets the session at once (IPMI v2.0 §13.22).
    func rejection(_ exchange: KeyExchange) -> [UInt8] {
        plain(
            .rakp3,
            RAKP3(tag: tag &+ 1, status: .invalidIntegrityCheckValue, managedID: exchange.managedID, code: []).encoded)
    }

    private mutating func seal(_ message: LANMessage) throws -> [UInt8]? {
        try channel?.seal(message, random: random)
    }

    private func plain(_ type: PayloadType, _ payload: [UInt8]) -> [UInt8] {
        Datagram.session(SessionPacket(type, payload: payload)).encoded
    }

    mutating func timeout() -> [Effect] {
        // The BMC ends an unclosed session by itself after a minute (IPMI v2.0 §6.12.15): not worth a long wait.
        if case .closing = phase, attempt >= min(2, configuration.retry.attempts) { return finish(.closed) }
        guard attempt >= configuration.retry.attempts else { return transmit() }
        let waited = (1...attempt).reduce(Duration.zero) { $0 + configuration.retry.timeout(attempt: $1) }
        let seconds = Double(waited.components.seconds) + Double(waited.components.attoseconds) / 1e18
        let remedy =
            wasUnreachable
            ? "its host reports that nothing listens there; check that IPMI over LAN is enabled"
            : "check its address, power and network"
        return fail(
            .timeout(attempts: attempt, seconds: seconds),
            "did not answer \(activity): \(attempt) datagrams in \(seconds) s; \(remedy)")
    }

    private var activity: String {
        switch phase {
        case .discovering: "the search for its capabilities"
        case .opening: "the request for a session"
        case .challenging, .proving: "while authenticating"
        case .raising: SetSessionPrivilegeLevel.name
        case .busy(let request): request.name
        case .idle, .ready, .closing, .finished: "in time"
        }
    }
}
