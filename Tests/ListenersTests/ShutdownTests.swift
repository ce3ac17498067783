import API
import NIOCore
import Testing

@testable import Listeners

@Suite("Shutdown")
struct ShutdownTests {
    @Test("a running request is answered, idle connections are closed, new ones refused")
    func drains() async throws {
        let events = Events()
        try await TestServer.run(events: events) { address, shutDown in
            let idle = try await RawClient.connect(address)
            try await idle.send("GET /hello/a HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await idle.answer()
            let busy = try await RawClient.connect(address)
            try await busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            await events.wait(for: "slow")
            await shutDown()
            #expect(try await idle.isClosedWithoutAWord())
            await #expect(throws: RawClient.Failure.self) { try await RawClient.connect(address) }
            events.record("go")
            let text = try await busy.readToEnd()
            #expect(text.hasSuffix("done"))
            #expect(text.contains("Connection: close"))
        }
    }

    @Test("requests that never end are given up after the drain timeout", .timeLimit(.minutes(5)))
    func stuck() async throws {
        var limits = ConnectionLimits()
        limits.drainTimeout = .milliseconds(300)
        let events = Events()
        try await TestServer.run(limits: limits, events: events) { address, shutDown in
            let stuck = try await RawClient.connect(address)
            try await stuck.send("GET /stuck HTTP/1.1\r\nHost: a\r\n\r\n")
            let half = try await RawClient.connect(address)
            try await half.send("POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf")
            await events.wait(for: "stuck")
            await shutDown()
            _ = try await stuck.readToEnd()
            _ = try await half.readToEnd()
        }
    }
}
