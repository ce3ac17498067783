import API
import HTTPTypes
import Logging
import Primitives
import Synchronization
import Testing

@testable import Listeners

@Suite("Lines of requests")
struct AccessLogTests {
    /// Keeps the metadata of the last line.
    private final class Lines: Sendable {
        let last = Mutex<Logger.Metadata>([:])
    }

    private struct Handler: LogHandler {
        let lines: Lines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { lines.last.withLock { $0 = event.metadata ?? [:] } }
    }

    private func line(
        _ status: HTTPResponse.Status, cause: (any Error)?, headers: HTTPFields = [:]
    ) -> Logger.Metadata {
        let lines = Lines()
        let log = AccessLog(logger: Logger(label: "test") { _ in Handler(lines: lines) })
        var response = APIResponse(status)
        response.cause = cause
        log.record(APIRequest(method: .get, target: "/x", headers: headers), response, length: 0, duration: .zero)
        return lines.last.withLock { $0 }
    }

    @Test("the marker of a client is in the line of its request")
    func marker() throws {
        let name = try #require(HTTPField.Name("X-Context-Marker"))
        #expect(line(.ok, cause: nil, headers: [name: "ticket-4711"])["context_marker"] == "ticket-4711")
        #expect(line(.ok, cause: nil, headers: [name: "no marker"])["context_marker"] == nil)
        #expect(line(.ok, cause: nil)["context_marker"] == nil)
    }

    @Test("a failure is told with its cause, and with the cause's code where it has one")
    func failures() {
        let typed = line(.internalServerError, cause: BoatyardError("drydock.sealed", "No key opens it"))
        #expect(typed["error"] == "No key opens it")
        #expect(typed["code"] == "drydock.sealed")
        let untyped = line(.internalServerError, cause: CancellationError())
        #expect(untyped["error"] != nil)
        #expect(untyped["code"] == nil)
        let refused = line(.notFound, cause: BoatyardError("x", "y"))
        #expect(refused["error"] == nil)
        #expect(refused["code"] == nil)
    }
}
