/// Lets so many in at once; the others wait in order, and only so many of them.
actor Gate {
    private let limit: Int
    private let queueLimit: Int
    private var inside = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(limit: Int, queueLimit: Int) {
        self.limit = limit
        self.queueLimit = queueLimit
    }

    /// - Returns: nil, without having run `body`, where the queue is full.
    func pass<T: Sendable>(_ body: @Sendable () async throws -> T) async rethrows -> T? {
        if inside < limit {
            inside += 1
        } else {
            guard waiting.count < queueLimit else { return nil }
            // Whoever leaves hands over the place.
            await withCheckedContinuation { waiting.append($0) }
        }
        defer { leave() }
        return try await body()
    }

    private func leave() {
        if waiting.isEmpty { inside -= 1 } else { waiting.removeFirst().resume() }
    }
}
