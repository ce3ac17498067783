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

    @Test(
        "a member that is given twice is refused with its place by Boatyard's own routes",
        arguments: [
            ("/api/v1.0/nodes/berth-1/bmc/power", #"{"power": "off", "power": "on"}"#, "'power'", 18),
            ("/api/v1.0/nodes/berth-1/bmc/boot", #"{"boot": "disk", "boot": "network"}"#, "'boot'", 18),
            ("/api/v1.0/nodes/berth-1/bmc/identify", #"{"identify": 1, "identify": 0}"#, "'identify'", 17),
            ("/api/v1.0/nodes/berth-1/claim", #"{"mac": "52:54:00:20:01:11", "mac": ""}"#, "'mac'", 30),
            ("/api/v1.0/netboot/generations", #"{"incoming": "a", "incoming": "b"}"#, "'incoming'", 19),
            ("/api/v1.0/images", #"{"incoming": "a", "incoming": "b"}"#, "'incoming'", 19),
        ])
    func givenTwice(path: String, body: String, member: String, column: Int) async throws {
        try await DrydockFixture.run(isCommitted: true) { fixture in
            let answer = try await fixture.send(.post, path, raw: Array(body.utf8))
            #expect(answer.status == 400)
            #expect(
                answer.text.contains(
                    "The member \(member) is given twice: line 1 column \(column). Which one is meant is not known: give it once."
                ), "\(answer.text)")
        }
    }

    @Test(
        "a member that nobody knows is refused by name, and a body of another type than JSON, by Boatyard's own routes",
        arguments: [
            ("/api/v1.0/nodes/berth-1/bmc/power", #"{"power": "on", "zzz": 1}"#, "zzz"),
            ("/api/v1.0/nodes/berth-1/bmc/boot", #"{"boot": "disk", "persistant": true}"#, "persistant"),
            ("/api/v1.0/nodes/berth-1/bmc/identify", #"{"identify": 1, "Identify": 2}"#, "Identify"),
            ("/api/v1.0/nodes/berth-1/claim", #"{"mac": "52:54:00:20:01:11", "forced": true}"#, "forced"),
            ("/api/v1.0/netboot/generations", #"{"incoming": "a", "name": "b"}"#, "name"),
            ("/api/v1.0/images", #"{"incoming": "a", "name": "b"}"#, "name"),
        ])
    func unknownMember(path: String, body: String, member: String) async throws {
        try await DrydockFixture.run(isCommitted: true) { fixture in
            let answer = try await fixture.send(.post, path, raw: Array(body.utf8))
            #expect(answer.status == 400)
            let message = try answer.json()["message"]?.stringValue
            #expect(
                message?.hasPrefix("The body has \"\(member)\", which this path does not know: it takes \"") == true,
                "\(answer.text)")
            for type in ["text/plain", "application/x-yaml; charset=utf-8", "multipart/form-data"] {
                let answer = try await fixture.send(.post, path, raw: Array("{}".utf8), type: type)
                #expect(answer.status == 415, "\(type): \(answer.text)")
            }
            for type in ["Application/JSON; charset=utf-8", nil] {
                #expect(try await fixture.send(.post, path, raw: Array(body.utf8), type: type).status == 400)
            }
        }
    }

    @Test(
        "a member that a machine gives twice is refused, and one that a client of Drydock gives twice counts as there")
    func givenTwiceByMachines() async throws {
        try await DrydockFixture.run(isCommitted: true) { fixture in
            let token = try bootToken(in: try await fixture.ask(.get, "/ipxe/52:54:00:20:01:11").text)
            for path in ["inventory", "events", "operations", "test"] {
                let body = "{\"details\": [{}, {\"a\": 1,\n\"a\": 2}]}"
                let answer = try await fixture.ask(.post, "/agent/v1/\(path)", raw: Array(body.utf8), token: token)
                #expect(answer.status == 400, "\(path)")
                #expect(
                    answer.text.contains(
                        "The member 'a' is given twice: line 2 column 1. Which one is meant is not known: give it once."
                    ),
                    "\(path): \(answer.text)")
            }
            let filter = "{\"design_ref\": \"\", \"design_ref\": \"\(fixture.design)\"}"
            #expect(try await fixture.send(.post, "/api/v1.0/nodefilter", raw: Array(filter.utf8)).status == 200)
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
