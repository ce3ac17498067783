import IPMI
import Logging
import MessageCatalog
import Primitives

/// A driver that switches machines itself: what surrounds and follows an order is the same in whatever way it is given.
protocol PowerControlDriver: NodeDriver {
    var turns: BMCTurns { get }
    var timing: OutOfBandTiming { get }
    /// What is remembered of the BMC, or of the guest, and in which place.
    var memory: BMCMemory { get }
    var place: BMCMemory.Place { get }

    /// Runs what belongs to one order, without another order to the BMC in between.
    func order<Result: Sendable>(until deadline: Timestamp, _ body: () async throws -> Result) async throws -> Result

    /// Gives the order to switch. One that a machine refuses as it is there already is no error.
    func tell(_ state: PowerState, until deadline: Timestamp) async throws

    /// Takes out what the machine was booted from, once it boots from its disk or is off. By default there is nothing.
    ///
    /// - Returns: what is to be said of it, behind a blank.
    func ejectMedia(until deadline: Timestamp) async throws -> String
}

/// A driver of nodes with a BMC: what is the same in whatever way the BMC is talked to.
protocol BMCDriver: PowerControlDriver {
    var logger: Logger { get }
    /// Of the BMC, for the log.
    var address: String { get }
    var credentials: BMCCredentials { get }
    /// Whether an operator asks, who wants credentials to be tried that were refused before.
    var isForOperator: Bool { get }
}

/// Why a command to a BMC failed.
protocol BMCFailure: Error, CustomStringConvertible {
    /// Stable and documented: `bmc.timeout`.
    var code: String { get }
    /// What, where and remedy.
    var message: String { get }
    /// Whether the time of the caller was over; the message says then what was waited for.
    var missesDeadline: Bool { get }
    /// How long the BMC asks to be left alone.
    var retryAfter: Duration? { get }

    /// Whether the BMC refused the account, or its secret.
    var refusesAccount: Bool { get }

    /// How many attempts a command is worth that ends so, of as many as there are.
    func attempts(of all: Int) -> Int
}

extension PowerControlDriver {
    fileprivate var node: String { turns.node }

    func order<Result: Sendable>(
        until deadline: Timestamp, _ body: () async throws -> Result
    ) async throws -> Result {
        try await turns.turn(.order, until: deadline) { try await noting(body) }
    }

    /// Keeps why `body` fails where the BMC was talked to and did not do it, or not in time: no command tells that by itself.
    func noting<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let error as BoatyardError {
            let codes = ["oob.power", "oob.boot-device", "oob.identify", "oob.event-log", "oob.deadline"]
            if codes.contains(error.code) {
                memory.noteFailure(place.name, code: error.code, message: error.message, refused: nil)
            }
            throw error
        } catch let error as BMCTurns.NoTimeLeft {
            let late = turns.timeIsUp()
            memory.noteFailure(place.name, code: late.code, message: late.message, refused: nil)
            throw error
        }
    }

    func powerOff(until deadline: Timestamp) async throws -> OutOfBandOutcome {
        try await order(until: deadline) {
            try await turn(.off, until: deadline)
            return OutOfBandOutcome(message: "Node \(node) is off." + (try await ejectMedia(until: deadline)))
        }
    }

    func ejectMedia(until deadline: Timestamp) async throws -> String { "" }

    func powerOn(until deadline: Timestamp) async throws -> OutOfBandOutcome {
        try await order(until: deadline) {
            try await turn(.on, until: deadline)
            return OutOfBandOutcome(message: "Node \(node) is on.")
        }
    }

    func powerCycle(until deadline: Timestamp) async throws -> OutOfBandOutcome {
        try await order(until: deadline) {
            try await turn(.off, until: deadline)
            try await turn(.on, until: deadline)
            return OutOfBandOutcome(message: "Node \(node) was off and is on.")
        }
    }

    /// Switches, and polls until it is so.
    func turn(_ state: PowerState, until deadline: Timestamp) async throws {
        try await tell(state, until: deadline)
        let told = turns.now()
        var seen: [PowerState] = []
        let pauses = timing.powerPauses
        for poll in 0...pauses.count {
            let found = try await powerState(until: deadline)
            if found == state { return }
            if !seen.contains(found) { seen.append(found) }
            guard poll < pauses.count else { break }
            try await turns.pause(
                pauses[poll], until: deadline,
                awaiting: AwaitedReading(
                    seen: "node \(node) is not \(state.rawValue) but \(found.rawValue)", count: poll + 1,
                    remedy: "look at the machine"))
        }
        let seconds = Int(exactly: turns.now().seconds(since: told).rounded()) ?? 0
        let states = seen.map(\.rawValue).joined(separator: " or ")
        throw BoatyardError(
            "oob.power",
            "Node \(node) is not \(state.rawValue) \(seconds) s after \(turns.bmc) was told so: "
                + "asked \(pauses.count + 1) times, it reads \(states) each time; look at the machine")
    }
}

