import API
import HTTPTypes
import Logging
import Primitives

/// One line for each request.
struct AccessLog: Sendable {
    let logger: Logger

    /// Health checks are told only when they fail (`docs/reference/shipyard.md` §2).
    func record(_ request: APIRequest, _ response: APIResponse, length: Int, duration: Duration) {
        let code = response.status.code
        if code < 400, request.path.hasSuffix("/health") { return }
        // Operators' programs look at the state again and again; that is nothing to look up later.
        let isGlance = request.listener == .admin && request.method == .get && code < 400
        let level: Logger.Level = code >= 500 ? .error : isGlance ? .debug : .info
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

    private static func milliseconds(_ duration: Duration) -> Int64 {
        duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
    }
}
