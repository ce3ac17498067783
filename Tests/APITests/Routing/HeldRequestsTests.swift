import API
import Testing

@Suite("Requests held back")
struct HeldRequestsTests {
    @Test("beyond the limits nobody waits, and whoever leaves makes room")
    func limits() async {
        let held = HeldRequests(limit: 3, limitForEach: 2)
        await held.hold(for: "a") { first in
            #expect(first)
            await held.hold(for: "a") { second in
                #expect(second)
                await held.hold(for: "a") { #expect(!$0, "one asker has two places") }
                await held.hold(for: "b") { third in
                    #expect(third)
                    await held.hold(for: "c") { #expect(!$0, "there are three places") }
                }
                await held.hold(for: "c") { #expect($0) }
                struct Gone: Error {}
                await #expect(throws: Gone.self) { try await held.hold(for: "b") { _ in throw Gone() } }
                await held.hold(for: "b") { #expect($0, "an error gives the place back") }
            }
        }
        await held.hold(for: "a") { #expect($0) }
    }
}
