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
        #expect(timing.bytesArrived(1, start + .seconds(9)) == true)
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
        #expect(timing.bytesArrived(1, start + .seconds(130)) == true)
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

    @Test("a client that takes something of its answer has its time anew, and one that takes nothing is cut off")
    func taking() {
        var timing = timing()
        timing.headArrived(start)
        timing.requestEnded()
        timing.writabilityChanged(false, start, taken: 1000)
        #expect(timing.expire(start + .seconds(30), .init(pending: 500_000, taken: 1000 + 4096)) == nil)
        #expect(timing.deadline == start + .seconds(60))
        #expect(timing.expire(start + .seconds(60), .init(pending: 400_000, taken: 1000 + 4096 + 4095)) == .close)
    }

    @Test("the end of an answer may take longer than a connection may idle, while it is taken")
    func tail() {
        var timing = timing()
        timing.headArrived(start)
        timing.requestEnded()
        timing.writabilityChanged(false, start, taken: 0)
        timing.responseEnded(start)
        for round in 1...20 {
            let now = start + .seconds(Int64(30 * round))
            #expect(timing.deadline == now)
            #expect(timing.expire(now, .init(pending: 400_000, taken: Int64(5000 * round))) == nil)
        }
        // Little enough is left for the socket to count as writable: it still is no idling.
        timing.writabilityChanged(true, start + .seconds(610))
        var now = start + .seconds(610)
        #expect(timing.expire(now, .init(pending: 20_000, taken: 100_000)) == nil)
        for round in 1...3 {
            now = now + .seconds(30)
            #expect(timing.expire(now, .init(pending: 10_000, taken: 100_000 + Int64(5000 * round))) == nil)
        }
        // Then it is over, and the connection has idled for long.
        #expect(timing.expire(now + .seconds(30), .init(pending: 0, taken: 200_000)) == .close)
        // A client that stops taking it is cut off.
        var stopped = self.timing()
        stopped.headArrived(start)
        stopped.requestEnded()
        stopped.responseEnded(start)
        #expect(stopped.expire(start + .seconds(60), .init(pending: 100, taken: 7)) == nil)
        #expect(stopped.expire(start + .seconds(90), .init(pending: 100, taken: 7)) == .close)
    }

    @Test("a body that is little else than what is around its chunks is refused")
    func padding() {
        var timing = timing()
        timing.headArrived(start)
        for _ in 0..<1000 {
            // Chunks of one byte.
            #expect(timing.bytesArrived(6000, start) == true)
            timing.bodyArrived(1000, start)
        }
        var count = 0
        while timing.bytesArrived(65536, start), count < 1000 { count += 1 }
        #expect((1...160).contains(count))
    }

    @Test("a connection waits for its client but while its request is worked on")
    func waiting() {
        var timing = timing()
        #expect(timing.waitingSince == start)
        timing.headArrived(start + .seconds(1))
        #expect(timing.waitingSince == start + .seconds(1), "for the body")
        timing.requestEnded()
        #expect(timing.waitingSince == nil)
        timing.writabilityChanged(false, start + .seconds(2))
        #expect(timing.waitingSince == start + .seconds(7), "once it takes nothing for a while")
        timing.writabilityChanged(true, start + .seconds(3))
        timing.responseEnded(start + .seconds(4))
        #expect(timing.waitingSince == start + .seconds(4))
    }

    @Test("dates are written as HTTP wants them")
    func dates() {
        #expect(HTTPDate.text(Timestamp(microseconds: 784_111_777_000_000)) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(HTTPDate.text(Timestamp(microseconds: 0)) == "Thu, 01 Jan 1970 00:00:00 GMT")
        #expect(HTTPDate.text(Timestamp(microseconds: 1_795_305_600_000_000)) == "Sun, 22 Nov 2026 00:00:00 GMT")
    }
}
