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

    @Test("who has connected before is answered, also where the request comes later, or has come in part")
    func newcomers() async throws {
        let events = Events()
        try await TestServer.run(events: events) { address, shutDown in
            let request = "GET /hello/a HTTP/1.1\r\nHost: a\r\n\r\n"
            let new = try await RawClient.connect(address)
            let half = try await RawClient.connect(address)
            try await half.send(String(request.prefix(9)))
            let used = try await RawClient.connect(address)
            try await used.send(request)
            _ = try await used.answer()
            try await used.send(String(request.prefix(9)))
            let mute = try await RawClient.connect(address)
            // Connections are accepted one after the other.
            let busy = try await RawClient.connect(address)
            try await busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            await events.wait(for: "slow")
            await shutDown()
            // The service manager's thread stops the listener; whoever gets in before is a client as the others.
            while (try? await RawClient.connect(address)) != nil { await Task.yield() }
            try await new.send(request)
            for client in [half, used] { try await client.send(String(request.dropFirst(9))) }
            for client in [new, half, used] {
                let text = try await client.readToEnd()
                #expect(text.hasPrefix("HTTP/1.1 200 ") && text.contains("Connection: close"), "\(text)")
            }
            #expect(try await mute.isClosedWithoutAWord())
            events.record("go")
            _ = try await busy.readToEnd()
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
