import Primitives
import Testing

@testable import BoatyardCLI

@Suite("What is said of the clock of a BMC")
struct BMCTextTests {
    @Test(
        "a clock that is off by what zones differ by may show local time",
        arguments: [
            (3600.0, true), (-18_000, true), (20_700, true), (900, true), (50_400, true), (-50_400, true),
            (7259, true), (7141, true), (7261, false), (0, false), (30, false), (450, false), (51_300, false),
            (-1.7e9, false), (.infinity, false), (.nan, false),
        ])
    func zone(ahead: Double, isZone: Bool) {
        #expect(Timestamp.isZone(secondsAhead: ahead) == isZone)
        let line = BMCText.clock(["node": "n1", "time": "2026-03-01T14:00:00Z", "seconds_ahead": .double(ahead)])
        #expect(line.hasSuffix("; it may show local time and not UTC") == isZone, "\(line)")
        let (seen, remedy) = BMCText.wrongClock(ahead)
        #expect(seen.contains("local time") == isZone && remedy.contains("time zone to UTC") == isZone)
    }

    @Test("a clock that is not set is no matter of the zone")
    func unset() {
        #expect(BMCText.wrongClock(nil).seen == "it is not set")
        #expect(BMCText.wrongClock(-18_000).seen == "it is 5 h 0 min behind, and may show local time and not UTC")
    }
}
