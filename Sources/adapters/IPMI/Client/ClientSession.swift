import Primitives

/// One session with one BMC, as the remote console holds it (IPMI v2.0 §13.14): what comes in is an event, what shall
/// happen is an effect. No clock, no socket, no randomness of its own.
///
/// ```
/// idle ─start→ discovering ─capabilities→ opening ─session→ challenging ─RAKP 2→ proving ─RAKP 4→ raising
///                                            ↑ │ next suite                                          │ privilege
///                                            └─┘                       closing ←close─ ready ⇄ busy ←┘
/// ```
/// Any phase ends in `finished` by a failure, `closing` also by the BMC's answer or its silence.
package struct ClientSession: Sendable {
    /// A command to be sent.
    package struct Request: Sendable, Hashable {
        /// Tells the response's request to the caller.
        package var identifier: Int
        /// For logs and errors.
        package var name: String
        /// Gets its sequence number when it is sent.
        package var message: LANMessage

        package init<Kind: Command>(_ command: Kind, identifier: Int) {
            self.identifier = identifier
            name = Kind.name
            message = .request(command, sequence: 0)
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
    }

    /// What the session wants done.
    package enum Effect: Sendable, Hashable {
        case send([UInt8])
        /// Replaces every earlier timer.
        case setTimer(Int, Duration)
        case cancelTimer
        case opened(CipherSuite)
        case response(identifier: Int, CompletionCode, [UInt8])
        /// The session is over; every request without a response fails with this.
        case failed(IPMIError)
        /// The session is over as asked.
        case closed
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
        case closing
        case finished
    }

    /// Randomness, asked for by the number of bytes.
    package typealias RandomSource = @Sendable (Int) -> [UInt8]

    let endpoint: BMCEndpoint
    let configuration: IPMIConfiguration
    let random: RandomSource
    let user: [UInt8]
    let userKey: Secret<[UInt8]>
    let bmcKey: Secret<[UInt8]>?

    var phase = Phase.idle
    var remainingSuites: ArraySlice<CipherSuite>
    var consoleID: UInt32 = 0
    var channel: SecureChannel?
    var pending: [Request] = []

    /// Of the message now on its way.
    var tag: UInt8 = 0
    var requestSequence: UInt8 = 0
    var attempt = 0
    var timer = 0
    var wasUnreachable = false

    /// - Throws: `IPMIError` `bmc.configuration` where the account cannot be used with IPMI.
    package init(
        endpoint: BMCEndpoint, credentials: BMCCredentials, configuration: IPMIConfiguration,
        random: @escaping RandomSource
    ) throws(IPMIError) {
        user = Array(credentials.user.utf8)
        userKey = Secret(Array(credentials.password.reveal().utf8))
        bmcKey = credentials.bmcKey.map { Secret(Array($0.reveal().utf8)) }
        guard user.count <= 16 else {
            throw IPMIError(
                .configuration, "BMC \(endpoint): the account has \(user.count) bytes, IPMI allows 16; shorten it")
        }
        guard userKey.reveal().count <= KeyExchange.keyLength, bmcKey?.reveal().count ?? 0 <= KeyExchange.keyLength
        else {
            throw IPMIError(
                .configuration, "BMC \(endpoint): the password or BMC key is longer than the 20 bytes of IPMI")
        }
        guard !configuration.suites.isEmpty else {
            throw IPMIError(.configuration, "BMC \(endpoint): no cipher suite is allowed by the configuration")
        }
        self.endpoint = endpoint
        self.configuration = configuration
        self.random = random
        remainingSuites = configuration.suites[...]
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
            if case .busy(let request) = phase, request.identifier == identifier { return next() }
            return []
        case .unreachable:
            wasUnreachable = true
            return []
        case .close: return close()
        }
    }

    /// The next request that waits, if any.
    mutating func next() -> [Effect] {
        guard pending.isEmpty else { return enter(.busy(pending.removeFirst())) }
        phase = .ready
        timer += 1
        return [.cancelTimer]
    }

    private mutating func close() -> [Effect] {
        switch phase {
        case .raising, .ready, .busy: return enter(.closing)
        case .closing, .finished: return []
        case .idle, .discovering, .opening, .challenging, .proving: return finish(.closed)
        }
    }

    /// Goes to a phase whose message is now sent for the first time.
    mutating func enter(_ next: Phase) -> [Effect] {
        phase = next
        attempt = 0
        wasUnreachable = false
        requestSequence = (requestSequence + 1) & 0x3f
        return transmit()
    }

    mutating func finish(_ effect: Effect) -> [Effect] {
        phase = .finished
        pending = []
        timer += 1
        return [.cancelTimer, effect]
    }

    mutating func fail(_ kind: IPMIError.Kind, _ message: String) -> [Effect] {
        finish(.failed(IPMIError(kind, "BMC \(endpoint) \(message)")))
    }
}
