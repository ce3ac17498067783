import Primitives
import Synchronization
import SystemSupport
import Testing

@Suite("The clock that work is timed by")
struct SteadyClockTests {
    private typealias Reading = SteadyClock.Reading

    /// A host whose clock and uptime a test moves; in seconds.
    private final class Host: Sendable {
        private let state = Mutex((wall: 1_000_000.0, uptime: 100.0, boot: "a"))

        func pass(_ seconds: Double) {
            state.withLock { state in
                state.wall += seconds
                state.uptime += seconds
            }
        }

        func set(by seconds: Double) { state.withLock { $0.wall += seconds } }

        func reboot(after seconds: Double) {
            state.withLock { $0 = (wall: $0.wall + seconds, uptime: 5, boot: $0.boot + "a") }
        }

        func read() -> Reading {
            state.withLock { state in
                Reading(
                    wall: Timestamp(microseconds: Int64(state.wall * 1_000_000)),
                    uptime: Int64(state.uptime * 1_000_000), boot: state.boot)
            }
        }
    }

    private static let years = 5 * 365 * 86400.0

    @Test("runs on, whichever way the host's clock is set", arguments: [-years, -3600, 3600, years])
    func set(by seconds: Double) {
        let host = Host()
        let clock = SteadyClock { host.read() }
        let start = clock.now()
        host.pass(10)
        host.set(by: seconds)
        host.pass(10)
        #expect(clock.now().seconds(since: start) == 20)
        #expect(clock.lead == -seconds)
        clock.settle()
        #expect(clock.now() == host.read().wall)
        #expect(clock.lead == 0)
    }

    @Test(
        "goes on after a restart of the daemon, whichever way the host's clock was set",
        arguments: [-years, 0, years])
    func restart(by seconds: Double) throws {
        let host = Host()
        let first = SteadyClock { host.read() }
        let start = first.now()
        host.pass(10)
        let record = try #require(SteadyClock.Record(bytes: first.record.bytes))
        #expect(record == first.record)
        host.set(by: seconds)
        host.pass(30)
        let second = SteadyClock { host.read() }
        second.resume(after: record)
        #expect(second.now().seconds(since: start) == 40)
        host.pass(1)
        #expect(second.now().seconds(since: start) == 41)
    }

    @Test(
        "after a start of the host the outage counts, as long as it can be one",
        arguments: [(600.0, 600.0), (86400.0, 86400.0), (-600.0, 0.0), (years, 0.0), (-years, 0.0)])
    func reboot(outage: Double, counted: Double) {
        let host = Host()
        let first = SteadyClock { host.read() }
        host.pass(10)
        let record = first.record
        host.reboot(after: outage)
        let second = SteadyClock { host.read() }
        second.resume(after: record)
        #expect(second.now().seconds(since: record.time) == counted)
    }

    @Test(
        "begins no earlier than a moment that the clock before has shown, and with the host's time where there is no record",
        arguments: [-3600.0, 3600])
    func earliest(seconds: Double) {
        let host = Host()
        let clock = SteadyClock { host.read() }
        let record = clock.record
        let shown = record.time.adding(seconds: seconds)
        for known in [record, nil] {
            clock.resume(after: known, notBefore: shown)
            #expect(clock.now() == max(shown, record.time))
            host.pass(1)
            #expect(clock.now() == max(shown, record.time).adding(seconds: 1))
            host.set(by: -1)
        }
    }

    @Test("what is no record is none")
    func records() {
        for text in ["", "{}", "[]", #"{"time": "x", "wall": 1, "uptime": 1, "boot": "a"}"#] {
            #expect(SteadyClock.Record(bytes: Array(text.utf8)) == nil)
        }
    }

    @Test("the host's own never goes back")
    func own() {
        let clock = SteadyClock()
        let first = clock.now()
        #expect(clock.now() >= first)
    }
}
