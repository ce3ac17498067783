import HTTPTypes
import OrderedCollections
import Primitives
import Testing

@testable import API

@Suite("Requests of machines, over their controller")
struct MachineRequestTests {
    @Test("every answer to a machine has an id of its own, errors included")
    func identity() async throws {
        try await DrydockFixture.run { fixture in
            let answers = [
                try await fixture.ask(.get, "/ipxe/52-54-00-20-01-11"),
                try await fixture.ask(.get, "/ipxe/52-54-00-20-01-11"),
                try await fixture.ask(.get, "/ipxe/nonsense"),
                try await fixture.ask(.get, "/netboot/passwd"),
                try await fixture.ask(.get, "/agent/v1/plan"),
                try await fixture.ask(.get, "/api/v1.0/bootdata/berth-1/files"),
                try await fixture.ask(.post, "/ipxe/52-54-00-20-01-11"),
            ]
            #expect(answers.map(\.status) == [200, 200, 400, 404, 401, 404, 405])
            let ids = answers.compactMap { $0.header("x-drydock-req").flatMap { UUIDv4($0) } }
            #expect(Set(ids).count == answers.count)
        }
    }

    @Test("a machine cannot take the BMC address of another, and nothing of its inventory is kept")
    func takenAddress() async throws {
        try await DrydockFixture.run { fixture in
            func inventory(_ mac: String, _ bmc: String) async throws -> DrydockFixture.Response {
                let script = try await fixture.ask(.get, "/ipxe/\(mac)").text
                let words = script.split(whereSeparator: { $0 == " " || $0 == "\n" })
                let word = try #require(words.first { $0.hasPrefix("boatyard.token=") })
                return try await fixture.ask(
                    .post, "/agent/v1/inventory", ["bmc_address": .string(bmc), "cpu_count": 8],
                    token: String(word.dropFirst("boatyard.token=".count)))
            }
            #expect(try await inventory("52-54-00-00-00-01", "10.9.0.1").status == 200)
            #expect(try await inventory("52-54-00-00-00-02", "10.9.0.2").status == 200)
            let before = try await fixture.send(.get, "/api/v1.0/nodes").json()
            let refused = try await inventory("52-54-00-00-00-02", "10.9.0.1")
            #expect(refused.status == 409)
            let error = try refused.json()["error"]?.stringValue
            #expect(error?.contains("10.9.0.1") == true && error?.contains("52:54:00:00:00:01") == true)
            #expect(try await fixture.send(.get, "/api/v1.0/nodes").json() == before)
            #expect(
                before.arrayValue?.compactMap { $0["power_address"]?.stringValue }.sorted() == ["10.9.0.1", "10.9.0.2"])
        }
    }
}
