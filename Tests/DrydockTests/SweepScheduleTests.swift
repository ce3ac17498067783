import Testing

@testable import Drydock

@Suite("When the power of nodes is looked at")
struct SweepScheduleTests {
    private static func schedule(_ random: Double = 0.5) -> SweepSchedule { SweepSchedule(shortest: 60) { random } }

    @Test("new nodes are spread over the first interval, and those that are gone are left")
    func following() {
        var schedule = Self.schedule(0.25)
        schedule.follow(["n1", "n2"], at: 100)
        #expect(schedule.next == 115)
        #expect(schedule.due(at: 114, limit: 9).isEmpty)
        #expect(schedule.due(at: 115, limit: 9) == ["n1", "n2"])
        #expect(schedule.due(at: 115, limit: 1) == ["n1"])
        schedule.follow(["n2"], at: 116)
        #expect(schedule.due(at: 999, limit: 9) == ["n2"])
        schedule.follow([], at: 117)
        #expect(schedule.next == nil && schedule.count == 0)
    }

    private enum Look {
        /// As before.
        case same
        case changed
        case failed
        /// A task works on the node.
        case postponed
    }

    /// In seconds: how long after each look the next one is.
    private func pauses(_ looks: [Look], _ random: Double = 0.5) -> [Double] {
        var schedule = Self.schedule(random)
        schedule.follow(["n1"], at: 0)
        var time = schedule.next ?? 0
        return looks.map { look in
            switch look {
            case .same: schedule.answered("n1", isChanged: false, at: time)
            case .changed: schedule.answered("n1", isChanged: true, at: time)
            case .failed: schedule.failed("n1", at: time)
            case .postponed: schedule.postpone("n1", at: time)
            }
            defer { time = schedule.next ?? 0 }
            return ((schedule.next ?? 0) - time).rounded()
        }
    }

    @Test(
        "one that stays as it is is looked at less and less often, up to ten times less, and again as often once it changes"
    )
    func adaptive() {
        #expect(pauses(Array(repeating: .same, count: 8)) == [90, 135, 203, 304, 456, 600, 600, 600])
        #expect(pauses([.same, .same, .changed, .same]) == [90, 135, 60, 90])
        #expect(pauses([.same, .same, .postponed]) == [90, 135, 60])
    }

    @Test(
        "a BMC that does not answer is asked half as often each time, up to an hour apart, and as usual once it answers"
    )
    func silent() {
        #expect(pauses([.failed, .failed, .failed, .same]) == [120, 240, 480, 60])
        #expect(pauses(Array(repeating: .failed, count: 9)).last == 3600)
        // However seldom it was looked at before.
        #expect(pauses(Array(repeating: .same, count: 7) + [.failed, .failed, .same]).suffix(3) == [120, 240, 60])
    }

    @Test("intervals differ by a fifth at most, either way")
    func jitter() {
        #expect(pauses([.same], 0) == [72])
        #expect(pauses([.same], 0.999_999) == [108])
    }

    @Test("one whose BMC refuses the account is not looked at until it is resumed")
    func account() {
        var schedule = Self.schedule()
        schedule.follow(["n1"], at: 0)
        schedule.rest("n1")
        schedule.resume(["n2"], at: 100)
        #expect(schedule.due(at: 1e9, limit: 9).isEmpty)
        schedule.resume(["n1"], at: 100)
        #expect(schedule.next == 160)
        // One that does not rest keeps its turn.
        schedule.resume(["n1"], at: 150)
        #expect(schedule.next == 160)
    }
}
