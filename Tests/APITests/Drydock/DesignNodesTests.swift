import HTTPTypes
import OrderedCollections
import Primitives
import Testing

@testable import API

@Suite("Designs as data, over Drydock's controller")
struct DesignNodesTests {
    @Test("the effective nodes of a revision, all or one, without secrets")
    func nodes() async throws {
        try await DrydockFixture.run { fixture in
            let answer = try await fixture.send(.get, "/api/v1.0/designs/1/nodes")
            #expect(answer.status == 200)
            #expect(answer.header("Content-Type") == "application/json")
            let nodes = try #require(try answer.json().arrayValue)
            #expect(nodes.count == 4)
            let name = try #require(nodes[0]["name"]?.stringValue)
            let one = try await fixture.send(.get, "/api/v1.0/designs/1/nodes/\(name)").json()
            #expect(one == nodes[0])
            #expect(one["platform"]?["image"] == "debian-12")
            for section in ["interfaces", "addresses", "boot_actions", "tags"] {
                #expect(one[section]?.arrayValue != nil, "\(section)")
            }
            #expect(one["storage"]?["devices"]?.arrayValue?.isEmpty == false)
            #expect(one["platform"]?["kernel_parameters"]?.objectValue != nil)
            #expect(one["out_of_band"]?["parameters"] == ["credential"])
            #expect(!answer.text.contains("\"credential\":"))
        }
    }

    @Test(
        "what is not there is a 404 in Drydock's form",
        arguments: [
            ("2/nodes", "The requested revision=2 was not found"), ("x/nodes", "Revision x not found"),
            ("-1/nodes", "Revision -1 not found"),
            ("99999999999999999999/nodes/n", "Revision 99999999999999999999 not found"),
            ("1/nodes/nobody", "Node nobody not found in the design of revision 1"),
            ("1/plan?from=7", "The requested revision=7 was not found"), ("1/plan?from=x", "Revision x not found"),
        ])
    func missing(path: String, message: String) async throws {
        try await DrydockFixture.run { fixture in
            let answer = try await fixture.send(.get, "/api/v1.0/designs/\(path)")
            #expect(answer.status == 404)
            #expect(try answer.json() == ["type": "error", "message": .string(message), "retry": false])
        }
    }

    @Test("a plan compares two revisions, and needs the one to compare with")
    func plan() async throws {
        try await DrydockFixture.run { fixture in
            let plan = try await fixture.send(.get, "/api/v1.0/designs/1/plan?from=1").json()
            #expect(plan["from"] == 1)
            #expect(plan["to"] == 1)
            #expect(plan["summary"]?["nothing"] == 4)
            #expect(plan["nodes"]?[0]?["fields"] == [])
            let first = try await fixture.send(.get, "/api/v1.0/designs/1/plan?from=0").json()
            #expect(first["from"] == 0)
            #expect(first["summary"]?["new"] == 4)
            let answer = try await fixture.send(.get, "/api/v1.0/designs/1/plan")
            #expect(answer.status == 400)
            #expect(try answer.json()["message"] == "The parameter 'from' must name the revision to compare with.")
        }
    }

    @Test("only who may read data, and no machine, gets them")
    func policy() async throws {
        try await DrydockFixture.run { fixture in
            for path in ["designs/1/nodes", "designs/1/nodes/n", "designs/1/plan?from=1"].map({ "/api/v1.0/\($0)" }) {
                let unknown = try await fixture.send(.get, path, caller: nil)
                #expect(unknown.status == 401)
                let machine = try await fixture.send(.get, path, listener: .node)
                #expect(machine.status == 404)
                let client = try await fixture.send(.get, path, listener: .api)
                #expect(client.status == 200 || path.contains("nodes/n"))
            }
        }
    }
}
