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

    private func probe() async {
        let problems = await database.problems()
        for problem in problems { logger.error("the database does not answer", metadata: ["error": "\(problem)"]) }
        if problems.isEmpty { ServiceNotifier.alive() }
    }
}

extension Database {
    /// What keeps the daemon from its work; writer and readers take part.
    func problems() async -> [String] {
        do {
            _ = try await write { try $0.query("SELECT 1").count }
            _ = try await read { try $0.query("SELECT 1").count }
            return []
        } catch {
            return ["\(error)"]
        }
    }
}
