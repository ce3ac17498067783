import API
import HTTPTypes
import Logging
import MessageCatalog
import Primitives

/// What the log tells of requests: changes and failures as lines, successful reads as numbers, once a minute.
///
/// A thousand machines that ask for their plans, and programs that look at the state, are nothing to look up later. A peer
/// that fails in the same way again and again gets a few lines, and then a number, too. Whatever clients of one listener do,
/// the lines of the others and those of server errors have bounds of their own.
final class AccessLog: Sendable {
    /// How many lines a listener gets in a period.
    private struct Budget: Sendable {
        let changes = RepeatedEvents(each: 600, all: 6000)
        let failures = RepeatedEvents(each: 5, all: 300)
        /// Answers of 500 and above, by route and status: no client can make kinds of its own.
        let errors = RepeatedEvents(each: 20, all: 1000)
    }

    private let logger: Logger
    private let reads = RepeatedEvents(each: 0, all: 0)
    private let admin = Budget()
    private let api = Budget()
    private let node = Budget()

    /// In seconds.
    private static let period = 60
    /// How many kinds a line names.
    private static let named = 20

    init(logger: Logger) { self.logger = logger }

    /// - Parameter route: nil where there is none for the path and method.
    func record(
        _ request: APIRequest, _ route: Route?, _ response: APIResponse, length: Int, duration: Duration
    ) {
        let code = response.status.code
        let level = self.level(of: request, route, code)
        guard level >= logger.logLevel else { return }
        var metadata: Logger.Metadata = [
            "request": "\(request.requestID)", "listener": "\(request.listener.rawValue)", "peer": "\(request.peer)",
            "status": "\(code)", "bytes": "\(length)", "milliseconds": "\(Self.milliseconds(duration))",
        ]
        if let marker = request.contextMarker { metadata["context_marker"] = "\(marker)" }
        if let caller = request.caller { metadata["user"] = "\(caller.name)" }
        if code >= 500, let cause = response.cause {
            metadata["error"] = "\(cause.inWords)"
            if let cause = cause as? any TypedError { metadata["code"] = "\(cause.code)" }
        }
        let entry: CatalogEntry = code >= 500 ? .serverError : code >= 400 ? .requestFailed : .request
        logger.log(level: level, entry, "\(request.method) \(request.path) \(code)", metadata: metadata)
    }

    /// Counts a request; `debug` where the count is all that the log gets.
    private func level(of request: APIRequest, _ route: Route?, _ code: Int) -> Logger.Level {
        if code < 400, [.get, .head, .options].contains(request.method) {
            // `docs/reference/shipyard.md` §2
            if request.path.hasSuffix("/health") { return .debug }
            let kind = "\(request.listener.rawValue) \(request.method) \(route?.path ?? "(any)")"
            return reads.take(kind) ? .info : .debug
        }
        // Never the path itself: whoever varies it would use up what the log tells apart.
        let kind = "\(request.listener.rawValue) \(route.map { "\(request.method) \($0.path)" } ?? "(unknown)") \(code)"
        let budget = budget(of: request.listener)
        if code >= 500 { return budget.errors.take(kind) ? .error : .debug }
        // An address without its port, a process with its user.
        let peer = request.peer.prefix(upTo: request.peer.lastIndex(of: ":") ?? request.peer.endIndex)
        return (code < 400 ? budget.changes : budget.failures).take("\(kind) from \(peer)") ? .info : .debug
    }

    private func budget(of listener: ListenerName) -> Budget {
        switch listener {
        case .admin: admin
        case .api: api
        case .node: node
        }
    }

    /// Tells once a minute what was only counted, until the task is cancelled, and then the rest.
    func run() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(Self.period))
            summarize()
        }
    }

    /// Tells what was only counted since the last time: in a line for reads, and one for each listener and kind of what was
    /// repeated.
    func summarize() {
        if let reads = reads.drain(limit: Self.named) {
            logger.info(
                .readsCounted, "reads since the last such line: \(reads.text)", metadata: ["reads": "\(reads.count)"])
        }
        for budget in ListenerName.allCases.map(budget(of:)) {
            summarize("server errors", budget.errors, at: .error)
            summarize("failures", budget.failures, at: .notice)
            summarize("changes", budget.changes, at: .notice)
        }
    }

    private func summarize(_ what: String, _ events: RepeatedEvents, at level: Logger.Level) {
        guard let rest = events.drain(limit: Self.named) else { return }
        logger.log(
            level: level, .requestsCounted, "\(what) that were repeated and not logged one by one: \(rest.text)",
            metadata: ["repeated": "\(rest.count)"])
    }

    private static func milliseconds(_ duration: Duration) -> Int64 {
        duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
    }
}
