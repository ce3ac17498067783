import Drydock
import HTTPTypes
import OrderedCollections
import Primitives
import TestSupport
import Testing

@testable import API

@Suite("Rescues, over HTTP")
struct RescueRouteTests {
    private static let mac = "52:54:00:20:01:11"
    private static let path = "/api/v1.0/nodes/berth-1/rescue"

    private func node(_ fixture: DrydockFixture) async throws -> Value {
        let nodes = try await fixture.send(.get, "/api/v1.0/nodes?designed=true").json().arrayValue ?? []
        return try #require(nodes.first { $0["hostname"] == "berth-1" })
    }

    @Test("an operator asks for a rescue and ends it; the machine gets the keys by script and by the question of GRUB")
    func wholeWay() async throws {
        try await DrydockFixture.run { fixture in
            #expect(try await fixture.send(.post, Self.path).status == 404)
            let prepare = try await fixture.start("prepare_nodes", node: "berth-1")
            while try await fixture.service.tasks().allSatisfy({ $0.waiting == nil }) {
                try Task.checkCancellation()
                await Task.yield()
            }
            let absent = try await fixture.send(.post, Self.path)
            #expect(absent.status == 409)
            #expect(try absent.json()["message"]?.stringValue?.contains("no machine") == true)
            let inventory: Value = ["mac": .string(Self.mac), "bmc_address": "10.20.0.11", "cpu_count": 4]
            let boot = try bootToken(in: try await fixture.ask(.get, "/ipxe/\(Self.mac)").text)
            #expect(try await fixture.ask(.post, "/agent/v1/inventory", inventory, token: boot).status == 200)
            #expect(try await fixture.ended(prepare).result.successes == ["berth-1"])
            #expect(try await node(fixture)["rescue"] == .null)

            #expect(try await fixture.send(.post, Self.path + "?power=perhaps").status == 400)
            #expect(try await fixture.send(.delete, Self.path).status == 409)
            #expect(try await fixture.send(.post, "/api/v1.0/nodes/nobody/rescue").status == 404)
            let begun = try await fixture.send(.post, Self.path)
            #expect(begun.status == 200)
            let since = try #require(try begun.json()["since"]?.stringValue)
            #expect(
                try begun.json() == [
                    "node": "berth-1", "since": .string(since), "authorized_keys": 1,
                    "address": "10.20.1.11", "needs_human": false,
                    "messages": [
                        "Node berth-1 boots from the network next.", "Node berth-1 was off and is on.",
                    ],
                ])
            #expect(try await node(fixture)["rescue"] == ["since": .string(since)])
            #expect(try await fixture.ask(.get, "/agent/v1/plan", token: boot).status == 401)

            let script = try await fixture.ask(.get, "/ipxe/\(Self.mac)").text
            #expect(script.contains(" boatyard.mode=rescue "))
            let asked = try await fixture.ask(.get, "/agent/v1/boot?mac=\(Self.mac)", peer: "192.0.2.78:1").json()
            #expect(asked["boot"] == "installer")
            for token in [try bootToken(in: script), try #require(asked["token"]?.stringValue)] {
                #expect(try await fixture.ask(.post, "/agent/v1/inventory", inventory, token: token).status == 200)
                let plan = try await fixture.ask(.get, "/agent/v1/plan?wait=30", token: token)
                #expect(plan.status == 200)
                let keys = try plan.json()["authorized_keys"]?.arrayValue
                #expect(keys?.count == 1 && keys?[0].stringValue?.hasPrefix("ssh-ed25519 ") == true)
                #expect(
                    try plan.json() == ["kind": "rescue", "node": "berth-1", "authorized_keys": .array(keys ?? [])])
                // It may be fetched again, and reports nothing.
                #expect(try await fixture.ask(.get, "/agent/v1/plan", token: token).json() == plan.json())
                let event: Value = ["phase": "started", "sequence": 1]
                #expect(try await fixture.ask(.post, "/agent/v1/events", event, token: token).status == 409)
            }
            let token = try #require(asked["token"]?.stringValue)
            #expect(try await node(fixture)["status_name"] == "Ready")
            #expect(try await node(fixture)["alarms"] == [])

            let ended = try await fixture.send(.delete, Self.path + "?power=false").json()
            #expect(ended["since"] == .null && ended["needs_human"] == true)
            #expect(try await node(fixture)["rescue"] == .null)
            #expect(try await fixture.ask(.get, "/agent/v1/plan", token: token).status == 401)
            #expect(try await fixture.ask(.get, "/ipxe/\(Self.mac)").text.contains("boatyard.mode") == false)
        }
    }
}
