import Primitives
import Synchronization

/// Who may talk to a BMC: one session at a time, and within all sessions one order at a time.
///
/// Many BMCs have but four sessions, and some mix up two that are opened at once. An order, which changes the machine,
/// keeps other orders out from its first command to its last. Its session is in use only during its commands, so that a
/// look at the power passes between them (`OrderSessions`).
struct BMCQueue: Sendable {
    fileprivate let orders = KeyedSemaphore<String>()
    fileprivate let sessions: KeyedSemaphore<String>
    fileprivate let holders = Holders()
    fileprivate let maximumSessions: Int

    /// - Parameter maximumSessions: over all BMCs.
    init(maximumSessions: Int) {
        self.maximumSessions = max(1, maximumSessions)
        sessions = KeyedSemaphore(total: self.maximumSessions)
    }

    /// Who has the turns at BMCs, for those who wait for one in vain.
    fileprivate final class Holders: Sendable {
        struct Key: Hashable {
            var turn: BMCTurns.Turn
            var bmc: String
        }

        private let words = Mutex<[Key: String]>([:])

        subscript(key: Key) -> String? {
            get { words.withLock { $0[key] } }
            set { words.withLock { $0[key] = newValue } }
        }
    }
}

/// On whose behalf BMCs are asked and told what they are.
package enum BMCRequester {
    /// `task 2f… (deploy_nodes)`; nil where nobody has said. Messages to whoever waits for the same BMC name it.
    @TaskLocal package static var words: String?
}

/// What a BMC or its machine is read for again and again.
package struct AwaitedReading: Sendable {
    /// What is awaited and was read last, in words that follow "as": `node n1 is still on`.
    var seen: String
    /// How often it was read so.
    var count: Int
    /// Where it never becomes otherwise, without a full stop: `look at the machine`.
    var remedy: String

    var obstacle: String { "\(seen) (\(count) \(count == 1 ? "reading" : "readings"))" }
}

/// The turns of one driver at its BMC, and its pauses. All of them end at a command's deadline.
struct BMCTurns: Sendable {
    let node: String
    /// How messages call the BMC; also the key of its queue.
    let bmc: String
    let remedy: String
    let queue: BMCQueue
    let sleep: OutOfBand.Pause
    let now: @Sendable () -> Timestamp

    /// What an error says is to be done.
    enum Remedy: Sendable {
        /// What the driver says of every BMC of its kind.
        case ofDriver
        /// The obstacle says it already.
        case told
        /// Without a full stop.
        case other(String)
    }

    /// There was no time for a request, of which nothing else is known. `BMCDriver.attempting` makes it an `oob.deadline`.
    struct NoTimeLeft: Error, CustomStringConvertible {
        var description: String { "no time was left for a further request" }
    }

    enum Turn {
        /// While no other order is given to the BMC.
        case order
        /// While there is no other session with the BMC.
        case session
    }

    /// Waits for its turn at the BMC, and runs `body` in it.
    func turn<Result: Sendable>(
        _ turn: Turn, until deadline: Timestamp, _ body: () async throws -> Result
    ) async throws -> Result {
        try await self.turn(turn, patience: left(until: deadline), body)
    }

    /// The same for as long as `patience`.
    func turn<Result: Sendable>(
        _ turn: Turn, patience: Duration, _ body: () async throws -> Result
    ) async throws -> Result {
        let semaphore = turn == .order ? queue.orders : queue.sessions
        let key = BMCQueue.Holders.Key(turn: turn, bmc: bmc)
        do {
            return try await semaphore.withTurn(at: bmc, patience: patience) {
                let requester = BMCRequester.words.map { "\($0) for node \(node)" } ?? "a request for node \(node)"
                queue.holders[key] = "\(requester), since \(now().formatted(.isoSeconds))"
                defer { queue.holders[key] = nil }
                return try await body()
            }
        } catch is KeyedSemaphore<String>.WaitError {
            throw timeIsUp(busy(turn, queue.holders[key]), remedy: .other("wait until that has ended, then try again"))
        }
    }

    /// - Parameter holder: nil where nobody has the BMC's turn.
    private func busy(_ turn: Turn, _ holder: String?) -> String {
        switch turn {
        case .order: "another order to it had not ended" + (holder.map { ": that of \($0)" } ?? "")
        case .session:
            holder.map { "its session was not free: \($0) has it" }
                ?? "as many BMCs were asked as may be at once (\(queue.maximumSessions))"
        }
    }

    /// Waits for `duration`, or for what is left of the time.
    ///
    /// - Parameters:
    ///   - obstacle: what it waits for, in words that follow "as".
    ///   - remedy: in the place of the driver's.
    /// - Throws: `oob.deadline` where that was not enough.
    func pause(
        _ duration: Duration, until deadline: Timestamp, obstacle: String? = nil, remedy: Remedy = .ofDriver
    ) async throws {
        let left = try left(until: deadline, obstacle: obstacle, remedy: remedy)
        try await sleep(min(duration, left))
        guard duration < left else { throw timeIsUp(obstacle, remedy: remedy) }
    }

    /// The same between two readings.
    func pause(_ duration: Duration, until deadline: Timestamp, awaiting reading: AwaitedReading) async throws {
        try await pause(duration, until: deadline, obstacle: reading.obstacle, remedy: .other(reading.remedy))
    }

    /// - Throws: `oob.deadline` where nothing is left.
    func left(
        until deadline: Timestamp, obstacle: String? = nil, remedy: Remedy = .ofDriver
    ) throws(BoatyardError) -> Duration {
        do { return try timeLeft(until: deadline) } catch { throw timeIsUp(obstacle, remedy: remedy) }
    }

    /// For one attempt of several: whoever makes them tells more than that there was no time for another one.
    func timeLeft(until deadline: Timestamp) throws(NoTimeLeft) -> Duration {
        let seconds = deadline.seconds(since: now())
        guard seconds > 0 else { throw NoTimeLeft() }
        // A day is for ever here, and no number is too large for a timer.
        return .seconds(min(seconds, 86400))
    }

    /// - Parameters:
    ///   - obstacle: what it waited for.
    ///   - remedy: in the place of the driver's.
    func timeIsUp(_ obstacle: String? = nil, remedy: Remedy = .ofDriver) -> BoatyardError {
        let advice: String? =
            switch remedy {
            case .ofDriver: self.remedy
            case .told: nil
            case .other(let advice): advice
            }
        return BoatyardError(
            "oob.deadline",
            "Node \(node): \(bmc) did not do what it was told in time\(obstacle.map { ", as \($0)" } ?? "")"
                + (advice.map { "; \($0)" } ?? ""))
    }
}
