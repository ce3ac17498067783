import IPMI
import Primitives
import Simulator
import Synchronization
import TestSupport
import Testing

/// A client and a BMC joined by a wire that exists only in memory, with a clock that only this moves.
struct Wire {
    var session: ClientSession
    var engine: BMCEngine
    let chassis: SimulatedChassis
    var clock = Duration.zero
    var timer: (number: Int, deadline: Duration)?
    var consoleTimer: (number: Int, deadline: Duration)?
    let line = SerialLine()
    var effects: [ClientSession.Effect] = []
    /// Datagrams that the client has sent.
    var sent: [[UInt8]] = []
    var sentAt: [Duration] = []
    /// Lets pass what it is given, or something else, or nothing; the count of the datagrams so far beside it.
    var toBMC: (Int, [UInt8]) -> [[UInt8]] = { [$1] }
    var toClient: (Int, [UInt8]) -> [[UInt8]] = { [$1] }
    /// How long an answer is on its way, by its count: one that takes longer than a later one comes after it.
    var delay: (Int) -> Duration = { _ in .zero }
    private var answers = 0

    init(
        suites: [CipherSuite] = [.suite17, .suite3], bmc: BMCConfiguration = configuration(),
        credentials: BMCCredentials = administrator, faults: BMCFaults = BMCFaults(),
        retry: RetrySchedule = RetrySchedule(jitter: 0), privilege: PrivilegeLevel = .administrator,
        retryOnceHeard: RetrySchedule? = nil, keepAlive: Duration? = nil, known: SessionParameters? = nil,
        bmcKeySetting: String = "oob.kg"
    ) throws {
        chassis = SimulatedChassis()
        engine = BMCEngine(configuration: bmc, chassis: chassis, line: line, faults: faults, random: Self.source(7))
        session = try ClientSession(
            endpoint: BMCEndpoint(host: "10.0.0.11"), credentials: credentials,
            configuration: IPMIConfiguration(
                suites: suites, privilege: privilege, retry: retry, retryOnceHeard: retryOnceHeard,
                keepAlive: keepAlive, bmcKeySetting: bmcKeySetting),
            known: known, random: Self.source(11))
    }

    static func source(_ seed: UInt64) -> ClientSession.RandomSource {
        // Deterministic and without shared state: each call must differ, so it counts through a box.
        let box = RandomBox(seed)
        return { box.bytes($0) }
    }

    mutating func submit<Request: Command>(_ command: Request, identifier: Int = 1) {
        receive(.submit(.init(command, identifier: identifier)))
    }

    mutating func receive(_ event: ClientSession.Event) {
        for effect in session.receive(event) {
            effects.append(effect)
            switch effect {
            case .send(let bytes): send(bytes)
            case .setTimer(let number, let wait): timer = (number, clock + wait)
            case .cancelTimer: timer = nil
            case .setConsoleTimer(let number, let wait): consoleTimer = (number, clock + wait)
            case .cancelConsoleTimer: consoleTimer = nil
            case .failed, .closed, .opened, .response, .console: break
            }
        }
    }

    /// What is on its way to the client, in the order in which it comes.
    private var arrivals: [(due: Duration, bytes: [UInt8])] = []

    private mutating func send(_ bytes: [UInt8]) {
        sent.append(bytes)
        sentAt.append(clock)
        for bytes in toBMC(sent.count, bytes) {
            for answer in engine.receive(bytes, at: clock) { arrive(answer) }
            arriveFromConsole()
        }
    }

    private mutating func arrive(_ bytes: [UInt8]) {
        answers += 1
        let due = clock + delay(answers)
        let place = arrivals.firstIndex { $0.due > due } ?? arrivals.endIndex
        arrivals.insert(contentsOf: toClient(answers, bytes).map { (due, $0) }, at: place)
    }

    private mutating func arriveFromConsole() {
        for datagram in engine.takeConsoleDatagrams() { arrive(datagram.bytes) }
    }

    /// The machine writes to its serial line.
    mutating func machineWrites(_ bytes: [UInt8]) {
        engine.machineWrote(bytes, at: clock)
        arriveFromConsole()
    }

    /// All that the console has shown.
    var shown: [UInt8] {
        effects.flatMap { if case .console(.output(let bytes, _)) = $0 { bytes } else { [] as [UInt8] } }
    }

    var consoleEnd: IPMIError? {
        for case .console(.ended(let error)) in effects { return error }
        return nil
    }

    /// Delivers what is on the wire and lets timers run out until nothing is left to happen.
    mutating func run() {
        for _ in 0..<1000 where !step() { return }
        Issue.record("the session never comes to rest")
    }

    /// Delivers one datagram, or lets the timer run out.
    ///
    /// - Returns: false where there is neither.
    @discardableResult
    mutating func step() -> Bool {
        let deadlines = [timer?.deadline, consoleTimer?.deadline, engine.consoleDeadline].compactMap(\.self)
        let deadline = deadlines.min()
        if let first = arrivals.first, first.due <= max(clock, deadline ?? first.due) {
            clock = max(clock, first.due)
            receive(.datagram(arrivals.removeFirst().bytes))
            return true
        }
        guard let next = deadline else { return false }
        clock = max(clock, next)
        if let due = timer, due.deadline == next {
            timer = nil
            receive(.timer(due.number))
        } else if let due = consoleTimer, due.deadline == next {
            consoleTimer = nil
            receive(.consoleTimer(due.number))
        } else {
            engine.expire(at: clock)
            arriveFromConsole()
        }
        return true
    }

    var failure: IPMIError? {
        for case .failed(let error) in effects { return error }
        return nil
    }

    var openedSuite: CipherSuite? {
        for case .opened(let opened) in effects { return opened.suite }
        return nil
    }

    var responses: [CompletionCode] {
        effects.compactMap { if case .response(_, let code, _) = $0 { code } else { nil } }
    }
}

final class RandomBox: Sendable {
    private let generator: Mutex<SplitMix>

    init(_ seed: UInt64) { generator = Mutex(SplitMix(seed: seed)) }

    func bytes(_ count: Int) -> [UInt8] { generator.withLock { $0.bytes(count) } }
}

final class ReplyBox: Sendable {
    private let stored = Mutex<[[UInt8]]>([])

    var answers: [[UInt8]] { stored.withLock { $0 } }

    func add(_ bytes: [UInt8]) { stored.withLock { $0.append(bytes) } }
}
