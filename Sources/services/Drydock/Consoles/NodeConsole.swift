import Logging
import MessageCatalog
import OutOfBand
import Primitives

/// Is told what a console has shown, and why there is none.
struct ConsoleListener: Sendable {
    var found: @Sendable (ConsoleFinding) async -> Void
    var troubled: @Sendable (ConsoleTrouble) async -> Void
}

/// The console of one node while somebody wants it: a task that watches its machine, or operators.
///
/// Nothing that a machine writes, no disk and no follower holds up whoever watches: what does not find room is left out. In
/// the files a line between brackets says so, and from when on the console was read: what was written before is lost.
actor NodeConsole {
    private let node: String
    private let context: ConsoleContext
    private let writer: ConsoleWriter

    private var listener: ConsoleListener?
    private var driver: (any OutOfBandDriver)?
    private var isCapturing = false
    private var operators = 0
    private var takesOver = false
    private var work: Task<Void, Never>?
    private var closing: Task<Void, Never>?

    private var console: (any MachineConsole)?
    private var trouble: ConsoleTrouble?
    private var wasOpen = false
    private var quickTries = NodeConsole.quickTries
    private var toldTroubles: Set<String> = []
    /// For the file, before what is read next.
    private var remark: [UInt8] = []
    private var openings: [CheckedContinuation<Void, Never>] = []

    private var mask = ConsoleMask([])
    /// Shows what the mask holds back, unless more comes.
    private var quiet: Task<Void, Never>?
    private var watch = ConsoleWatch()
    /// Tells the listener what was found.
    private var telling: Task<Void, Never>?
    /// The newest bytes, for whoever begins to follow.
    private var tail: [UInt8] = []
    private var followers: [Int: AsyncStream<[UInt8]>.Continuation] = [:]
    private var lastFollower = 0

    /// In bytes: with what a follower begins.
    static let tailSize = 64 << 10
    private static let pieceSize = 4 << 10
    private static let piecesForFollower = 256
    /// In seconds: for opening a console, during which its BMC is given no order, and before it is tried again.
    private static let openingTime = 20.0
    private static let pause = Duration.seconds(10)
    /// Before one is tried again that was open: its BMC has perhaps given it up as the machine was started anew.
    private static let shortPause = Duration.seconds(1)
    /// How often that is done in one boot: a BMC that ends its console again and again is not kept busy with it.
    private static let quickTries = 8
    /// How long a console is quiet before the echo of what an operator types is not held back any more.
    private static let quietTime = Duration.milliseconds(150)
    /// Of an operator.
    private static let patience = Duration.seconds(25)

    init(node: String, context: ConsoleContext) {
        self.node = node
        self.context = context
        writer = ConsoleWriter(node: node, context: context)
    }

    // A task that watches its machine.

    /// From now on `listener` is told what the console shows.
    func listen(_ listener: ConsoleListener) {
        self.listener = listener
        watch = ConsoleWatch()
        toldTroubles = []
    }

    /// Captures the console until `unlisten`. Does nothing where nobody listens.
    ///
    /// - Parameter isNewBoot: the machine is about to be started anew.
    func capture(_ driver: any OutOfBandDriver, isNewBoot: Bool) async {
        guard listener != nil else { return }
        if isNewBoot {
            tail = []
            watch.beginBoot()
        }
        isCapturing = true
        quickTries = Self.quickTries
        self.driver = driver
        await writer.start(isNewBoot: isNewBoot)
        if isCapturing { start() }
    }

    /// The task is over, and has been told everything; what it has seen can still be asked for (`summary`).
    func unlisten() async {
        await telling?.value
        listener = nil
        isCapturing = false
        stopUnlessWanted()
    }

    /// For the message of a failure; empty where nothing was seen.
    var summary: String { watch.summary }

    /// What it has shown of a boot that does not come further, and when the machine has written last; nil while it is not read.
    ///
    /// - Parameter since: nothing that it has shown earlier.
    func end(since: Timestamp) -> (finding: ConsoleFinding, written: Timestamp)? {
        guard console != nil, let end = watch.end, let written = watch.written, end.at >= since else { return nil }
        return (end.finding, written)
    }

    // Operators.

    /// Opens the console for an operator, until `leave`.
    ///
    /// - Throws: `ConsoleTrouble` where there is none to be had.
    func enter(_ driver: any OutOfBandDriver, takesOver: Bool) async throws {
        operators += 1
        if takesOver, console == nil {
            self.takesOver = true
            await stop()
        }
        self.driver = driver
        await writer.start(isNewBoot: false)
        start()
        if console == nil, trouble == nil {
            let patience = Task {
                try? await context.pause(Self.patience)
                wake()
            }
            await withCheckedContinuation { openings.append($0) }
            patience.cancel()
        }
        guard console == nil else { return }
        leave()
        throw trouble
            ?? ConsoleTrouble(
                "The console of \(node) was not open in \(Self.patience.components.seconds) s: its BMC is busy, or as many "
                    + "consoles as can be are open; ask again.", passes: true)
    }

    func leave() {
        operators -= 1
        if operators <= 0 { takesOver = false }
        stopUnlessWanted()
    }

    /// - Throws: `ConsoleTrouble` where it is not open, or the machine takes nothing.
    func type(_ characters: [UInt8]) async throws { try await open().write(characters) }

    /// - Throws: as `type`.
    func sendBreak() async throws { try await open().sendBreak() }

    static func notOpen(_ node: String) -> String {
        "The console of \(node) is not open: open it with 'boatyard console \(node) --interactive', or GET with open=true, and "
            + "type while that lasts."
    }

    private func open() throws -> any MachineConsole {
        guard let console else {
            throw trouble ?? ConsoleTrouble(Self.notOpen(node), passes: true)
        }
        return console
    }

    /// What the machine has written last, and what it writes from now on. A follower that takes nothing misses what is older
    /// than the newest 256 pieces, a mebibyte at most.
    func follow() -> (tail: ArraySlice<UInt8>, pieces: AsyncStream<[UInt8]>) {
        lastFollower += 1
        let number = lastFollower
        let (pieces, continuation) = AsyncStream<[UInt8]>.makeStream(
            bufferingPolicy: .bufferingNewest(Self.piecesForFollower))
        continuation.onTermination = { _ in Task { await self.unfollow(number) } }
        followers[number] = continuation
        return (tail.suffix(Self.tailSize), pieces)
    }

    private func unfollow(_ number: Int) { followers[number] = nil }

    // The console itself.

    private func start() {
        guard work == nil, let driver else { return }
        trouble = nil
        work = Task { await self.run(driver) }
    }

    private func stopUnlessWanted() {
        guard !isCapturing, operators <= 0 else { return }
        Task { await self.stopIfUnwanted() }
    }

    private func stopIfUnwanted() async {
        guard !isCapturing, operators <= 0 else { return }
        await stop()
        // Somebody has asked for it meanwhile.
        guard !isCapturing, operators <= 0 else { return start() }
        tail = []
    }

    /// Nobody wants it any more; returns once the BMC has it back, or does not answer.
    func end() async {
        isCapturing = false
        operators = 0
        await stop()
        await closing?.value
    }

    private func stop() async {
        let work = work
        work?.cancel()
        await work?.value
        if self.work == work { self.work = nil }
    }

    private func run(_ driver: any OutOfBandDriver) async {
        do {
            try await context.places.withTurn(at: node) { @Sendable in
                try? await self.keepOpen(driver)
                // The place is free once the BMC has this console back.
                await self.closing?.value
            }
        } catch {
            // Nobody wants it any more.
        }
        wake()
        // Whoever asks for it later begins anew.
        if !Task.isCancelled { work = nil }
    }

    /// Opens the console as often as it ends.
    ///
    /// - Throws: `CancellationError` once nobody wants it any more.
    private func keepOpen(_ driver: any OutOfBandDriver) async throws {
        while true {
            await closing?.value
            try Task.checkCancellation()
            wasOpen = false
            let trouble = await attempt(driver)
            try Task.checkCancellation()
            if let trouble { await tell(trouble) }
            guard trouble?.passes == true else { return }
            let isQuick = wasOpen && quickTries > 0
            if isQuick { quickTries -= 1 }
            try await context.pause(isQuick ? Self.shortPause : Self.pause)
        }
    }

    /// Reads the console until it ends.
    ///
    /// - Returns: why it has ended; nil where nobody wants it any more.
    private func attempt(_ driver: any OutOfBandDriver) async -> ConsoleTrouble? {
        var reason: ConsoleTrouble?
        do {
            let opened = try await driver.openConsole(
                takesOver: takesOver, until: context.now().adding(seconds: Self.openingTime))
            console = opened
            wasOpen = true
            watch.reopen()
            mask = ConsoleMask(driver.consoleSecrets)
            let unmasked = mask.leavesOut ? "; a secret of its BMC is too short to be masked" : ""
            remark = Array(
                "\r\n[the console is read from \(context.now().formatted(.isoSeconds)) on\(unmasked)]\r\n".utf8)
            trouble = nil
            wake()
            do {
                while let bytes = try await opened.read() { await take(bytes) }
            } catch {
                reason = error as? ConsoleTrouble
            }
            console = nil
            // It has to be given back also where this task is cancelled.
            closing = Task { await opened.close() }
            quiet?.cancel()
            await show(mask.finished())
            if let reason { await take(Array("\r\n[the console was lost: \(reason)]\r\n".utf8)) }
        } catch {
            reason =
                error as? ConsoleTrouble
                ?? (error is CancellationError ? nil : ConsoleTrouble(error.inWords, passes: false))
        }
        trouble = reason
        return reason
    }

    private func wake() {
        let waiting = openings
        openings = []
        for opening in waiting { opening.resume() }
    }

    private func tell(_ trouble: ConsoleTrouble) async {
        wake()
        guard toldTroubles.count < 16, toldTroubles.insert(trouble.message).inserted else { return }
        context.logger.notice(
            .consoleNotRead, "\(node): the console cannot be read: \(trouble)",
            metadata: ["node": "\(node)", "error": "\(trouble)"])
        await listener?.troubled(trouble)
    }

    private func take(_ bytes: [UInt8]) async {
        quiet?.cancel()
        let shown = mask.masked(bytes)
        if mask.hasBegun { quiet = Task { await self.showWhileQuiet() } }
        await show(shown)
    }

    private func showWhileQuiet() async {
        try? await context.pause(Self.quietTime)
        if !Task.isCancelled { await show(mask.shownWhileQuiet()) }
    }

    private func show(_ shown: [UInt8]) async {
        guard !shown.isEmpty else { return }
        tail += shown
        // Half of it at once: a machine writes a few bytes at a time.
        if tail.count > 2 * Self.tailSize { tail = Array(tail.suffix(Self.tailSize)) }
        for start in stride(from: 0, to: shown.count, by: Self.pieceSize) {
            let piece = Array(shown[start..<min(start + Self.pieceSize, shown.count)])
            for follower in followers.values { follower.yield(piece) }
        }
        if let listener { tell(watch.take(shown, at: context.now()), listener) }
        let beginning = remark
        remark = []
        await writer.append(beginning + shown)
    }

    private func tell(_ findings: [ConsoleFinding], _ listener: ConsoleListener) {
        guard !findings.isEmpty else { return }
        telling = Task { [telling] in
            await telling?.value
            for finding in findings { await listener.found(finding) }
        }
    }
}