extension NodeDriver {
    /// Commands that only ask: what is logged of them is for whoever looks for a fault.
    static var reads: Set<String> { ["power status", "boot device", "firmware", "device id"] }
}

extension BMCDriver {
    /// Runs a command in the BMC's turn for a session; where it fails for a passing reason, again after a pause.
    ///
    /// - Parameters:
    ///   - name: for the log and for errors: `power status`.
    ///   - body: one attempt, which may throw `BMCTurns.NoTimeLeft`.
    func attempting<Result: Sendable>(
        _ name: String, until deadline: Timestamp, _ body: () async throws -> Result
    ) async throws -> Result {
        try requireAccepted(name)
        var metadata: Logger.Metadata = ["node": "\(node)", "bmc": "\(address)", "command": "\(name)"]
        var attempt = 1
        let start = turns.now()
        // How the last attempt before this one ended.
        var before: String?
        while true {
            metadata["attempt"] = "\(attempt)"
            var pause = timing.pauseBetweenAttempts
            let obstacle: String
            do {
                let patience = try turns.timeLeft(until: deadline)
                let result = try await turns.turn(.session, patience: patience) { try await noting(body) }
                memory.noteSuccess(place.name)
                logger.log(
                    level: Self.reads.contains(name) ? .debug : .info, .bmcCommandDone,
                    "\(node): the BMC has carried out '\(name)'", metadata: metadata)
                return result
            } catch let error as any BMCFailure {
                if error.missesDeadline {
                    memory.noteFailure(place.name, code: error.code, message: error.message, refused: nil)
                    throw timeIsUp(error, attempt, after: before)
                }
                let worth = error.attempts(of: timing.attempts)
                // A command of one attempt may have been refused before: that counts, too.
                let earlier = error.refusesAccount && memory.isDoubted(credentials, by: place.name) ? 1 : 0
                let count = attempt + earlier
                guard count < worth else {
                    // After other failures it may be worth fewer than there have been.
                    let all = count > worth ? max(timing.attempts, count) : worth
                    // A good account is refused now and then: one answer of that kind proves nothing where a second attempt is worth it.
                    let isProved = count >= error.attempts(of: max(2, timing.attempts))
                    memory.noteFailure(
                        place.name, code: error.code, message: error.message,
                        refused: error.refusesAccount && isProved ? credentials : nil)
                    if error.refusesAccount, !isProved { memory.doubt(credentials, by: place.name) }
                    let seconds = Int(exactly: turns.now().seconds(since: start).rounded()) ?? 0
                    // What the message tells is the time of the last one.
                    let whole = seconds > 0 && attempt > 1 ? ", \(seconds) s after the first one began" : ""
                    let attempts = count == 1 ? "" : " (attempt \(count) of \(all))\(whole)"
                    throw BoatyardError(
                        error.code, "Node \(node), \(name): \(error.message)\(attempts)",
                        kind: isProved && error.attempts(of: 3) < 3 ? .refused : .unreachable)
                }
                if let asked = error.retryAfter { pause = max(pause, asked) }
                obstacle = "\(words(of: error)) (attempt \(attempt) of \(timing.attempts))"
                before = obstacle
                logger.warning(
                    .bmcCommandRepeated,
                    "\(node): the BMC has not carried out '\(name)', another attempt follows",
                    metadata: metadata.merging(["error": "\(error.inWords)"]) { $1 })
            } catch is BMCTurns.NoTimeLeft {
                // What was seen before says more.
                throw before.map { turns.timeIsUp($0, remedy: .told) } ?? turns.timeIsUp()
            }
            try await noting { try await turns.pause(pause, until: deadline, obstacle: obstacle, remedy: .told) }
            attempt += 1
        }
    }

    /// - Parameters:
    ///   - attempt: which one it was.
    ///   - before: how the one before ended, with its remedy: that tells more than how this one was cut off.
    private func timeIsUp(_ error: any BMCFailure, _ attempt: Int, after before: String?) -> BoatyardError {
        turns.timeIsUp(before.map { "\($0); attempt \(attempt) was cut off" } ?? words(of: error), remedy: .told)
    }

    /// A message about the BMC, in words that follow its name and "as".
    private func words(of error: any BMCFailure) -> String {
        let name = turns.bmc + " "
        return error.message.hasPrefix(name) ? "it " + error.message.dropFirst(name.count) : error.message
    }

    /// - Throws: `bmc.authentication` where the BMC has refused these credentials before, with the reason as its cause: each
    ///   further try brings its lock-out nearer.
    private func requireAccepted(_ name: String) throws(BoatyardError) {
        guard !isForOperator, let refused = memory.refused(credentials, by: place.name) else { return }
        throw BoatyardError(
            "bmc.authentication",
            "Node \(node), \(name): \(turns.bmc) has refused this account with this secret at "
                + "\(refused.time.formatted(.isoSeconds)), and it is not tried again until they change in the node's oob section. "
                + "Once they are right on the BMC, 'boatyard bmc power status \(node)' lifts that", kind: .refused,
            cause: refused.reason.map { BoatyardError("bmc.authentication", $0, kind: .refused) })
    }
}
