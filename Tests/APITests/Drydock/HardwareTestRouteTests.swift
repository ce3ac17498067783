import Drydock
import HTTPTypes
import OrderedCollections
import Primitives
import TestSupport
import Testing

@testable import API

@Suite("Tests of hardware, over HTTP")
struct HardwareTestRouteTests {
    private static let mac = "52:54:00:20:01:11"
    private static let path = "/api/v1.0/nodes/berth-1/test"

    private static func finding(_ result: String, check: String = "link") -> Value {
        [
            "check": .string(check), "subject": "eno2", "result": .string(result), "seen": "has no link",
            "expected": "it is used", "remedy": "Look at its cable.",
        ]
    }

    @Test("an operator asks for a test, the machine reports, and the findings are told; other reports are refused")
    func wholeWay() async throws {
        try await DrydockFixture.run { fixture in
            #expect(try await fixture.send(.post, Self.path).status == 404)
            #expect(try await fixture.send(.get, Self.path).status == 404)
            let prepare = try await fixture.start("prepare_nodes", node: "berth-1")
            while try await fixture.service.tasks().allSatisfy({ $0.waiting == nil }) {
                try Task.checkCancellation()
                await Task.yield()
            }
            let inventory: Value = ["mac": .string(Self.mac), "bmc_address": "10.20.0.11", "cpu_count": 4]
            let token = try bootToken(in: try await fixture.ask(.get, "/ipxe/\(Self.mac)").text)
            #expect(try await fixture.ask(.post, "/agent/v1/inventory", inventory, token: token).status == 200)
            #expect(try await fixture.ended(prepare).result.successes == ["berth-1"])
            #expect(try await fixture.send(.get, Self.path).status == 404)
            #expect(try await fixture.send(.delete, Self.path).status == 409)

            // Its installer waits: it gets the plan without being cycled.
            let begun = try await fixture.send(.post, Self.path + "?power=false&full=true").json()
            let test = try #require(begun["test"]?.stringValue)
            #expect(begun["mode"] == "full" && begun["outcome"] == .null && begun["needs_human"] == true)
            #expect(begun["ended"] == .null && begun["findings"] == [])
            let plan = try await fixture.ask(.get, "/agent/v1/plan?wait=30", token: token).json()
            #expect(plan["kind"] == "test" && plan["test"]?.stringValue == test && plan["node"] == "berth-1")
            #expect(try await fixture.ask(.get, "/ipxe/\(Self.mac)").text.contains(" boatyard.mode=test "))
            let nodes = try await fixture.send(.get, "/api/v1.0/nodes?designed=true").json().arrayValue ?? []
            #expect(nodes.first { $0["hostname"] == "berth-1" }?["test"]?["test"]?.stringValue == test)

            func report(_ body: Value) async throws -> Int {
                try await fixture.ask(.post, "/agent/v1/test", body, token: token).status
            }
            let good: Value = ["test": .string(test), "findings": [Self.finding("error"), Self.finding("passed")]]
            for broken: Value in [
                [], ["test": "x", "findings": []], ["test": .string(test)], ["test": .string(test), "findings": []],
                ["test": .string(test), "findings": [Self.finding("perhaps")]],
                ["test": .string(test), "findings": [Self.finding("error", check: "luck")]],
                ["test": .string(test), "findings": .array(Array(repeating: Self.finding("error"), count: 4097))],
            ] {
                #expect(try await report(broken) == 400)
            }
            #expect(try await fixture.ask(.post, "/agent/v1/test", good, token: "none").status == 401)
            #expect(
                try await report(["test": "01CZTB7GN1000G40R40M30E27Z", "findings": [Self.finding("error")]]) == 409)
            let answer = try await fixture.ask(.post, "/agent/v1/test", good, token: token)
            #expect(try answer.json() == ["next": "continue"])
            // The answer was lost on its way.
            #expect(try await report(good) == 200)

            let ended = try await fixture.send(.get, Self.path + "?wait=60s").json()
            #expect(ended["outcome"] == "failed" && ended["errors"] == 1 && ended["warnings"] == 0)
            #expect(ended["findings"]?[0] == Self.finding("error"))
            let listed = try await fixture.send(.get, "/api/v1.0/nodes?designed=true").json().arrayValue?
                .first { $0["hostname"] == "berth-1" }?["test"]
            #expect(listed?["outcome"] == "failed" && listed?["errors"] == 1 && listed?["warnings"] == 0)
            #expect(listed?["findings"] == nil)
            #expect(try await fixture.ask(.get, "/agent/v1/plan", token: token).status == 204)
            #expect(try await fixture.ask(.get, "/ipxe/\(Self.mac)").text.contains("boatyard.mode") == false)
            let data = try await fixture.send(.get, "/api/v1.0/nodes/berth-1/builddata?latest=true").json().arrayValue
            let record = try #require(data?.first { $0["generator"] == "test" })
            #expect(record["task_id"]?.stringValue == test && record["data_format"] == "application/json")
        }
    }

    @Test("a test that an operator has ended takes no report")
    func ended() async throws {
        try await DrydockFixture.run { fixture in
            let prepare = try await fixture.start("prepare_nodes", node: "berth-1")
            while try await fixture.service.tasks().allSatisfy({ $0.waiting == nil }) {
                try Task.checkCancellation()
                await Task.yield()
            }
            let inventory: Value = ["mac": .string(Self.mac), "bmc_address": "10.20.0.11"]
            let token = try bootToken(in: try await fixture.ask(.get, "/ipxe/\(Self.mac)").text)
            #expect(try await fixture.ask(.post, "/agent/v1/inventory", inventory, token: token).status == 200)
            #expect(try await fixture.ended(prepare).result.successes == ["berth-1"])
            let test = try #require(
                try await fixture.send(.post, Self.path + "?power=false").json()["test"]?.stringValue)
            let ended = try await fixture.send(.delete, Self.path + "?power=false").json()
            #expect(ended["outcome"] == "stopped" && ended["needs_human"] == true)
            let report: Value = ["test": .string(test), "findings": [Self.finding("error")]]
            #expect(try await fixture.ask(.post, "/agent/v1/test", report, token: token).status == 401)
        }
    }
}
