import Primitives
import Testing

@Suite("Repeated events") struct RepeatedEventsTests {
    @Test("the first of a kind are told, the rest counted, until the period ends")
    func counting() {
        let events = RepeatedEvents(each: 2, all: 5)
        #expect((0..<4).map { _ in events.take("a") } == [true, true, false, false])
        #expect(["b", "b", "b", "c", "d", "d"].map { events.take($0) } == [true, true, false, true, false, false])
        let remainder = events.drain(limit: 10)
        #expect(remainder?.count == 10 - 5)
        #expect(remainder?.kinds.first?.kind == "a" && remainder?.kinds.first?.count == 2)
        #expect(events.drain(limit: 10) == nil)
        #expect(events.take("a"))
        #expect(events.drain(limit: 10) == nil, "all was told")
    }

    @Test("kinds beyond the bound count as one, and memory with them")
    func bounds() {
        let events = RepeatedEvents(each: 1, all: 100, kinds: 10)
        for index in 0..<1000 { _ = events.take("\(index)") }
        let remainder = events.drain(limit: 3)
        #expect(remainder?.text == "990 others")
        for index in 1...5 { for _ in 0..<index * 10 { _ = events.take("kind \(index)") } }
        #expect(events.drain(limit: 2)?.text == "49 kind 5, 39 kind 4, 57 others")
    }
}
