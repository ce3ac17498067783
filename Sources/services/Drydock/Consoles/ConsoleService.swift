import Logging
import MessageCatalog
import OutOfBand
import Primitives
import SiteDesign
import Synchronization

/// What the consoles of all nodes share.
struct ConsoleContext: Sendable {
    let files: ConsoleFiles
    /// Whether what machines write is kept.
    let stores: Bool
    /// One for each console that is open.
    let places = KeyedSemaphore<String>(total: ConsoleService.places)
    let pause: @Sendable (Duration) async throws -> Void
    let logger: Logger
    let now: @Sendable () -> Timestamp
}

/// The consoles of machines: captured while a machine is at work, and opened for operators
/// (`docs/reference/drydock.md` §14.16).
final class ConsoleService: Sendable {
    let context: ConsoleContext
    private let nodes = Mutex<[String: NodeConsole]>([:])
    private let timeline: TimelineStore
    private let following = Mutex(0)

    /// How many consoles are open at a time, over all BMCs. Machines beyond that wait for a place while they are at work.
    static let places = 64
    /// How many requests follow consoles at a time.
    static let followers = 64

    /// - Parameter stores: whether consoles are captured and kept.
    init(
        files: ConsoleFiles, stores: Bool, timeline: TimelineStore, logger: Logger,
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        now: @escaping @Sendable () -> Timestamp
    ) {
        context = ConsoleContext(files: files, stores: stores, pause: pause, logger: logger, now: now)
        self.timeline = timeline
    }

    func console(of node: String) -> NodeConsole {
        nodes.withLock { nodes in
            if let console = nodes[node] { return console }
            let console = NodeConsole(node: node, context: context)
            nodes[node] = console
            return console
        }
    }

    /// The console that somebody watches or has watched; nil for any other.
    func known(_ node: String) -> NodeConsole? { nodes.withLock { $0[node] } }

    /// - Returns: false where as many follow as may.
    func beginFollowing() -> Bool {
        following.withLock { count in
            guard count < Self.followers else { return false }
            count += 1
            return true
        }
    }

    func endFollowing() { following.withLock { $0 -= 1 } }

    /// Watches the console of a machine while `body` is at work with it.
    ///
    /// - Parameters:
    ///   - driver: reads it from the beginning; nil where it is read from the first power cycle on.
    ///   - append: makes a message of the node's task.
    func watching<Result: Sendable>(
        _ node: String, by driver: (any OutOfBandDriver)?,
        append: @escaping @Sendable (_ text: String, _ isError: Bool) async -> Void,
        _ body: () async throws -> Result
    ) async throws -> Result {
        guard context.stores else { return try await body() }
        let console = console(of: node)
        await console.listen(listener(node, append))
        if let driver, driver.hasConsole { await console.capture(driver, isNewBoot: false) }
        do {
            let result = try await body()
            await console.unlisten()
            return result
        } catch {
            await console.unlisten()
            throw error
        }
    }

    /// The machine of a node is about to be started anew.
    func startsAnew(_ node: String, _ driver: any OutOfBandDriver) async {
        if driver.hasConsole { await known(node)?.capture(driver, isNewBoot: true) }
    }

    /// Work begins with the machine of a node that runs already; nothing where it is not watched.
    func goesOn(_ node: String, _ driver: any OutOfBandDriver) async {
        if driver.hasConsole { await known(node)?.capture(driver, isNewBoot: false) }
    }

    /// Gives all consoles back, as far as that goes quickly: a BMC that does not answer forgets its own after a minute.
    func end() async {
        let consoles = nodes.withLock { Array($0.values) }
        let pause = context.pause
        // Whoever calls this is cancelled already.
        await Task {
            let (ends, end) = AsyncStream<Void>.makeStream()
            let closing = Task {
                await withDiscardingTaskGroup { group in
                    for console in consoles { group.addTask { await console.end() } }
                }
                end.finish()
            }
            let timer = Task {
                try? await pause(Self.patience)
                end.finish()
            }
            for await _ in ends {}
            timer.cancel()
            closing.cancel()
        }.value
    }

    /// Of the daemon that ends.
    private static let patience = Duration.seconds(3)

    /// For the message of a failure: `Its console shows last: "…".`; empty where nothing was seen.
    func lastWords(of node: String) async -> String {
        guard let summary = await known(node)?.summary, !summary.isEmpty else { return "" }
        return "\(summary.prefix(1).uppercased())\(LogRedactor.redact(String(summary.dropFirst())))."
    }

    /// A message of a failure with what the console has shown last, unless it has that already.
    func withLastWords(of node: String, _ message: String) async -> String {
        // As where the system that was installed does not come up.
        let isTold = message.contains(ConsoleWatch.opening.dropFirst()) || message.contains(Self.standstillOpening)
        guard !isTold else { return message }
        let words = await lastWords(of: node)
        return words.isEmpty ? message : "\(message) \(words)"
    }

    private static let standstillOpening = "its console says that "

    /// Why a system that was just installed does not come up, without a full stop; nil while that is not known.
    ///
    /// A person at its console may still help it: only silence counts.
    ///
    /// - Parameters:
    ///   - since: nothing that the console has shown earlier.
    ///   - silence: seconds without a byte.
    func standstill(of node: String, since: Timestamp, silence: Double) async -> String? {
        guard let (finding, written) = await known(node)?.end(since: since),
            context.now().seconds(since: written) >= silence
        else { return nil }
        return
            "\(Self.standstillOpening)\(finding.kind.meaning): \"\(LogRedactor.redact(finding.line))\", and nothing more for "
            + "\(Int(silence)) s"
    }

    private func listener(
        _ node: String, _ append: @escaping @Sendable (_ text: String, _ isError: Bool) async -> Void
    ) -> ConsoleListener {
        ConsoleListener(
            found: { finding in
                await append(
                    "The console of \(node) says that \(finding.kind.meaning): \"\(finding.line)\"",
                    finding.kind == .kernelPanic)
            },
            troubled: { [timeline, context] trouble in
                do {
                    try await timeline.record(
                        .console, trouble.passes ? "lost" : "none",
                        "its console is not read: \(trouble.message)", node: node)
                } catch {
                    context.logger.warning(
                        .consoleNotInTimeline,
                        "\(node): what the console is at could not be written into the timeline",
                        metadata: ["node": "\(node)", "error": "\(error.inWords)"])
                }
            })
    }
}
