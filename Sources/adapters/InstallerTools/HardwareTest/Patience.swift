/// Waits for what may never end: a thread that waits for a dead disk cannot be ended.
enum Patience {
    /// What `body` gives within `seconds`, of which more than a day are a day.
    ///
    /// - Returns: nil where it has not ended by then, or where the caller is cancelled. It is cancelled, and left to itself.
    static func outcome<T: Sendable>(
        within seconds: Double, of body: @escaping @Sendable () async -> T
    ) async -> T? {
        let (outcomes, continuation) = AsyncStream.makeStream(of: T?.self, bufferingPolicy: .bufferingOldest(1))
        let work = Task {
            continuation.yield(await body())
            continuation.finish()
        }
        let clock = Task {
            try? await Task.sleep(for: .seconds(min(max(seconds, 0), 86_400)))
            continuation.yield(nil)
            continuation.finish()
        }
        defer {
            work.cancel()
            clock.cancel()
        }
        for await outcome in outcomes { return outcome }
        return nil
    }
}
