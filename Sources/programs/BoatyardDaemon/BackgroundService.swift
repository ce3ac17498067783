import ServiceLifecycle

/// A service of ours among those of the process: it ends when the daemon stops, by cancellation.
struct BackgroundService: Service {
    private let body: @Sendable () async throws -> Void

    init(_ body: @escaping @Sendable () async throws -> Void) { self.body = body }

    func run() async throws {
        try await cancelWhenGracefulShutdown { try await body() }
    }
}
