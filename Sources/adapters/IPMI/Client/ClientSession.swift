import Primitives

/// One session with one BMC, as the remote console holds it (IPMI v2.0 §13.14): what comes in is an event, what shall
/// happen is an effect. No clock, no socket, no randomness of its own.
///
/// ```
/// idle ─start→ discovering ─capabilities→ opening ─session→ challenging ─RAKP 2→ proving ─RAKP 4→ raising
///                                            ↑ │ other suite or level                                │ privilege
///                                            └─┘                       closing ←close─ ready ⇄ busy ←┘
/// ```
/// What the BMC refuses or does not answer on the way from `opening` to `raising` leads back to `opening` while `Negotiation` has something
/// else to try, and so does a command that needs a higher privilege. Where the BMC is busy or has no session free,
/// `pausing` comes between. Any phase ends in `finished` by a failure, `closing` also by the BMC's answer or its silence.
package struct ClientSession: Sendable {
    /// A command to be sent.
    package struct Request: Sendable, Hashable {
        /// Tells the response's request to the caller.
        package var identifier: Int
        /// For logs and errors.
        package var name: String
        /// Gets its sequence number when it is sent.
        package var message: LANMessage
        /// Whether it may be carried out twice.
        package var isRepeatable: Bool

        package init<Kind: Command>(_ command: Kind, identifier: Int) {
            self.identifier = identifier
            name = Kind.name
            message = .request(command, sequence: 0)
            isRepeatable = command.isRepeatable
        }
    }

    /// What happens to the session.
    package enum Event: Sendable {
        case start
        case datagram([UInt8])
        /// The timer of this number has run out; older numbers are stale.
        case timer(Int)
        /// To be sent once the session is open and every earlier request is answered.
        case submit(Request)
        /// Nobody waits for this request's response any more.
        case abandon(Int)
        /// The network reported that nothing listens there. Only noted: a BMC that restarts says so too.
        case unreachable
        case close
        /// For the machine behind the serial console.
        case write([UInt8], identifier: Int)
        case sendBreak(identifier: Int)
        /// The console's timer of this number has run out; older numbers are stale.
        case consoleTimer(Int)
        /// Nobody wants the console any more.
        case closeConsole
    }

    /// What the session wants done.
    package enum Effect: Sendable, Hashable {
        case send([UInt8])
        /// Replaces every earlier timer.
        case setTimer(Int, Duration)
        case cancelTimer
        case opened(SessionParameters)
        case response(identifier: Int, CompletionCode, [UInt8])
        /// The session is over; every request without a response fails with this.
        case failed(IPMIError)
        /// The session is over as asked.
        case closed
        /// Replaces every earlier timer of the console.
        case setConsoleTimer(Int, Duration)
        case cancelConsoleTimer
        case console(ConsoleChange)
    }

    enum Phase: Sendable {
        case idle
        case discovering
        case opening
        case challenging(KeyExchange)
        case proving(KeyExchange)
        case raising
        case ready
        case busy(Request)
        case pausing(Pause)
        case closing
        case finished
    }

    /// What is tried again after a moment, as the BMC was busy.
    enum Pause: Sendable {
        case session
        case level
        case request(Request)
    }

    enum Level: Sendable {
        case asked
        /// Not answered; asked again where a command needs it.
        case unanswered
        case askedAgain
    }

    /// Of the request that keeps an idle session alive.
    static let keepAlive = -1

    /// Randomness, asked for by the number of bytes.
    package typealias RandomSource = @Sendable (Int) -> [UInt8]

    let endpoint: BMCEndpoint
    let configuration: IPMIConfiguration
    let random: RandomSource
    let user: [UInt8]
    let userKey: Secret<[UInt8]>
    let bmcKey: Secret<[UInt8]>?

    var phase = Phase.idle
    var negotiation: Negotiation
    var capabilities: ChannelAuthenticationCapabilities?
    var consoleID: UInt32 = 0
    /// Those of the sessions before the present one, and of proposals that came to nothing, the latest last.
    var formerIDs: [UInt32] = []
    var channel: SecureChannel?
    var pending: [Request] = []
    /// A session has been open: the account is a good one.
    var hasOpened = false
    /// A command has been answered: so are the keys.
    var hasAnswered = false
    /// The present request is sent in another session than at first.
    var hasReopened = false
    /// What became of Set Session Privilege Level, whose answer may have been lost.
    var level = Level.asked
    /// The serial console, once Activate Payload has been answered.
    var console: Console?
    /// Since the session was opened, or the last request answered.
    package internal(set) var dropped = DroppedReplies()
    /// The same since the session began.
    var allDropped = DroppedReplies()
    /// Anything has come from the BMC since the session began, also what was dropped.
    var wasHeard = false
    /// How many datagrams were sent since the session began.
    var sentCount = 0
    /// How often replies to messages that had been sent again came late, up to `maximumLateness`.
    var lateness = 0
    /// How many requests of the caller were answered, and the last one's name.
    var answers = (count: 0, last: "")
    /// What the BMC has shown since the session began.
    var quirks: Set<BMCQuirk> = []
    /// How often the BMC was busy with the present request, or with other sessions.
    var pauses = 0

    /// Of the message now on its way.
    var tag: UInt8 = 0
    var requestSequence: UInt8 = 0
    var attempt = 0
    /// Since its first datagram.
    var waited = Duration.zero
    var timer = 0
    var wasUnreachable = false
    /// A status other than success that came without an identifier of the session.
    var heldError: RAKPStatus?

    /// - Parameter known: what has worked with this BMC and account before.
    /// - Throws: `IPMIError` `bmc.configuration` where the account cannot be used with IPMI.
    package init(
        endpoint: BMCEndpoint, credentials: BMCCredentials, configuration: IPMIConfiguration,
        known: SessionParameters? = nil, random: @escaping RandomSource
    ) throws(IPMIError) {
        user = Array(credentials.user.utf8)
        userKey = Secret(Array(credentials.password.reveal().utf8))
        bmcKey = credentials.bmcKey.map { Secret(BMCCredentials.keyBytes($0.reveal())) }
        guard user.count <= 16 else {
            throw IPMIError(
                .configuration, "BMC \(endpoint): the account has \(user.count) bytes, IPMI allows 16; shorten it")
        }
        let keys: [(String, Secret<[UInt8]>?)] = [("password", userKey), ("BMC key (K_G)", bmcKey)]
        for (name, key) in keys {
            guard let length = key?.reveal().count, length > KeyExchange.keyLength else { continue }
            throw IPMIError(
                .configuration,
                "BMC \(endpoint): the \(name) has \(length) bytes, IPMI allows \(KeyExchange.keyLength); shorten it")
        }
        guard
            let negotiation = Negotiation(
                suites: configuration.suites, least: configuration.privilege, known: known)
        else {
            throw IPMIError(
                .configuration, "BMC \(endpoint): no cipher suite is allowed by the configuration; allow one")
        }
        self.endpoint = endpoint
        self.configuration = configuration
        self.random = random
        self.negotiation = negotiation
    }

    /// The transition of the state machine.
    ///
    /// - Returns: what is to be done, in this order.
    package mutating func receive(_ event: Event) -> [Effect] {
        switch event {
        case .start:
            guard case .idle = phase else { return [] }
            return enter(.discovering)
        case .datagram(let bytes): return receive(datagram: bytes)
        case .timer(let number): return number == timer ? timeout() : []
        case .submit(let request):
            if case .ready = phase { return enter(.busy(request)) }
            pending.append(request)
            return []
        case .abandon(let identifier):
            pending.removeAll { $0.identifier == identifier }
            switch phase {
            case .busy(let request), .pausing(.request(let request)):
                return request.identifier == identifier ? next() : []
            default: return []
            }
        case .unreachable:
            wasUnreachable = true
            return []
        case .close: return close()
        case .write(let characters, let identifier): return write(characters, identifier)
        case .sendBreak(let identifier): return sendBreak(identifier)
        case .consoleTimer(let number): return consoleTimeout(number)
        case .closeConsole: return closeConsole()
        }
    }

    /// The next request that waits, if any.
    mutating func next() -> [Effect] {
        pauses = 0
        dropped = DroppedReplies()
        if let request = pending.first {
            pending = Array(pending.dropFirst())
            return enter(.busy(request))
        }
        phase = .ready
        timer += 1
        return [configuration.keepAlive.map { .setTimer(timer, $0) } ?? .cancelTimer]
    }

    private mutating func close() -> [Effect] {
        switch phase {
        case .raising, .ready, .busy, .pausing(.level), .pausing(.request): return enter(.closing)
        case .closing, .finished: return []
        case .idle, .discovering, .opening, .challenging, .proving, .pausing(.session): return finish(.closed)
        }
    }

    /// Goes to a phase whose message is now sent for the first time.
    mutating func enter(_ next: Phase) -> [Effect] {
        phase = next
        attempt = 0
        waited = .zero
        wasUnreachable = false
        heldError = nil
        requestSequence = (requestSequence + 1) & 0x3f
        return transmit()
    }

    mutating func finish(_ effect: Effect) -> [Effect] {
        phase = .finished
        pending = []
        console = nil
        timer += 1
        return [.cancelTimer, effect]
    }

    mutating func fail(
        _ kind: IPMIError.Kind, _ message: String, _ circumstance: IPMIError.Circumstance? = nil
    ) -> [Effect] {
        let dropped = dropped.isEmpty ? "" : "; \(dropped)"
        return finish(.failed(IPMIError(kind, "BMC \(endpoint) \(message)\(dropped)", circumstance)))
    }
}
