import Drydock
import HTTPTypes
import Primitives
import TestSupport
import Testing

@testable import API

@Suite("The BMCs of nodes, over Drydock's controller")
struct BMCRouteTests {
    @Test(
        "the BMC of a node that is committed and was never worked on is asked, and its power is shown as it was told at once"
    )
    func committed() async throws {
        try await DrydockFixture.run(isCommitted: true) { fixture in
            let path = "/api/v1.0/nodes/berth-1"
            let before = try await fixture.send(.get, path).json()
            #expect(before["status_name"] == "Missing" && before["power_state"] == "unknown")
            #expect(try await fixture.send(.get, "\(path)/bmc/power").json()["power"] == "on")
            #expect(try await fixture.send(.get, path).json()["power_state"] == "on")
            let answer = try await fixture.send(.post, "\(path)/bmc/power", ["power": "off"])
            #expect(try answer.json() == ["node": "berth-1", "power": "off", "was": "on"], "\(answer.text)")
            let after = try await fixture.send(.get, path).json()
            #expect(after["power_state"] == "off" && after["power_stale"] == false)
            #expect(try await fixture.send(.get, "/api/v1.0/nodes/berth-9/bmc/power").status == 404)
        }
    }

    @Test("a machine that committed documents name is no unknown one, and the record of a node that they name stays")
    func named() async throws {
        try await DrydockFixture.run(isCommitted: true) { fixture in
            for mac in ["52:54:00:20:01:11", "06:00:00:00:00:15"] {
                let token = try bootToken(in: try await fixture.ask(.get, "/ipxe/\(mac)").text)
                #expect(
                    try await fixture.ask(.post, "/agent/v1/inventory", ["cpu_count": 4], token: token).status == 200)
            }
            let node = try await fixture.send(.get, "/api/v1.0/nodes/berth-1").json()
            #expect(node["status_name"] == "New" && node["boot_mac"] == "52:54:00:20:01:11" && node["erased"] == false)
            let unknown = try await fixture.send(.get, "/api/v1.0/nodes?unknown=true").json().arrayValue ?? []
            #expect(unknown.map { $0["boot_mac"] } == ["06:00:00:00:00:15"])
            #expect(try await fixture.send(.delete, "/api/v1.0/unknown-machines").json() == ["removed": 1])
            #expect(try await fixture.send(.get, "/api/v1.0/nodes/berth-1").json()["status_name"] == "New")
            #expect(try await fixture.send(.delete, "/api/v1.0/nodes/berth-1").status == 409, "it has no record yet")

            _ = try await fixture.start("prepare_nodes", node: "berth-1")
            while try await fixture.send(.get, "/api/v1.0/nodes").json()[0]?["status_name"] == "New" {
                try Task.checkCancellation()
                await Task.yield()
            }
            #expect(try await fixture.send(.delete, "/api/v1.0/nodes/berth-1").status == 409)
        }
    }
}
