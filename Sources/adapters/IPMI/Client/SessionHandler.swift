import Glibc
import NIOCore

/// Performs a `ClientSession`'s effects on a UDP channel: its timers, its datagrams, its callers' promises.
///
/// Lives on its channel's event loop, as every handler does.
final class SessionHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias Response = (CompletionCode, [UInt8])

    private let eventLoop: any EventLoop
    private var session: ClientSession
    private var channel: (any Channel)?
    private var timer: Scheduled<Void>?
    private var consoleTimer: Scheduled<Void>?
    private var console: ConsoleMailbox?
    private let opened: EventLoopPromise<SessionParameters>
    private let closed: EventLoopPromise<Void>
    private let noteObservation: @Sendable (SessionObservation) -> Void
    /// When the datagram that is now unanswered was sent.
    private var sent: NIODeadline?
    private var latency: Duration?
    private(set) var parameters: SessionParameters?
    private var responses: [Int: EventLoopPromise<Response>] = [:]
    private var lastIdentifier = 0
    private var end: (any Error)?

    /// Gives the session another socket; set by whoever gave it the first one.
    var reconnect: (() -> Void)?

    init(
        session: ClientSession, eventLoop: any EventLoop, opened: EventLoopPromise<SessionParameters>,
        closed: EventLoopPromise<Void>, note: @escaping @Sendable (SessionObservation) -> Void
    ) {
        self.session = session
        self.eventLoop = eventLoop
        self.opened = opened
        self.closed = closed
        noteObservation = note
    }

    func handlerAdded(context: ChannelHandlerContext) { channel = context.channel }

    func channelActive(context: ChannelHandlerContext) { receive(.start) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        receive(.datagram(Array(unwrapInboundIn(data).data.readableBytesView)))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { note(error) }

    /// A connected UDP socket reports the peer's ICMP answers as errors; the session's own timer decides.
    private func note(_ error: any Error) {
        if let error = error as? IOError, error.errnoCode == ECONNREFUSED { receive(.unreachable) }
    }

    /// NIO closes a datagram channel whose error a write has already been told of. The session outlives it: the
    /// peer's host said that nothing listens there, which passes where a BMC restarts.
    func channelInactive(context: ChannelHandlerContext) {
        guard end == nil else { return }
        channel = nil
        receive(.unreachable)
        reconnect?()
    }

    var isOpen: Bool { end == nil && parameters != nil }

    private var closedError: IPMIError {
        IPMIError(.transport, "the session with BMC \(session.endpoint) is closed")
    }

    func submit(_ request: ClientSession.Request, _ promise: EventLoopPromise<Response>) -> Int {
        if let end {
            promise.fail(end)
            return 0
        }
        lastIdentifier += 1
        responses[lastIdentifier] = promise
        var request = request
        request.identifier = lastIdentifier
        receive(.submit(request))
        return lastIdentifier
    }

    func abandon(_ identifier: Int) {
        responses.removeValue(forKey: identifier)?.fail(CancellationError())
        receive(.abandon(identifier))
    }

    func close() { receive(.close) }

    /// Ends as the time that was given is over.
    func endInTime() { finish(session.outOfTime) }

    /// Ends at once, without a word to the BMC.
    func abort(_ error: any Error) { finish(error) }

    func readConsole(_ promise: EventLoopPromise<ConsoleOutput?>) {
        if console == nil { promise.fail(end ?? closedError) } else { console?.read(promise) }
    }

    func abandonConsoleRead(_ promise: EventLoopPromise<ConsoleOutput?>) { console?.abandonRead(promise) }

    func writeConsole(_ promise: EventLoopPromise<Void>, _ event: (Int) -> ClientSession.Event) {
        guard console != nil else { return promise.fail(end ?? closedError) }
        if let identifier = console?.write(promise) { receive(event(identifier)) }
    }

    /// - Returns: whether the BMC has to be told.
    func closeConsole() -> Bool {
        let wasOpen = end == nil && session.console != nil
        receive(.closeConsole)
        console?.finish(nil)
        return wasOpen
    }

    /// Whether it is this session that the BMC calls so.
    func isSession(_ identifier: UInt32) -> Bool {
        identifier == session.channel?.peerID || identifier == session.consoleID
    }

    private func receive(_ event: ClientSession.Event) {
        guard end == nil else { return }
        for effect in session.receive(event) {
            switch effect {
            case .send(let bytes):
                sent = .now()
                // A write that fails is a datagram lost, which the timer notices.
                channel?.writeAndFlush(ByteBuffer(bytes: bytes)).assumeIsolated().whenFailure { self.note($0) }
            case .setTimer(let number, let wait):
                timer?.cancel()
                timer = eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(wait)) { self.receive(.timer(number)) }
            case .cancelTimer:
                timer?.cancel()
                timer = nil
            case .opened(let parameters):
                // Again where a command needed another level.
                self.parameters = parameters
                noteObservation(SessionObservation(parameters: parameters))
                opened.succeed(parameters)
            case .response(let identifier, let completion, let data):
                noteLatency()
                responses.removeValue(forKey: identifier)?.succeed((completion, data))
            case .failed(let error): finish(error)
            case .closed: finish(closedError)
            case .setConsoleTimer(let number, let wait):
                consoleTimer?.cancel()
                consoleTimer = eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(wait)) {
                    self.receive(.consoleTimer(number))
                }
            case .cancelConsoleTimer:
                consoleTimer?.cancel()
                consoleTimer = nil
            case .console(let change): take(change)
            }
        }
    }

    /// A datagram that was sent again counts from its last time on: what is told is no longer than the truth.
    private func noteLatency() {
        guard let sent else { return }
        let taken = Duration.nanoseconds((NIODeadline.now() - sent).nanoseconds)
        latency = latency.map { $0 + (taken - $0) / 8 } ?? taken
        self.sent = nil
    }

    /// What the session has shown of its BMC. Where none came about, its oddities may have been losses.
    private func observation(_ error: any Error) -> SessionObservation {
        var observation = SessionObservation(parameters: parameters)
        if parameters != nil { observation.quirks = session.quirks }
        observation.dropped = session.allDropped.byReason
        observation.latency = latency
        if let error = error as? IPMIError, error != closedError { observation.error = error }
        return observation
    }

    private func take(_ change: ClientSession.ConsoleChange) {
        switch change {
        case .opened:
            console?.finish(nil)
            console = ConsoleMailbox()
        case .output(let bytes, let isIncomplete): console?.take(bytes, isIncomplete: isIncomplete)
        case .written(let identifier): console?.written(identifier)
        case .refused(let identifier):
            console?.refused(
                identifier,
                IPMIError(
                    .console(.notTaken),
                    "BMC \(session.endpoint) takes nothing for its machine, which may be off; what was typed is dropped"
                ))
        case .ended(let error): console?.finish(error)
        }
    }

    private func finish(_ error: any Error) {
        guard end == nil else { return }
        end = error
        noteObservation(observation(error))
        timer?.cancel()
        consoleTimer?.cancel()
        console?.finish(error)
        opened.fail(error)
        for promise in responses.values { promise.fail(error) }
        responses = [:]
        closed.succeed()
        reconnect = nil
        channel?.close(promise: nil)
        channel = nil
    }
}
