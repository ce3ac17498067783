/// Requests that last: streams, and those that are held back.
extension APIRequest {
    /// Runs `body` for as long as its caller is let in.
    ///
    /// - Parameter rules: what the caller has to satisfy all the time besides the route's own rule.
    /// - Throws: what `body` throws, and `RequestError` once the caller is not let in any more.
    func whileLetIn<T: Sendable>(
        by rules: [String] = [], _ body: @escaping @Sendable () async throws -> T
    ) async throws -> T {
        guard let watch else { return try await body() }
        return try await withThrowingTaskGroup(of: T.self) { group in
            group.addTask { try await body() }
            group.addTask { try await watch(rules) }
            defer { group.cancelAll() }
            guard let result = try await group.next() else { throw CancellationError() }
            return result
        }
    }

    /// Runs `body` for as long as the client is there and let in: nil once it has gone.
    private func whileThere<T: Sendable>(_ body: @escaping @Sendable () async throws -> T) async throws -> T? {
        guard let departure else { return try await whileLetIn(body) }
        return try await withThrowingTaskGroup(of: T?.self) { group in
            group.addTask { try await whileLetIn(body) }
            group.addTask {
                await departure()
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    /// Holds the request back while `body` waits.
    ///
    /// - Parameters:
    ///   - held: where there is room for it or not.
    ///   - asker: whose places it takes one of.
    /// - Returns: nil where there is no room, and once the client has gone.
    /// - Throws: what `body` throws, and `RequestError` once the caller is not let in any more.
    func hold<T: Sendable>(
        in held: HeldRequests, for asker: String = "", _ body: @escaping @Sendable () async throws -> T
    ) async throws -> T? {
        try await held.hold(for: asker) { isHeld in isHeld ? try await whileThere(body) : nil }
    }

    /// Waits where the client asks for it with `wait`.
    ///
    /// - Parameter end: returns after so many seconds at the latest.
    /// - Throws: as `hold` does, and `RequestError` for a `wait` that cannot be read.
    func wait(in held: HeldRequests, _ end: @escaping @Sendable (_ seconds: Double) async throws -> Void) async throws {
        guard let seconds = try query[ShipyardQuery.wait] else { return }
        _ = try await hold(in: held) { try await end(seconds) }
    }
}
