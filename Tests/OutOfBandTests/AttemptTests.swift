import IPMI
import Primitives
import SiteDesign
import Synchronization
import TestSupport
import Testing

@testable import OutOfBand

@Suite("Attempts at a command to a BMC")
struct AttemptTests {
    @Test(
        "an error tells of how many attempts it is the last one: of those that failures of its kind are worth, or of all",
        arguments: [
            (["passing", "passing", "passing"], "passing (attempt 3 of 3)"),
            (["passing", "refused"], "refused (attempt 2 of 2)"), (["refused", "refused"], "refused (attempt 2 of 2)"),
            (["passing", "lasting"], "lasting (attempt 2 of 3)"), (["lasting"], "lasting"),
            (["passing", "passing", "refused"], "refused (attempt 3 of 3)"),
        ])
    func attempts(failures: [String], told: String) async throws {
        let driver = FailingDriver()
        let left = Mutex(failures)
        let error = await #expect(throws: BoatyardError.self) {
            _ = try await driver.attempting("power status", until: later) { () -> Int in
                throw left.withLock { left in FailingDriver.Failure(message: left.removeFirst()) }
            }
        }
        #expect(error?.message == "Node n1, power status: \(told)")
        #expect(error?.kind == (failures.last == "passing" ? .unreachable : .refused))
        #expect(left.withLock { $0.isEmpty })
    }

    @Test("where the time is over before the next attempt, the error tells why the last one failed")
    func outOfTime() async throws {
        let driver = FailingDriver()
        let error = await #expect(throws: BoatyardError.self) {
            _ = try await driver.attempting("power status", until: .now().adding(seconds: 30)) { () -> Int in
                throw FailingDriver.Failure(message: "busy")
            }
        }
        #expect(error?.code == "oob.deadline")
        #expect(error?.message.hasSuffix("in time, as busy (attempt 1 of 3)") == true, "\(error?.message ?? "")")
        #expect(driver.memory.record(driver.place.name)?.failure?.code == "oob.deadline")
    }

    @Test("an attempt for which no time is left tells what the one before has met, or that the time was over")
    func noTimeLeft() async throws {
        let bare = "Node n1: BMC 192.0.2.1 did not do what it was told in time"
        for (failures, told) in [
            (["passing"], "\(bare), as passing (attempt 1 of 3)"),
            (["passing", "passing"], "\(bare), as passing (attempt 2 of 3)"), ([], "\(bare); look"),
        ] {
            let driver = FailingDriver()
            let left = Mutex(failures)
            let error = await #expect(throws: BoatyardError.self) {
                _ = try await driver.attempting("power status", until: later) { () -> Duration in
                    let failure = left.withLock { $0.popLast() }
                    if let failure { throw FailingDriver.Failure(message: failure) }
                    return try driver.turns.timeLeft(until: .now().adding(seconds: -1))
                }
            }
            #expect(error?.code == "oob.deadline" && error?.message == told)
            #expect(driver.memory.record(driver.place.name)?.failure?.code == "oob.deadline")
        }
    }

    @Test("that another command had no time left is no word about this one")
    func timeOfAnother() async throws {
        let driver = FailingDriver()
        let left = Mutex(["passing"])
        let error = await #expect(throws: BoatyardError.self) {
            _ = try await driver.attempting("power status", until: later) { () -> Duration in
                let failure = left.withLock { $0.popLast() }
                if let failure { throw FailingDriver.Failure(message: failure) }
                return try driver.turns.left(until: .now().adding(seconds: -1))
            }
        }
        #expect(error?.message == "Node n1: BMC 192.0.2.1 did not do what it was told in time; look")
    }

    @Test("an attempt that the deadline cuts off tells what the one before has met, and one remedy")
    func cutOff() async throws {
        for (failures, told) in [
            (["passing", "late"], "as passing (attempt 1 of 3); attempt 2 was cut off"),
            (["BMC 192.0.2.1 is late; look at it"], "as it is late; look at it"),
        ] {
            let driver = FailingDriver()
            let left = Mutex(failures)
            let error = await #expect(throws: BoatyardError.self) {
                _ = try await driver.attempting("power status", until: later) { () -> Int in
                    throw left.withLock { left in FailingDriver.Failure(message: left.removeFirst()) }
                }
            }
            #expect(error?.message == "Node n1: BMC 192.0.2.1 did not do what it was told in time, \(told)")
        }
    }
}

/// A driver whose commands fail as a test wants.
private struct FailingDriver: BMCDriver {
    struct Failure: BMCFailure {
        var message: String
        var code: String { "bmc.test" }
        var description: String { message }
        var missesDeadline: Bool { message.contains("late") }
        var retryAfter: Duration? { message == "busy" ? .seconds(60) : nil }
        var refusesAccount: Bool { false }

        func attempts(of all: Int) -> Int {
            switch message {
            case "passing", "busy": all
            case "refused": min(2, all)
            default: 1
            }
        }
    }

    static let type = "failing"
    let turns: BMCTurns
    let timing = OutOfBandTiming(
        attempts: 3, pauseBetweenAttempts: .zero, polls: 1, pauseBetweenPolls: .zero, manualPause: nil)
    let logger = RecordedLog().logger
    let address = "192.0.2.1"
    let memory = BMCMemory()
    let place = BMCMemory.Place(.ipmi, "192.0.2.1:623", address: "192.0.2.1")
    let credentials = BMCCredentials(user: "operator", password: Secret("secret"))
    let isForOperator = false

    init() {
        turns = BMCTurns(
            node: "n1", bmc: "BMC 192.0.2.1", remedy: "look", queue: BMCQueue(maximumSessions: 1), sleep: { _ in },
            now: { .now() })
    }

    init(_ node: BaremetalNode, _ context: DriverContext) { self.init() }

    func tell(_ state: PowerState, until deadline: Timestamp) {}

    func powerState(until deadline: Timestamp) -> PowerState { .unknown }

    func setNextBoot(
        from source: BootSource, _ mode: BootMode, until deadline: Timestamp
    ) -> OutOfBandOutcome { OutOfBandOutcome(message: "") }
}
