import NIOCore

/// Runs a connection's task on the thread that reads and writes it, so that parts of requests and answers change threads
/// no more often than they must.
///
/// Whatever waits for a file or works for long leaves it for `globalConcurrentExecutor`: other connections share the thread.
final class LoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}
