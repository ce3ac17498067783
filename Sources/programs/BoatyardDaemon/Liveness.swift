import ServiceLifecycle
import Store
import SystemSupport

/// Tells the service manager that we live: that tasks run, and that the database answers a reader, be it with an error.
///
/// A disk that is full or cannot be written gets no better by a restart; `health` tells of those.
struct Liveness: Service {
    let database: Database

    func run() async throws {
        guard let interval = ServiceNotifier.watchdogInterval else {
            // Returning would end the daemon.
            try await gracefulShutdown()
            return
        }
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                _ = try? await database.read { try $0.query("SELECT 1").count }
                ServiceNotifier.alive()
                try? await Task.sleep(for: interval / 2)
            }
        }
    }
}
