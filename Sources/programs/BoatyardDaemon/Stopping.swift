import Glibc
import Logging
import MessageCatalog
import NIOCore
import NIOPosix
import ServiceLifecycle
import SystemSupport

/// Says that the daemon stops, and sees to it that it does.
struct Stopping: Service {
    let life: DaemonLife
    let logger: Logger
    /// Whether the process ends with it.
    let endsProcess: Bool

    func run() async throws {
        try await gracefulShutdown()
        logger.notice(.stopping, "stopping")
        ServiceNotifier.stopping(status: "finishing running requests")
        if endsProcess { endLater() }
        await life.stop()
    }

    /// Everything durable is in the database, and whatever still runs goes on at the next start.
    private func endLater() {
        let logger = logger
        MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: .milliseconds(9500)) {
            logger.error(.stopOverdue, "some part did not stop in time; leaving without it")
            _exit(1)
        }
    }
}
