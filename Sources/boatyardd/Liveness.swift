import Logging
import ServiceLifecycle
import Store
import SystemSupport

/// Tells the service manager that we live, as long as the database answers.
struct Liveness: Service {
    let database: Database
    let logger: Logger

    func run() async throws {
        guard let interval = ServiceNotifier.watchdogInterval else {
            // Returning would end the daemon.
            try await gracefulShutdown()
            return
        }
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await probe()
                try? await Task.sleep(for: interval / 2)
            }
        }
    }

    /// Writer and readers take part; a full disk, which a restart does not cure, is not told as death.
    private func probe() async {
        do {
            _ = try await database.write { try $0.query("SELECT 1").count }
            _ = try await database.read { try $0.query("SELECT 1").count }
            ServiceNotifier.alive()
        } catch is CancellationError {
            return
        } catch {
            logger.error("the database does not answer", metadata: ["error": "\(error)"])
            if let code = (error as? StoreError)?.code, code == .full || code == .readOnly { ServiceNotifier.alive() }
        }
    }
}
