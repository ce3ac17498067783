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
            case .idle, .ready, .pausing, .finished: bytes = nil
            case .discovering:
                let request = GetChannelAuthenticationCapabilities(privilege: negotiation.current.privilege)
                bytes = Datagram.sessionless(.request(request, sequence: requestSequence)).encoded
            case .opening:
                tag &+= 1
                let request = OpenSessionRequest(
                    tag: tag, maximumPrivilege: negotiation.current.privilege.rawValue, consoleID: consoleID,
                    algorithms: negotiation.current.suite.algorithms)
                bytes = plain(.openSessionRequest, request.encoded)
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
                bytes = try seal(SetSessionPrivilegeLevel(level: negotiation.current.privilege))
            case .busy(var request):
                request.message.sequence = requestSequence
                bytes = try seal(request.message)
            case .closing:
                bytes = try channel.flatMap { try seal(CloseSession(sessionID: $0.peerID)) }
            }
        } catch {
            return fail(
                .transport, "cannot be sent an encrypted message: \(error.inWords); try again, or restart this program")
        }
        guard let bytes else { return [] }
        attempt += 1
        sentCount += 1
        timer += 1
        let wait = schedule.timeout(attempt: attempt + lateness, random: random(1).first ?? 0)
        waited += wait
        return [.send(bytes), .setTimer(timer, wait)]
    }

    /// Tells the BMC that its challenge proves nothing, so that it forgets the session at once (IPMI v2.0 §13.22).
    func rejection(_ exchange: KeyExchange) -> [UInt8] {
        plain(
            .rakp3,
            RAKP3(tag: tag &+ 1, status: .invalidIntegrityCheckValue, managedID: exchange.managedID, code: []).encoded)
    }

    mutating func seal<Kind: Command>(_ command: Kind) throws -> [UInt8]? {
        try seal(.request(command, sequence: requestSequence))
    }

    private mutating func seal(_ message: LANMessage) throws -> [UInt8]? {
        try channel?.seal(message, random: random)
    }

    private func plain(_ type: PayloadType, _ payload: [UInt8]) -> [UInt8] {
        Datagram.session(SessionPacket(type, payload: payload)).encoded
    }

    mutating func timeout() -> [Effect] {
        switch phase {
        case .ready: return enter(.busy(keepAliveRequest))
        case .pausing(.session): return open()
        case .pausing(.level): return enter(.raising)
        case .pausing(.request(let request)): return enter(.busy(request))
        // The BMC ends an unclosed session by itself after a minute (IPMI v2.0 §6.12.15): not worth a long wait.
        case .closing where attempt >= 2: return finish(.closed)
        default:
            if let heldError { return refused(heldError) }
            return attempt < patience ? transmit() : giveUp()
        }
    }

    /// Each one doubles the first wait for an answer.
    static let maximumLateness = 3

    /// A BMC that was heard is asked for longer than one that is silent, where the configuration says so.
    private var schedule: RetrySchedule {
        wasHeard ? configuration.retryOnceHeard ?? configuration.retry : configuration.retry
    }

    /// How many datagrams the present message is worth: few where another suite or level can be tried.
    private var patience: Int {
        let all = schedule.attempts
        // About three seconds with either schedule.
        let few = configuration.retryOnceHeard == nil ? 2 : 4
        let isBrief =
            switch phase {
            case .opening:
                !hasAnswered
                    && (negotiation.isBrief(toAnySession: true) || capabilities?.supportsVersion2 == false)
            case .challenging, .proving: negotiation.isBrief(toAnySession: false)
            case .raising: dropped.isEmpty && level == .asked || negotiation.isBrief(toAnySession: false)
            case .busy(let request): mayReopen(request)
            default: false
            }
        return isBrief ? min(few, all) : all
    }

    /// Whether to ask in another session what this one does not answer: the BMC may have forgotten it, or its keys be
    /// worth nothing. A console is in one session only.
    private func mayReopen(_ request: Request) -> Bool { request.isRepeatable && !hasReopened && console == nil }

    /// The present message has not been answered, or not in a way that could be used.
    private mutating func giveUp() -> [Effect] {
        switch phase {
        case .closing: return finish(.closed)
        case .opening where capabilities?.supportsVersion2 == false:
            return fail(
                .protocolViolation, "offers no RMCP+ session, only IPMI v1.5; update its firmware or enable IPMI v2.0")
        case .opening where !hasAnswered:
            quirks.insert(.silentToSuites)
            if negotiation.silence(toAnySession: true) == .now { return open() }
        case .challenging, .proving: if negotiation.silence(toAnySession: false) == .now { return open() }
        // Some BMCs do not answer it. What the session's own level does not suffice for will say so.
        case .raising where dropped.isEmpty:
            if level == .asked { level = .unanswered }
            quirks.insert(.levelUnanswered)
            return opened()
        case .raising: if negotiation.silence(toAnySession: false) == .now { return open() }
        case .busy(let request) where mayReopen(request):
            hasReopened = true
            if hasAnswered || negotiation.silence(toAnySession: true) == .now {
                quirks.insert(.forgetsSessions)
                pending.insert(request, at: 0)
                return reopen()
            }
            // There is no other session to try: this one gets the rest of the schedule.
            if attempt < patience { return transmit() }
        default: break
        }
        let seconds = Self.seconds(waited)
        let kind = IPMIError.Kind.timeout(attempts: attempt, seconds: seconds)
        let count = "\(attempt) datagrams in \(seconds) s"
        guard dropped.isEmpty else {
            let message = "gave no answer that can be used to \(activity): \(count); \(dropped); \(noAnswer)"
            return finish(.failed(IPMIError(kind, "BMC \(endpoint) \(message)", .heard)))
        }
        let remedy = wasUnreachable ? Self.nothingListens : Self.silent
        return fail(kind, "did not answer \(activity): \(count); \(remedy)", wasHeard ? .heard : nil)
    }

    private var noAnswer: String {
        if isFlooded { return Self.flooded }
        return dropped.mayBeLate
            ? "its answers seem to come too late: look at the network on the way to it, and allow it more time"
            : "check that this is the address of its BMC, and update the firmware"
    }

    private static let silent = "check its address, power and network"

    private static let flooded =
        "more came from its address than it was asked for: look what else sends from there, or restart the BMC"

    private static let nothingListens =
        "its host reports that nothing listens there; check that IPMI over LAN is enabled"

    /// For a caller whose time is over: what was waited for, and what was seen of the BMC meanwhile.
    package var outOfTime: IPMIError {
        let time = "in the time that it was given"
        let message: String
        switch phase {
        case .pausing(let pause):
            let session = if case .session = pause { ", or had no session free" } else { "" }
            message =
                "did not answer \(activity) \(time); it was busy\(session)\(droppedSoFar); close other sessions with it, or "
                + "allow it more time"
        case _ where isFlooded && dropped.isEmpty:
            // What was dropped came before the last answer: that there was no time for more is its doing.
            let before = answers.count > 0 ? "; before that it answered \(progress)" : ""
            message = "did not answer \(activity) \(time)\(before); \(allDropped); \(Self.flooded)"
        case .ready where answers.count > 0, .busy where answers.count > 0 && attempt == 1 && dropped.isEmpty:
            message =
                "answered \(progress), and there was more to ask when the time that it was given was over; "
                + "allow it more time"
        case _ where wasUnreachable:
            message = "did not answer \(activity) \(time); \(Self.nothingListens)\(droppedSoFar)"
        case _ where !dropped.isEmpty:
            message = "gave no answer that can be used to \(activity) \(time)\(droppedSoFar); \(noAnswer)"
        default:
            let before = answers.count > 0 ? "; before that it answered \(progress)" : ""
            message = "did not answer \(activity) \(time)\(before); \(Self.silent)"
        }
        return IPMIError(.deadline, "BMC \(endpoint) \(message)", wasHeard ? .heard : nil)
    }

    /// "one request (Get SEL Info)"; "812 requests, the last one Get SEL Entry"
    private var progress: String {
        answers.count == 1
            ? "one request (\(answers.last))" : "\(answers.count) requests, the last one \(answers.last)"
    }

    private var droppedSoFar: String { dropped.isEmpty ? "" : "; \(dropped)" }

    /// With two decimals.
    static func seconds(_ duration: Duration) -> Double {
        (Double(duration.components.seconds) * 100 + Double(duration.components.attoseconds) / 1e16).rounded() / 100
    }

    private var activity: String {
        switch phase {
        case .discovering: "the search for its capabilities"
        case .opening: "the request for a session"
        case .challenging, .proving: "the log-in of the account"
        case .raising: SetSessionPrivilegeLevel.name
        case .busy(let request), .pausing(.request(let request)): request.name
        case .idle, .ready, .pausing, .closing, .finished: "what it was asked"
        }
    }
}
