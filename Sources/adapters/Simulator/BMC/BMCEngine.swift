import IPMI
import Primitives

/// The managed system's end of RMCP+: a datagram comes in, the answers to it go out.
///
/// Bytes that are no packet, or that prove nothing, are dropped without an answer and without a trace but a counter.
/// Memory is bounded by `BMCConfiguration.sessionLimit` and the event log's capacity.
package struct BMCEngine: Sendable {
    /// Accounts, cipher suites and what the BMC reports.
    package let configuration: BMCConfiguration
    /// What it does wrong.
    package var faults: BMCFaults {
        didSet { if faults.seed != oldValue.seed { losses = SeededGenerator(seed: faults.seed) } }
    }
    package internal(set) var statistics = BMCStatistics()

    let chassis: any ChassisModel
    let random: ClientSession.RandomSource
    /// Open or being opened.
    var sessions: [UInt32: BMCSession] = [:]
    var log = SystemEventLog()
    var logReservation: UInt16 = 0
    /// Boot options other than the flags, as they were last set.
    var bootOptions: [UInt8: [UInt8]] = [
        BootOption.setInProgress: [0], BootOption.servicePartition: [0], BootOption.validBitClearing: [0],
        BootOption.acknowledge: [0, 0],
    ]
    var wasSwitchedOnByCommand = false
    var identifyUntil = Duration.zero
    /// The machine's serial line; nil where nothing is on it.
    let line: SerialLine?
    /// The UDP port that it is reached at.
    package var port: UInt16 = 623
    var console: BMCConsole?
    var consoleDatagrams: [ConsoleDatagram] = []
    /// The session that the last datagram belonged to, and proved to.
    package internal(set) var provedSession: UInt32?
    /// The time of the datagram now being answered, since the engine began.
    var now = Duration.zero
    /// Until when it starts anew; nil where it does not.
    private var awayUntil: Duration?
    private var hasRebooted = false
    private var losses: SeededGenerator

    package init(
        configuration: BMCConfiguration, chassis: any ChassisModel, line: SerialLine? = nil,
        faults: BMCFaults = BMCFaults(), random: @escaping ClientSession.RandomSource
    ) {
        self.configuration = configuration
        self.chassis = chassis
        self.line = line
        self.faults = faults
        self.random = random
        losses = SeededGenerator(seed: faults.seed)
    }

    /// - Parameter time: since the engine began; never goes back.
    package mutating func receive(_ bytes: [UInt8], at time: Duration) -> [[UInt8]] {
        statistics.datagrams += 1
        provedSession = nil
        guard !isLost() else { return [] }
        now = max(now, time)
        if let awayUntil {
            guard now >= awayUntil else { return [] }
            self.awayUntil = nil
        }
        forgetIdleSessions()
        guard let datagram = try? Datagram(decoding: bytes), let answer = answer(datagram) else { return [] }
        // It has begun to start anew.
        if awayUntil != nil { sessions = [:] }
        forgetConsole()
        return isLost() ? [] : [answer]
    }

    /// Whether there is such a session, open or being opened.
    package func holds(_ session: UInt32) -> Bool { sessions[session] != nil }

    /// Whether a datagram is lost by a fault.
    mutating func isLost() -> Bool {
        faults.silent || losses.happens(withProbability: faults.dropProbability)
    }

    /// Once, where that is ordered: the command that it is at is answered.
    mutating func reboot() {
        guard faults.rebootTime > .zero, !hasRebooted else { return }
        hasRebooted = true
        awayUntil = now + faults.rebootTime
    }

    private mutating func answer(_ datagram: Datagram) -> [UInt8]? {
        switch datagram {
        case .presence(.ping(let tag)):
            return Datagram.presence(.pong(tag: tag, supportsIPMI: true)).encoded
        case .presence: return nil
        case .sessionless(let message):
            return answerSessionless(message).map { Datagram.sessionless($0).encoded }
        case .session(let packet): return answer(packet)
        }
    }

    private mutating func answer(_ packet: SessionPacket) -> [UInt8]? {
        if packet.payloadType == .sol {
            answer(console: packet)
            return nil
        }
        if packet.isAuthenticated || packet.isEncrypted { return answerInSession(packet) }
        guard packet.sessionID == 0 else { return nil }
        let answer: (PayloadType, [UInt8])?
        switch packet.payloadType {
        case .openSessionRequest: answer = openSession(packet.payload).map { (.openSessionResponse, $0) }
        case .rakp1: answer = challenge(packet.payload).map { (.rakp2, $0) }
        case .rakp3: answer = confirm(packet.payload).map { (.rakp4, $0) }
        case .ipmi:
            answer = (try? LANMessage(decoding: packet.payload)).flatMap { answerSessionless($0) }
                .map { (.ipmi, $0.encoded) }
        case .sol, .openSessionResponse, .rakp2, .rakp4: answer = nil
        }
        return answer.map { Datagram.session(SessionPacket($0, payload: $1)).encoded }
    }

    /// The few commands that are answered before anybody has proved anything (IPMI v2.0 appendix G, privilege b).
    private mutating func answerSessionless(_ message: LANMessage) -> LANMessage? {
        guard message.isRequest, message.destination == LANMessage.bmcAddress,
            message.networkFunction == NetworkFunction.application,
            [GetChannelAuthenticationCapabilities.code, GetChannelCipherSuites.code, GetSystemGUID.code]
                .contains(message.command)
        else { return nil }
        return respond(to: message, privilege: .callback)
    }
}

/// SplitMix64: the same seed gives the same numbers, so that a rehearsal with losses can be repeated.
struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    mutating func happens(withProbability probability: Double) -> Bool {
        probability > 0 && Double.random(in: 0..<1, using: &self) < probability
    }
}
