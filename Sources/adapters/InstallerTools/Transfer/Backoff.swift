import Primitives

/// The pauses of somebody who tries again: up to twice as long each time, with full jitter, so that a thousand installers
/// do not come back in the same second.
package struct Backoff: Sendable {
    /// In seconds: what the first pause is at most.
    private let first: Double
    /// In seconds: what any pause is at most.
    private let longest: Double
    private var bound: Double

    package init(first: Double = 1, longest: Double = 30) {
        self.first = first
        self.longest = longest
        bound = first
    }

    /// The pause that is due, in seconds: between a quarter of the bound and the bound, and no less than was asked for.
    ///
    /// - Parameters:
    ///   - asked: the seconds of a `Retry-After`; 0 for none.
    ///   - fraction: a random number from 0 to 1.
    package mutating func take(asked: Double = 0, fraction: Double = .random(in: 0...1)) -> Double {
        defer { bound = min(bound * 2, longest) }
        return asked + bound * (0.25 + 0.75 * fraction)
    }

    /// It has worked: the next pause is the first again.
    package mutating func reset() { bound = first }

    /// - Throws: `CancellationError`.
    package mutating func rest(asked: Double = 0) async throws {
        let milliseconds = Int64(exactly: (take(asked: asked) * 1000).rounded()) ?? 60_000
        try await Task.sleep(for: .milliseconds(milliseconds))
    }
}
