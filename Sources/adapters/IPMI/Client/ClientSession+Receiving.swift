import Cryptography
import Primitives

extension ClientSession {
    /// What is no answer to the message now on its way is dropped and counted: late answers, garbage, forgeries.
    mutating func receive(datagram bytes: [UInt8]) -> [Effect] {
        wasHeard = true
        do throws(PacketError) {
            let datagram = try Datagram(decoding: bytes, checked: false)
            do throws(PacketError) {
                return try take(datagram)
            } catch {
                // The keys of the present session prove nothing of what belongs to another one.
                throw isOfFormerSession(datagram) ? .ended : error
            }
        } catch {
            dropped.count(error)
            allDropped.count(error)
            if configuration.retryOnceHeard != nil, error.isOfLateReply, !isFlooded {
                lateness = min(lateness + 1, Self.maximumLateness)
            }
            return []
        }
    }

    /// How many sessions are remembered that have ended.
    private static let formerSessions = 8

    /// Whether a packet carries the identifier of a session that has ended, or answers a proposal that came to nothing.
    private func isOfFormerSession(_ datagram: Datagram) -> Bool {
        guard case .session(let packet) = datagram else { return false }
        let identifier: UInt32? =
            switch packet.payloadType {
            case .openSessionResponse: try? OpenSessionResponse(decoding: packet.payload).consoleID
            case .rakp2: try? RAKP2(decoding: packet.payload).consoleID
            case .rakp4: try? RAKP4(decoding: packet.payload).consoleID
            case .ipmi, .sol, .openSessionRequest, .rakp1, .rakp3: packet.sessionID
            }
        return identifier.map { $0 != consoleID && formerIDs.contains($0) } ?? false
    }

    /// Whether more has been dropped than could be answers, each of them doubled on its way: somebody else sends it.
    var isFlooded: Bool { allDropped.count > 16 + 2 * sentCount }

    private mutating func take(_ datagram: Datagram) throws(PacketError) -> [Effect] {
        if case .session(let packet) = datagram, packet.payloadType == .sol { return try receive(console: packet) }
        switch (phase, datagram) {
        case (.discovering, .sessionless(let message)): return try receive(capabilities: message)
        case (.discovering, .session(let packet)):
            return try receive(capabilities: LANMessage(decoding: plain(packet, .ipmi), checked: false))
        case (.opening, .session(let packet)):
            return try receive(OpenSessionResponse(decoding: plain(packet, .openSessionResponse)))
        case (.challenging(let exchange), .session(let packet)):
            return try receive(RAKP2(decoding: plain(packet, .rakp2)), exchange)
        case (.proving(let exchange), .session(let packet)):
            return try receive(RAKP4(decoding: plain(packet, .rakp4)), exchange)
        case (.raising, .session(let packet)):
            let (completion, _) = try reply(
                packet, SetSessionPrivilegeLevel.networkFunction, SetSessionPrivilegeLevel.code)
            return raised(completion)
        case (.busy(let request), .session(let packet)):
            let (completion, data) = try reply(packet, request.message.networkFunction, request.message.command)
            return answered(request, completion, data)
        case (.closing, .session(let packet)):
            _ = try reply(packet, CloseSession.networkFunction, CloseSession.code)
            return finish(.closed)
        default: throw .unexpected
        }
    }

    /// The identifier around a payload that its own code proves, or that nothing proves, is not looked at.
    private func plain(_ packet: SessionPacket, _ type: PayloadType) throws(PacketError) -> [UInt8] {
        guard packet.payloadType == type else { throw .unexpected }
        guard !packet.isEncrypted, !packet.isAuthenticated else { throw .unsupported }
        return packet.payload
    }

    private mutating func reply(
        _ packet: SessionPacket, _ networkFunction: UInt8, _ command: UInt8
    ) throws(PacketError) -> (CompletionCode, [UInt8]) {
        let sequence = requestSequence
        let message = try channel?.openReply(packet) {
            $0.networkFunction == networkFunction | 1 && $0.command == command && $0.sequence == sequence
        }
        quirks.formUnion(channel?.quirks ?? [])
        guard let message, let completion = message.data.first else { throw .truncated }
        return (CompletionCode(rawValue: completion), Array(message.data.dropFirst()))
    }

    private mutating func receive(capabilities message: LANMessage) throws(PacketError) -> [Effect] {
        typealias Request = GetChannelAuthenticationCapabilities
        guard message.networkFunction == Request.networkFunction | 1, message.command == Request.code,
            message.sequence == requestSequence
        else { throw .unexpected }
        // A BMC that refuses the command, or answers it wrongly, may open sessions all the same.
        if message.data.first == CompletionCode.completed.rawValue {
            capabilities = try? Request.response(Array(message.data.dropFirst()))
        }
        return open()
    }

    /// Proposes a session with what the negotiation has come to.
    mutating func open() -> [Effect] {
        let farewell = endConsole(.console(.ended), "has lost the session of the serial console; open it again")
        if consoleID != 0 { formerIDs = formerIDs.suffix(Self.formerSessions - 1) + [consoleID] }
        // Not zero, which stands for "no session" (IPMI v2.0 §13.17).
        consoleID = random(4).reduce(0) { $0 << 8 | UInt32($1) } | 1
        channel = nil
        level = .asked
        return farewell + enter(.opening)
    }

