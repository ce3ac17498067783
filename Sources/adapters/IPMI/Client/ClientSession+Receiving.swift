import Cryptography

extension ClientSession {
    /// What is no answer to the message now on its way is dropped: late answers, other sessions, garbage, forgeries.
    mutating func receive(datagram bytes: [UInt8]) -> [Effect] {
        guard let datagram = try? Datagram(decoding: bytes) else { return [] }
        switch (phase, datagram) {
        case (.discovering, .sessionless(let message)): return receive(capabilities: message)
        case (.opening, .session(let packet)):
            guard let response = try? OpenSessionResponse(decoding: plain(packet, .openSessionResponse)) else {
                return []
            }
            return receive(response)
        case (.challenging(let exchange), .session(let packet)):
            guard let response = try? RAKP2(decoding: plain(packet, .rakp2)) else { return [] }
            return receive(response, exchange)
        case (.proving(let exchange), .session(let packet)):
            guard let response = try? RAKP4(decoding: plain(packet, .rakp4)) else { return [] }
            return receive(response, exchange)
        case (.raising, .session(let packet)), (.busy, .session(let packet)), (.closing, .session(let packet)):
            guard packet.sessionID == consoleID, let message = try? channel?.open(packet) else { return [] }
            return receive(message)
        default: return []
        }
    }

    private func plain(_ packet: SessionPacket, _ type: PayloadType) throws(PacketError) -> [UInt8] {
        guard packet.payloadType == type, packet.sessionID == 0, !packet.isEncrypted else { throw .unsupported }
        return packet.payload
    }

    /// An error response need not name the session.
    private func isAnswer(_ tag: UInt8, _ status: RAKPStatus, _ consoleID: UInt32) -> Bool {
        tag == self.tag && (consoleID == self.consoleID || status != .success && consoleID == 0)
    }

    private mutating func receive(capabilities message: LANMessage) -> [Effect] {
        typealias Request = GetChannelAuthenticationCapabilities
        guard message.networkFunction == Request.networkFunction | 1, message.command == Request.code,
            message.sequence == requestSequence, let first = message.data.first
        else { return [] }
        let completion = CompletionCode(rawValue: first)
        guard completion == .completed else {
            return fail(.command(completion), "refused \(Request.name): \(completion)")
        }
        guard let capabilities = try? Request.response(Array(message.data.dropFirst())) else { return [] }
        guard capabilities.supportsVersion2 else {
            return fail(
                .protocolViolation, "offers no RMCP+ session, only IPMI v1.5; update its firmware or enable IPMI v2.0")
        }
        return open()
    }

    private mutating func open() -> [Effect] {
        // Not zero, which stands for "no session" (IPMI v2.0 §13.17).
        consoleID = random(4).reduce(0) { $0 << 8 | UInt32($1) } | 1
        return enter(.opening)
    }

    private mutating func receive(_ response: OpenSessionResponse) -> [Effect] {
        guard isAnswer(response.tag, response.status, response.consoleID), let suite = remainingSuites.first else {
            return []
        }
        guard response.status == .success else {
            guard response.status.refusesAlgorithms else {
                return fail(.refused(response.status), "opened no session: \(response.status)")
            }
            return proposeNextSuite(response.status)
        }
        guard let session = response.session, session.managedID != 0 else { return [] }
        // Some BMCs answer with other algorithms than proposed where they ought to refuse.
        guard session.algorithms == suite.algorithms else { return proposeNextSuite(.noCipherSuiteMatch) }
        return enter(
            .challenging(
                KeyExchange(
                    suite: suite, consoleID: consoleID, managedID: session.managedID, consoleRandom: random(16),
                    managedRandom: [], managedGUID: [], role: 0x10 | configuration.privilege.rawValue, user: user,
                    userKey: userKey, bmcKey: bmcKey)))
    }

    private mutating func proposeNextSuite(_ status: RAKPStatus) -> [Effect] {
        remainingSuites = remainingSuites.dropFirst()
        guard remainingSuites.isEmpty else { return open() }
        let tried = configuration.suites.map(\.description).joined(separator: ", ")
        return fail(
            .refused(status), "accepts no cipher suite of \(tried): \(status); enable one of them on the BMC")
    }

    private mutating func receive(_ response: RAKP2, _ exchange: KeyExchange) -> [Effect] {
        guard isAnswer(response.tag, response.status, response.consoleID) else { return [] }
        guard let challenge = response.challenge else { return refuse(response.status) }
        var exchange = exchange
        exchange.managedRandom = challenge.managedRandom
        exchange.managedGUID = challenge.managedGUID
        guard constantTimeEqual(exchange.challengeCode, challenge.code) else {
            return [.send(rejection(exchange))]
                + fail(
                    .authentication(.invalidIntegrityCheckValue),
                    "does not know the password of this account; check the credential")
        }
        return enter(.proving(exchange))
    }

    private mutating func receive(_ response: RAKP4, _ exchange: KeyExchange) -> [Effect] {
        guard isAnswer(response.tag, response.status, response.consoleID) else { return [] }
        guard response.status == .success else { return refuse(response.status) }
        guard constantTimeEqual(exchange.confirmationCode, response.code) else {
            return fail(
                .authentication(.invalidIntegrityCheckValue),
                "derived other session keys; check whether it has a BMC key (K_G) of its own")
        }
        channel = SecureChannel(keys: exchange.sessionKeys, peerID: exchange.managedID)
        return enter(.raising)
    }

    private mutating func refuse(_ status: RAKPStatus) -> [Effect] {
        if status.refusesAccount {
            return fail(.authentication(status), "refused the account: \(status); check account and credential")
        }
        return fail(.refused(status), "refused the session while authenticating: \(status)")
    }

    private mutating func receive(_ message: LANMessage) -> [Effect] {
        guard message.sequence == requestSequence, let first = message.data.first else { return [] }
        let completion = CompletionCode(rawValue: first)
        switch phase {
        case .raising:
            guard message.answers(SetSessionPrivilegeLevel.self), let suite = channel?.keys.suite else { return [] }
            guard completion == .completed else {
                return fail(
                    .authentication(.unauthorizedRole),
                    "does not grant the \(configuration.privilege) level: \(completion); check the account's privilege")
            }
            return [.opened(suite)] + next()
        case .busy(let request):
            guard message.networkFunction == request.message.networkFunction | 1,
                message.command == request.message.command
            else { return [] }
            return [.response(identifier: request.identifier, completion, Array(message.data.dropFirst()))] + next()
        case .closing: return message.answers(CloseSession.self) ? finish(.closed) : []
        default: return []
        }
    }
}

extension LANMessage {
    fileprivate func answers<Request: Command>(_: Request.Type) -> Bool {
        networkFunction == Request.networkFunction | 1 && command == Request.code
    }
}
