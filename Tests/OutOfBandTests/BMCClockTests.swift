import Primitives
import Testing

@testable import OutOfBand

@Suite("The clocks of BMCs")
struct BMCClockTests {
    private let noon = Timestamp(microseconds: 1_772_366_400_000_000)

    private func seconds(_ time: Timestamp) -> UInt32 { UInt32(time.microseconds / 1_000_000) }

    @Test("a clock is held against the middle of question and answer")
    func ahead() {
        let clock = BMCClock(
            seconds: seconds(noon.adding(seconds: 7201)), asked: noon, answered: noon.adding(seconds: 2))
        #expect(clock.value == ["time": "2026-03-01T14:00:01Z", "seconds_ahead": 7200.0])
        let behind = BMCClock(noon, asked: noon.adding(seconds: 10), answered: noon.adding(seconds: 10))
        #expect(behind.ahead == -10)
    }

    @Test("a clock that knows no time, or counts from the start of the BMC, is not set")
    func unset() {
        #expect(
            BMCClock(seconds: .max, asked: noon, answered: noon).value == ["time": .null, "seconds_ahead": .null])
        let counting = BMCClock(seconds: 0x1fff_ffff, asked: noon, answered: noon)
        #expect(counting.time == nil && counting.ahead != nil)
        #expect(BMCClock(seconds: 0x2000_0000, asked: noon, answered: noon).time != nil)
        #expect(BMCClock(nil, asked: noon, answered: noon) == BMCClock(seconds: .max, asked: noon, answered: noon))
    }
}
