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

    @Test("the console of a node that is committed and was never worked on is opened; of an unknown node it is a 404")
    func committed() async throws {
        try await DrydockFixture.run(isCommitted: true) { fixture in
            let kept = try await fixture.send(.get, Self.path)
            #expect(
                kept.status == 404 && kept.text.contains("Nothing is kept of the console of berth-1"), "\(kept.text)")
            #expect(try await fixture.send(.get, Self.path + "?list=true").json() == ["boots": []])
            for target in [Self.path, Self.path + "?break=true"] {
                let closed = try await fixture.send(.post, target, raw: [0x0d])
                #expect(closed.status == 409, "\(closed.text)")
                #expect(closed.text.contains("boatyard console berth-1 --interactive"), "\(closed.text)")
            }
            let unknown = try await fixture.send(.post, "/api/v1.0/nodes/nobody/console", raw: [0x0d])
            #expect(unknown.status == 404 && unknown.text.contains("There is no node 'nobody'"), "\(unknown.text)")
            let seen = try await fixture.stream(Self.path + "?open=true", until: "root") { () async throws -> Void in
                #expect(try await fixture.send(.post, Self.path, raw: Array("root".utf8)).status == 204)
            }
            #expect(seen.contains("root"))
        }
    }

    @Test("an echo is seen at once, also where it may begin the password of the BMC, which is masked")
    func password() async throws {
        try await DrydockFixture.run(isCommitted: true) { fixture in
            for (typed, shown) in [("row", "row"), ("x rowboat!", "x ***!")] {
                let seen = try await fixture.stream(Self.path + "?open=true", until: shown) {
                    () async throws -> Void in
                    #expect(try await fixture.send(.post, Self.path, raw: Array(typed.utf8)).status == 204)
                }
                #expect(seen.contains(shown) && !seen.contains("rowboat"), "\(seen)")
            }
        }
    }

    @Test("a body that is too long is told the limit, and a wrong method the right ones")
    func limits() async throws {
        try await DrydockFixture.run(isCommitted: true) { fixture in
            let long = [UInt8](repeating: 0x61, count: DrydockService.longestInput + 1)
            for target in [Self.path, "/api/v1.0/nodes/berth-1/bmc/power"] {
                let large = try await fixture.send(.post, target, raw: long)
                #expect(large.status == 413)
                #expect(
                    try large.json()["description"]
                        == "The body is longer than the 4096 bytes this path takes: send a shorter one.")
                let method = try await fixture.send(.put, target)
                #expect(method.status == 405)
                #expect(
                    try method.json()["description"]
                        == "This path answers GET, OPTIONS, POST only: use one of these methods.")
            }
        }
    }

    @Test("a node that is committed and has no machine is none that is unknown, whatever is asked of it")
    func withoutMachine() async throws {
        try await DrydockFixture.run(isCommitted: true) { fixture in
            for (method, route) in [
                (HTTPRequest.Method.post, "test"), (.delete, "test"), (.post, "rescue"), (.delete, "rescue"),
            ] as [(HTTPRequest.Method, String)] {
                let known = try await fixture.send(method, "/api/v1.0/nodes/berth-1/\(route)")
                #expect(known.status == 409, "\(known.text)")
                #expect(known.text.contains("berth-1 has no machine that could be marked"), "\(known.text)")
                let unknown = try await fixture.send(method, "/api/v1.0/nodes/nobody/\(route)")
                #expect(unknown.status == 404 && unknown.text.contains("There is no node 'nobody'"), "\(unknown.text)")
            }
            let mac = "52:54:00:20:01:11"
            let token = try bootToken(in: try await fixture.ask(.get, "/ipxe/\(mac)").text)
            let inventory: Value = ["mac": .string(mac), "cpu_count": 4]
            #expect(try await fixture.ask(.post, "/agent/v1/inventory", inventory, token: token).status == 200)
            for route in ["test", "rescue"] {
                let present = try await fixture.send(.post, "/api/v1.0/nodes/berth-1/\(route)")
                #expect(present.status == 409, "\(present.text)")
                #expect(present.text.contains("no action has worked with berth-1 yet"), "\(present.text)")
            }
            let asked = try await fixture.send(.post, "/api/v1.0/nodes/berth-1/ack")
            #expect(asked.status == 409 && asked.text.contains("Nobody is asked"), "\(asked.text)")
            #expect(try await fixture.send(.post, "/api/v1.0/nodes/nobody/ack").status == 404)
        }
    }
}
