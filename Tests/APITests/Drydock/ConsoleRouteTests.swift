import Drydock
import HTTPTypes
import Primitives
import TestSupport
import Testing

@testable import API

@Suite("Consoles, over HTTP")
struct ConsoleRouteTests {
    private static let path = "/api/v1.0/nodes/berth-1/console"

    @Test("a console is read, followed, opened and typed at by whoever the rules let")
    func wholeWay() async throws {
        try await DrydockFixture.run { fixture in
            #expect(try await fixture.send(.get, Self.path).status == 404)
            #expect(try await fixture.send(.get, Self.path + "?open=true").status == 404)
            _ = try await fixture.start("prepare_nodes", node: "berth-1")
            // Before that the machine is started anew.
            while try await fixture.service.tasks().allSatisfy({ $0.waiting?.event.contains("inventory") != true }) {
                try Task.checkCancellation()
                await Task.yield()
            }
            #expect(try await fixture.send(.get, "/api/v1.0/nodes/berth-2/console?open=true").status == 409)
            #expect(try await fixture.send(.post, "/api/v1.0/nodes/berth-2/console", raw: [0x0d]).status == 409)
            #expect(try await fixture.send(.get, "/api/v1.0/nodes/nobody/console?follow=true").status == 404)
            #expect(try await fixture.send(.get, Self.path + "?boot=-1").status == 400)
            #expect(try await fixture.send(.get, Self.path + "?follow=perhaps").status == 400)
            #expect(try await fixture.send(.get, Self.path, caller: nil).status == 401)

            let seen = try await fixture.stream(Self.path + "?open=true", until: "<break>") { () async throws -> Void in
                #expect(try await fixture.send(.post, Self.path, raw: Array("root\r".utf8)).status == 204)
                #expect(try await fixture.send(.post, Self.path + "?break=true").status == 204)
            }
            #expect(seen.contains("root\r<break>"))
            let followed = try await fixture.stream(Self.path + "?follow=true", until: "again") {
                () async throws -> Void in
                #expect(try await fixture.send(.post, Self.path, raw: Array("again".utf8)).status == 204)
            }
            #expect(followed.hasPrefix("root\r<break>"))
            let list = try await fixture.send(.get, Self.path + "?list=true").json()
            #expect(list["boots"]?.arrayValue != nil, "\(list)")
            #expect(try await fixture.send(.get, "/api/v1.0/nodes/nobody/console?list=true").status == 404)
        }
    }
}
