import API
import Glibc
import HTTPTypes
import Logging
import NIOCore
import NIOPosix
import Primitives
import ServiceLifecycle
import Synchronization
import Testing

@testable import Listeners

/// Counts and waits for things that happen in handlers.
final class Events: Sendable {
    private struct State {
        var names: [String] = []
        var waiters: [UUIDv4: (name: String, continuation: CheckedContinuation<Void, Never>)] = [:]
    }

    private let state = Mutex(State())

    var names: [String] { state.withLock { $0.names } }

    func record(_ name: String) {
        let woken = state.withLock { state in
            state.names.append(name)
            let woken = state.waiters.filter { $0.value.name == name }
            for id in woken.keys { state.waiters[id] = nil }
            return woken.values.map(\.continuation)
        }
        for waiter in woken { waiter.resume() }
    }

    /// Returns at cancellation, too: a test that has failed does not hang.
    func wait(for name: String) async {
        let id = UUIDv4()
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.names.contains(name) || Task.isCancelled { return true }
                    state.waiters[id] = (name, continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume()
        }
    }
}

struct TestController: Controller {
    let name = "test"
    var routes: [Route]

    func response(to error: any Error, for request: APIRequest) -> APIResponse {
        guard let requestError = error as? RequestError else {
            return .text("broken: \(error)", status: .internalServerError)
        }
        return .text("test: \(requestError.message)", status: requestError.status)
    }

    func decorate(_ response: inout APIResponse, for request: APIRequest) {
        response.set("X-Test-Req", request.requestID.description)
    }
}

/// Listeners in this process, for the time of one test.
enum TestServer {
    static func routes(_ events: Events, file: String = "/nonexistent") -> [Route] {
        [
            Route(.get, "/hello/{name}", policy: .open, on: .clients) { .text("hello \($0.parameter("name"))") },
            Route(.get, "/whoami", policy: .rule("test:who"), on: .clients) { request in
                .text("\(request.caller?.name ?? "nobody") \(request.peer)")
            },
            Route(.post, "/length", policy: .open, on: .clients, bodyLimit: Route.documents) { request in
                events.record("length")
                return .text("\(request.body.count)")
            },
            Route(.post, "/closed", policy: .rule("test:write"), on: .clients, bodyLimit: 1 << 20) { _ in
                .text("open")
            },
            Route(.get, "/slow", policy: .open, on: .clients) { _ in
                events.record("slow")
                await events.wait(for: "go")
                return .text("done")
            },
            Route(.get, "/stuck", policy: .open, on: .clients) { _ in
                events.record("stuck")
                try await Task.sleep(for: .seconds(3600))
                return .text("never")
            },
            Route(.get, "/file", policy: .open, on: .clients) { _ in .file(file, contentType: "application/x-gzip") },
            Route(.delete, "/nothing", policy: .open, on: .clients) { _ in APIResponse(.noContent) },
        ]
    }

    static let silent: Logger = {
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        return logger
    }()

    /// - Parameter body: gets the address of the first listener, and what triggers graceful shutdown.
    static func run<T: Sendable>(
        limits: ConnectionLimits = ConnectionLimits(), source: ListenSource = .tcp(host: "127.0.0.1", port: 0),
        callers: CallerSource = .nobody, tls: TLSFiles? = nil, events: Events = Events(), name: ListenerName = .admin,
        file: String = "/nonexistent",
        more: [Route] = [], log: Logger? = nil, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        _ body: @escaping @Sendable (String, @escaping @Sendable () async -> Void) async throws -> T
    ) async throws -> T {
        let table = try RouteTable(controllers: [TestController(routes: routes(events, file: file) + more)])
        var configuration = ListenerConfiguration(name: name, source: source, callers: callers, tls: tls)
        configuration.limits = limits
        let logger = log ?? Self.silent
        let listeners = try await HTTPListeners.bind([configuration], logger: logger, group: group)
        let address = try #require(listeners.addresses.first?.text)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [listeners.service(table)], logger: logger))
        return try await withThrowingTaskGroup(of: T?.self) { tasks in
            tasks.addTask {
                try await group.run()
                return nil
            }
            tasks.addTask {
                let result = try await body(address) { await group.triggerGracefulShutdown() }
                await group.triggerGracefulShutdown()
                return result
            }
            var result: T?
            while let next = try await tasks.next() { result = next ?? result }
            return try #require(result)
        }
    }
}
