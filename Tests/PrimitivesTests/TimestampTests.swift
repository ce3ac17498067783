import Primitives
import Testing

struct TimestampTests {
    @Test("a moment is written in each controller's style")
    func styles() throws {
        let moment = try #require(Timestamp("2026-11-21T20:45:48.262197Z"))
        #expect(moment.microseconds == 1_795_293_948_262_197)
        #expect(moment.formatted(.iso) == "2026-11-21T20:45:48.262197Z")
        #expect(moment.formatted(.isoSeconds) == "2026-11-21T20:45:48Z")
        #expect(moment.formatted(.isoNaive) == "2026-11-21T20:45:48.262197")
        #expect(moment.formatted(.naive) == "2026-11-21 20:45:48.262197")
        #expect(moment.formatted(.offset) == "2026-11-21 20:45:48.262197+00:00")
        let whole = try #require(Timestamp("2026-11-21 20:45:48"))
        #expect(whole.formatted(.offset) == "2026-11-21 20:45:48+00:00")
        #expect(whole.formatted(.iso) == "2026-11-21T20:45:48.000000Z")
    }

    @Test(
        "any zone is read as the same moment",
        arguments: [
            "2026-11-21T22:15:48+01:30", "2026-11-21T22:15:48+0130", "2026-11-21 20:45:48Z", "2026-11-21t20:45:48z",
            "2026-11-21T12:45:48-08", "2026-11-21T20:45:48.000", "2026-11-21T20:45:48.000000000",
        ])
    func zones(text: String) {
        #expect(Timestamp(text) == Timestamp(microseconds: 1_795_293_948_000_000))
    }

    @Test(
        "what is no moment is refused",
        arguments: [
            "", "2026", "2026-11", "2026-13-01", "2026-02-29", "2026-04-31", "2026-00-10", "2026-11-21T",
            "2026-11-21T24:00",
            "2026-11-21T20:60", "2026-11-21T20:45:61", "2026-11-21T20:45:48.", "2026-11-21T20:45:48.1234567890",
            "2026-11-21T20:45:48+1", "2026-11-21T20:45:48+01:", "2026-11-21T20:45:48+25:00", "2026-11-21T20:45:48Zx",
            "x026-11-21", "2026-11-21T20", " 2026-11-21", "２026-11-21",
        ])
    func refused(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test("every day of eight centuries is written and read as itself, one after the other")
    func calendar() throws {
        let day: Int64 = 86_400_000_000
        var last = ""
        for number in stride(from: Int64(-150_000), to: 150_000, by: 61) {
            let moment = Timestamp(microseconds: number * day + 1)
            let text = moment.formatted(.naive)
            #expect(text > last)
            #expect(Timestamp(text) == moment)
            last = text
        }
        #expect(Timestamp("2024-02-29") != nil && Timestamp("2000-02-29") != nil && Timestamp("1900-02-29") == nil)
        #expect(Timestamp("1970-01-01")?.microseconds == 0)
        #expect(Timestamp("1969-12-31T23:59:59.999999")?.microseconds == -1)
    }

    @Test("arithmetic stays within what can be held")
    func arithmetic() {
        let start = Timestamp(microseconds: 0)
        #expect(start.adding(seconds: 1.5).microseconds == 1_500_000)
        #expect(start.adding(seconds: -0.000001).microseconds == -1)
        #expect(start.adding(seconds: 1.5).seconds(since: start) == 1.5)
        #expect(start.adding(seconds: .infinity).microseconds == .max)
        #expect(Timestamp(microseconds: .max).adding(seconds: 1).microseconds == .max)
        #expect(Timestamp(microseconds: .min).adding(seconds: -1e300).microseconds == .min)
        #expect(start.adding(seconds: .nan) == start)
        #expect(Timestamp(microseconds: .max).seconds(since: Timestamp(microseconds: .min)) > 1.8e13)
        for extreme in [Int64.min, .max] { #expect(!Timestamp(microseconds: extreme).formatted(.iso).isEmpty) }
    }

    @Test("now is after the day this was written and not at a standstill")
    func now() {
        let first = Timestamp.now()
        #expect(first > Timestamp(microseconds: 1_700_000_000_000_000))
        while Timestamp.now() == first {}
        #expect(Timestamp.now() > first)
    }
}
