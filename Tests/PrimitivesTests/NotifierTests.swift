import Primitives
import Synchronization
import Testing

@Suite("Waiting for events")
struct NotifierTests {
    private let notifier = Notifier<String>()

    private final class Box<Value: Sendable>: Sendable {
        private let value: Mutex<Value>

        init(_ value: Value) { self.value = Mutex(value) }

        var current: Value { value.withLock { $0 } }

        func set(_ new: Value) { value.withLock { $0 = new } }
    }

    @Test("an event between looking and waiting is not lost")
    func race() async throws {
        let value = Box(0)
        for round in 1...200 {
            async let found = notifier.first(of: "queue", within: 30) {
                value.current >= round ? value.current : nil
            }
            value.set(round)
            notifier.notify("queue")
            #expect(try await found == round)
        }
    }

    @Test("every waiter is woken, those of other topics are not")
    func many() async throws {
        let isSet = Box(false)
        try await withThrowingTaskGroup(of: Bool?.self) { group in
            for _ in 0..<50 {
                group.addTask { [notifier] in
                    try await notifier.first(of: "a", within: 30) {
                        isSet.current ? true : nil
                    }
                }
            }
            isSet.set(true)
            notifier.notify("a")
            for try await found in group { #expect(found == true) }
        }
    }

    @Test("a deadline ends the wait, a cancellation too")
    func ends() async throws {
        let nothing: Bool? = try await notifier.first(of: "queue", within: 0.02) { nil }
        #expect(nothing == nil)
        let waiting = Task { [notifier] in
            let never: Bool? = try await notifier.first(of: "queue", within: 600) { nil }
            return never
        }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }
}
