import API
import HTTPTypes
import Logging
import Primitives

/// What the log tells of requests: changes and failures as lines, successful reads as numbers, once a minute.
///
/// A thousand machines that ask for their plans, and programs that look at the state, are nothing to look up later. A peer
/// that fails in the same way again and again gets a few lines, and then a number, too.
final class AccessLog: Sendable {
    private let logger: Logger
    private let reads = RepeatedEvents(each: 0, all: 0)
    private let failures = RepeatedEvents(each: 5, all: 300)
    private let changes = RepeatedEvents(each: 600, all: 6000)

    /// In seconds.
    private static let period = 60
    /// How many kinds a line names.
    private static let named = 20

    init(logger: Logger) { self.logger = logger }

    /// - Parameter route: nil where the request was answered before it found one.
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
            metadata["error"] = "\(cause)"
            if let cause = cause as? any TypedError { metadata["code"] = "\(cause.code)" }
        }
        logger.log(level: level, "\(request.method) \(request.path) \(code)", metadata: metadata)
    }

    /// Counts a request; `debug` where the count is all that the log gets.
    private func level(of request: APIRequest, _ route: Route?, _ code: Int) -> Logger.Level {
        let place = "\(request.listener.rawValue) \(request.method)"
        if code < 400, [.get, .head, .options].contains(request.method) {
            // `docs/reference/shipyard.md` §2
            if request.path.hasSuffix("/health") { return .debug }
            return reads.take("\(place) \(route?.path ?? "(any)")") ? .info : .debug
        }
        // An address without its port, a process with its user.
        let peer = request.peer.prefix(upTo: request.peer.lastIndex(of: ":") ?? request.peer.endIndex)
        let kind = "\(place) \(request.path.prefix(200)) \(code) from \(peer)"
        guard (code < 400 ? changes : failures).take(kind) else { return .debug }
        return code >= 500 ? .error : .info
    }

    /// Tells once a minute what was only counted, until the task is cancelled, and then the rest.
    func run() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(Self.period))
            summarize()
        }
    }

    /// Tells what was only counted since the last time, in a line for reads and one for what was repeated.
    func summarize() {
        if let reads = reads.drain(limit: Self.named) {
            logger.info("reads since the last such line: \(reads.text)", metadata: ["reads": "\(reads.count)"])
        }
        for (what, events) in [("failures", failures), ("changes", changes)] {
            guard let rest = events.drain(limit: Self.named) else { continue }
            logger.notice(
                "\(what) that were repeated and not logged one by one: \(rest.text)",
                metadata: ["repeated": "\(rest.count)"])
        }
    }

    private static func milliseconds(_ duration: Duration) -> Int64 {
        duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
    }
}
