import API
import NIOCore
import Primitives
import Testing

@testable import Listeners

@Suite("Connection timing")
struct ConnectionTimingTests {
    private let limits = ConnectionLimits()
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private func timing() -> ConnectionTiming { ConnectionTiming(limits: limits, now: start) }

    @Test("a head must be complete in time, however its bytes drip")
    func head() {
        var timing = timing()
        #expect(timing.deadline == start + limits.headTimeout)
        timing.bytesArrived(start + .seconds(9))
        #expect(timing.deadline == start + limits.headTimeout)
        #expect(timing.expire(start + .seconds(9)) == nil)
        #expect(timing.expire(start + .seconds(10)) == .close)
    }

    @Test("a body has its time from piece to piece, then a moment for the error response")
    func body() {
        var timing = timing()
        timing.headArrived(start)
        timing.bodyArrived(1 << 20, start + .seconds(20))
        #expect(timing.deadline == start + .seconds(50))
        #expect(timing.expire(start + .seconds(50)) == .refuse(.stalled(seconds: 30)))
        #expect(timing.deadline == start + .seconds(55))
        #expect(timing.expire(start + .seconds(55)) == .close)
    }

    @Test("a body that drips is refused, however regularly its bytes come")
    func drip() {
        var timing = timing()
        timing.headArrived(start)
        #expect(timing.deadline == start + .seconds(10))
        for second in 1...13 {
            timing.bodyArrived(200, start + .seconds(Int64(second)))
            if second < 12 { #expect(timing.expire(start + .seconds(Int64(second))) == nil) }
        }
        #expect(timing.expire(start + .seconds(13)) == .refuse(.slow(bytesPerSecond: 1024)))
        #expect(timing.deadline == start + .seconds(18))
    }

    @Test("the next body has its own time")
    func nextBody() {
        var timing = timing()
        timing.headArrived(start)
        timing.bodyArrived(1 << 20, start + .seconds(1))
        timing.requestEnded()
        timing.responseEnded(start + .seconds(2))
        timing.headArrived(start + .seconds(3))
        #expect(timing.deadline == start + .seconds(13))
    }

    @Test("a request that we work on has no deadline; then the connection may idle")
    func response() {
        var timing = timing()
        timing.headArrived(start)
        timing.requestEnded()
        #expect(timing.deadline == nil)
        #expect(!timing.isIdle)
        timing.responseEnded(start + .seconds(100))
        #expect(timing.isIdle)
        #expect(timing.deadline == start + .seconds(160))
        timing.bytesArrived(start + .seconds(130))
        #expect(timing.deadline == start + .seconds(140))
    }

    @Test("a request behind another one waits for us, not for the client")
    func pipelined() {
        var timing = timing()
        timing.headArrived(start)
        timing.requestEnded()
        timing.headArrived(start)
        #expect(timing.deadline == nil)
        timing.responseEnded(start + .seconds(1))
        #expect(timing.deadline == start + .seconds(11))
    }

    @Test("a client that takes no answer is cut off, and so is one that does not leave")
    func writing() {
        var timing = timing()
        timing.headArrived(start)
        timing.requestEnded()
        timing.writabilityChanged(false, start)
        #expect(timing.expire(start + .seconds(30)) == .close)
        timing.writabilityChanged(true, start)
        #expect(timing.deadline == nil)
        timing.outputClosed(start)
        #expect(timing.deadline == start + .seconds(5))
        #expect(timing.expire(start + .seconds(5)) == .close)
    }

    @Test("dates are written as HTTP wants them")
    func dates() {
        #expect(HTTPDate.text(Timestamp(microseconds: 784_111_777_000_000)) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(HTTPDate.text(Timestamp(microseconds: 0)) == "Thu, 01 Jan 1970 00:00:00 GMT")
        #expect(HTTPDate.text(Timestamp(microseconds: 1_795_305_600_000_000)) == "Sun, 22 Nov 2026 00:00:00 GMT")
    }
}
