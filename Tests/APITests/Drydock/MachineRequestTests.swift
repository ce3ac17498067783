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
}
