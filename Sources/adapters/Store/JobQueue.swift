import Glibc

/// Jobs on their way to a thread, in order.
///
/// Safe to share, hence `@unchecked`: `waiting` and `isClosed` are touched only while `mutex` is held, and the pointers
/// to `mutex` and `arrival` never change. `Synchronization.Mutex` has no condition to wait for without spinning.
final class JobQueue<Job: Sendable>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let arrival = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var waiting: [Job] = []
    private var isClosed = false

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(arrival, nil)
    }

    deinit {
        pthread_cond_destroy(arrival)
        pthread_mutex_destroy(mutex)
        arrival.deallocate()
        mutex.deallocate()
    }

    /// - Returns: false where the queue has been closed.
    func put(_ job: Job) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if isClosed { return false }
        waiting.append(job)
        pthread_cond_signal(arrival)
        return true
    }

    /// What was put before is still handed out.
    func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_cond_broadcast(arrival)
        pthread_mutex_unlock(mutex)
    }

    /// Waits for at least one job and takes at most `limit`.
    ///
    /// - Parameter patience: seconds; after them an empty array is returned.
    /// - Returns: nil where the queue is closed and empty.
    func take(atMost limit: Int = .max, patience: Int? = nil) -> [Job]? {
        var deadline = timespec()
        if let patience {
            clock_gettime(CLOCK_REALTIME, &deadline)
            deadline.tv_sec += patience
        }
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while waiting.isEmpty {
            if isClosed { return nil }
            if patience == nil {
                pthread_cond_wait(arrival, mutex)
            } else if pthread_cond_timedwait(arrival, mutex, &deadline) == ETIMEDOUT, waiting.isEmpty {
                return isClosed ? nil : []
            }
        }
        let taken = Array(waiting.prefix(limit))
        waiting.removeFirst(taken.count)
        return taken
    }
}
