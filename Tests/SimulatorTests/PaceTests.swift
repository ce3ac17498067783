import Testing

@testable import Simulator

@Suite("The pace of a machine that tries again")
struct PaceTests {
    @Test("each pause is twice as long as the one before, up to the longest, and the first again once it has worked")
    func pauses() {
        var pace = Pace(first: 0.25, longest: 2)
        #expect((0..<5).map { _ in pace.take() } == [0.25, 0.5, 1, 2, 2])
        pace.reset()
        #expect(pace.take() == 0.25)
    }

    @Test("whoever asks for a longer pause gets it")
    func asked() {
        var pace = Pace(first: 0.25, longest: 8)
        #expect(pace.take(asked: 5) == 5)
        #expect(pace.take(asked: 0.1) == 0.5)
    }

    @Test("every machine has an address of its own on this host")
    func addresses() {
        #expect(Rehearsal.localAddress(0) == "127.1.0.1")
        #expect(Rehearsal.localAddress(254) == "127.1.0.255")
        #expect(Rehearsal.localAddress(255) == "127.1.1.0")
        #expect(Set((0..<2000).map { Rehearsal.localAddress($0) }).count == 2000)
        #expect(Rehearsal.localAddress(65_535) == nil)
    }
}