    private mutating func receive(_ response: OpenSessionResponse) throws(PacketError) -> [Effect] {
        // A session's identifier is new in every proposal; of the first message the answer needs no other mark.
        guard isMarked(response.tag, response.consoleID) else { throw .tag }
        guard response.status == .success else { return try refused(response.status, response.consoleID) }
        guard let session = response.session else { throw .truncated }
        // It stands for "no session" (IPMI v2.0 §13.18): the BMC would not know the session by it.
        guard session.managedID != 0 else {
            return fail(
                .protocolViolation,
                "opened a session with the identifier 0, which IPMI reserves; update its firmware, or restart it")
        }
        let suite = negotiation.current.suite
        // Some BMCs answer with other algorithms than proposed where they ought to refuse.
        if let algorithms = session.algorithms, algorithms != suite.algorithms {
            quirks.insert(.otherAlgorithms)
            return refuse(.noCipherSuiteMatch)
        }
        return enter(
            .challenging(
                KeyExchange(
                    suite: suite, consoleID: consoleID, managedID: session.managedID, consoleRandom: random(16),
                    managedRandom: [], managedGUID: [], role: 0x10 | negotiation.current.privilege.rawValue,
                    user: user, userKey: userKey, bmcKey: bmcKey)))
    }

    private mutating func receive(_ response: RAKP2, _ exchange: KeyExchange) throws(PacketError) -> [Effect] {
        // A BMC may draw a new random number for a repeated RAKP 1: then only the answer to the newest one counts.
        guard isMarked(response.tag, response.consoleID) else { throw .tag }
        guard let challenge = response.challenge else { return try refused(response.status, response.consoleID) }
        var exchange = exchange
        exchange.managedRandom = challenge.managedRandom
        exchange.managedGUID = challenge.managedGUID
        guard try isRight(challenge.code, exchange.challengeCode) else {
            guard response.consoleID == consoleID else { throw .tag }
            let long = userKey.reveal().count > 16 ? ", and whether the BMC takes more than 16 bytes of it" : ""
            return [.send(rejection(exchange))]
                + fail(
                    .authentication(.invalidIntegrityCheckValue),
                    "does not know the password of this account; check the credential\(long)")
        }
        return enter(.proving(exchange))
    }

    private mutating func receive(_ response: RAKP4, _ exchange: KeyExchange) throws(PacketError) -> [Effect] {
        // The right code proves more than tag and identifier.
        let isMarked = isMarked(response.tag, response.consoleID)
        guard response.status == .success else {
            guard isMarked else { throw .tag }
            return try refused(response.status, response.consoleID)
        }
        guard try isRight(response.code, exchange.confirmationCode) else {
            guard isMarked, response.consoleID == consoleID else { throw .tag }
            return fail(
                .authentication(.invalidIntegrityCheckValue), keyRemedy(response.code, exchange), .bmcKey)
        }
        channel = SecureChannel(keys: exchange.sessionKeys, peerID: exchange.managedID)
        return enter(.raising)
    }

    /// Whether a message of the negotiation answers the present one, as far as tag and identifier tell.
    private func isMarked(_ tag: UInt8, _ identifier: UInt32) -> Bool {
        tag == self.tag || attempt == 1 && identifier == consoleID
    }

    /// A status other than success, under the right tag. Nothing proves it, and a tag is guessed at once: it counts where it has the
    /// session's identifier. Where it has none, as some BMCs answer, it counts once nothing else has come in the time of the message.
    private mutating func refused(_ status: RAKPStatus, _ identifier: UInt32) throws(PacketError) -> [Effect] {
        if identifier == consoleID { return refused(status) }
        guard identifier == 0 else { throw .tag }
        heldError = status
        return []
    }

    /// A status that counts.
    mutating func refused(_ status: RAKPStatus) -> [Effect] {
        heldError = nil
        if case .opening = phase { return refuse(status) }
        return refuseAccount(status)
    }

    /// Compares as many bytes as the suite's code has. Some BMCs send more.
    private mutating func isRight(_ code: [UInt8], _ right: [UInt8]) throws(PacketError) -> Bool {
        guard code.count >= right.count else { throw .truncated }
        if code.count > right.count { quirks.insert(.longCodes) }
        return constantTimeEqual(code.prefix(right.count), right)
    }

    private mutating func keyRemedy(_ code: [UInt8], _ exchange: KeyExchange) -> String {
        var without = exchange
        without.bmcKey = nil
        if bmcKey != nil, (try? isRight(code, without.confirmationCode)) == true {
            return "has no BMC key (K_G), or not the one that is given; leave out \(configuration.bmcKeySetting)"
        }
        if bmcKey != nil {
            return "has another BMC key (K_G) than the one that is given; correct \(configuration.bmcKeySetting)"
        }
        let known = capabilities?.needsBMCKey == true ? "says that it has" : "has probably"
        return "derived other session keys: it \(known) a BMC key (K_G) of its own; give it as "
            + configuration.bmcKeySetting
    }
}
