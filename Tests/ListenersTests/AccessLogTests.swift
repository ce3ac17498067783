import API
import HTTPTypes
import Logging
import Primitives
import Synchronization
import TestSupport
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
        log.record(APIRequest(method: .get, target: "/x", headers: headers), nil, response, length: 0, duration: .zero)
        return lines.last.withLock { $0 }
    }

    @Test("the marker of a client is in the line of its request")
    func marker() throws {
        let name = try #require(HTTPField.Name("X-Context-Marker"))
        #expect(line(.ok, cause: nil, headers: [name: "ticket-4711"])["context_marker"] == "ticket-4711")
        #expect(line(.ok, cause: nil, headers: [name: "no marker"])["context_marker"] == nil)
        #expect(line(.ok, cause: nil)["context_marker"] == nil)
    }

    private func record(
        _ log: AccessLog, _ method: HTTPRequest.Method, _ path: String, _ status: Int, count: Int = 1,
        peer: String = "192.0.2.1", listener: ListenerName = .node, route: String? = nil
    ) {
        for index in 0..<count {
            let request = APIRequest(method: method, target: path, listener: listener, peer: "\(peer):\(5000 + index)")
            let found = route.map { Route(method, $0, policy: .open, on: .node) { _ in APIResponse(.ok) } }
            log.record(request, found, APIResponse(.init(code: status)), length: 0, duration: .zero)
        }
    }

    private func infoLog() -> (AccessLog, RecordedLog) {
        let recorded = RecordedLog()
        var logger = recorded.logger
        logger.logLevel = .info
        return (AccessLog(logger: logger), recorded)
    }

    @Test("successful reads are a number in one line, by listener and kind of route")
    func reads() {
        let (log, recorded) = infoLog()
        record(log, .get, "/agent/v1/plan?wait=60", 204, count: 1000, route: "/agent/v1/plan")
        for machine in 0..<100 { record(log, .get, "/ipxe/52-54-\(machine)", 200, route: "/ipxe/{mac}") }
        record(log, .get, "/api/v1.0/actions", 200, count: 3, listener: .admin, route: "/api/v1.0/actions")
        record(log, .get, "/api/v1.0/health", 200, count: 9, listener: .api, route: "/api/v1.0/health")
        #expect(recorded.events.isEmpty)
        log.summarize()
        #expect(
            recorded.events.map(\.message) == [
                "reads since the last such line: 1000 node GET /agent/v1/plan, 100 node GET /ipxe/{mac}, "
                    + "3 admin GET /api/v1.0/actions"
            ])
        #expect(recorded.events.first?.metadata["reads"] == "1103")
        log.summarize()
        #expect(recorded.events.count == 1, "nothing to tell")
    }

    @Test("changes and failures are lines, and what one peer repeats becomes a number")
    func repeated() {
        let (log, recorded) = infoLog()
        record(log, .post, "/agent/v1/events", 200, count: 50, route: "/agent/v1/events")
        #expect(recorded.events.count == 50)
        record(log, .get, "/agent/v1/plan", 401, count: 6000, route: "/agent/v1/plan")
        record(log, .get, "/agent/v1/plan", 401, count: 2, peer: "192.0.2.2", route: "/agent/v1/plan")
        record(log, .get, "/agent/v1/plan", 503, count: 2, route: "/agent/v1/plan")
        #expect(recorded.events.count == 50 + 5 + 2 + 2)
        log.summarize()
        #expect(
            recorded.events.last?.message
                == "failures that were repeated and not logged one by one: 5995 node GET /agent/v1/plan 401 from 192.0.2.1"
        )
        let before = recorded.events.count
        record(log, .get, "/agent/v1/plan", 401, count: 6000, route: "/agent/v1/plan")
        #expect(recorded.events.count == before + 5, "each period has its first lines")
    }

    @Test("whoever varies what fails gets a bounded log, too")
    func varied() {
        let (log, recorded) = infoLog()
        for index in 0..<20_000 { record(log, .get, "/x\(index)", 404, peer: "10.0.\(index % 200).1") }
        #expect(recorded.events.count == 300)
        log.summarize()
        #expect(recorded.events.count == 301)
        #expect(recorded.events.last?.metadata["repeated"] == "19700")
        #expect((recorded.events.last?.message.utf8.count ?? 0) < 6000)
    }

    @Test("whatever clients of one listener do, server errors and what fails on the others are lines")
    func separateBudgets() {
        let (log, recorded) = infoLog()
        for index in 0..<5000 {
            record(log, .get, "/x\(index)", 404, peer: "10.\(index / 250).\(index % 250).1")
            record(log, .put, "/y\(index)", 200, peer: "10.\(index / 250).\(index % 250).1")
        }
        let before = recorded.events.count
        record(log, .get, "/api/v1.0/configdocs", 500, listener: .admin, route: "/api/v1.0/configdocs")
        record(log, .get, "/agent/v1/plan", 503, listener: .node, route: "/agent/v1/plan")
        record(log, .get, "/api/v1.0/actions/1", 404, listener: .api, route: "/api/v1.0/actions/{id}")
        record(log, .post, "/api/v1.0/actions", 201, listener: .api, route: "/api/v1.0/actions")
        #expect(
            recorded.events[before...].map { "\($0.level) \($0.message)" } == [
                "error GET /api/v1.0/configdocs 500", "error GET /agent/v1/plan 503",
                "info GET /api/v1.0/actions/1 404", "info POST /api/v1.0/actions 201",
            ])
    }

    @Test("server errors are told apart by route and status, whoever asks and by whatever path")
    func serverErrors() {
        let (log, recorded) = infoLog()
        for index in 0..<2000 {
            record(
                log, .get, "/api/v1.0/bootdata/n\(index)/files", 500, peer: "10.0.\(index % 250).1", route: "/b/{node}")
        }
        #expect(recorded.events.count == 20)
        record(log, .get, "/agent/v1/plan", 500, route: "/agent/v1/plan")
        record(log, .get, "/b/n1", 503, route: "/b/{node}")
        #expect(recorded.events.count == 22)
        log.summarize()
        #expect(recorded.events.last?.level == .error)
        #expect(
            recorded.events.last?.message
                == "server errors that were repeated and not logged one by one: 1980 node GET /b/{node} 500")
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
