import Drydock
import HTTPTypes
import OrderedCollections
import Primitives
import TestSupport
import Testing

@testable import API

@Suite("Requests for tasks, over Drydock's controller")
struct TaskRequestTests {
    @Test("a task was created by whom X-End-User names, or else by the caller, and so were its subtasks")
    func creator() async throws {
        try await DrydockFixture.run { fixture in
            let body: Value = ["action": "verify_site", "design_ref": .string(fixture.design)]
            let name = String(repeating: "n", count: 1000)
            for (headers, creator) in [(["X-End-User": name], name), ([:], "tester")] {
                let created = try await fixture.send(.post, "/api/v1.0/tasks", body, headers: headers).json()
                #expect(created["created_by"] == .string(creator))
                let id = try #require(created["task_id"]?.stringValue)
                let ended = try await fixture.ended(id)
                #expect(ended.createdBy == creator)
                let child = try #require(ended.subtasks.first)
                let answer = try await fixture.send(.get, "/api/v1.0/tasks/\(child)").json()
                #expect(answer["created_by"] == .string(creator))
            }
        }
    }

    @Test("a caller who may make tasks needs the rule of the action too, once the action is known")
    func actionRule() async throws {
        try await DrydockFixture.run { fixture in
            // Roles are the names of the rules that a caller satisfies.
            let access = AccessControl(authorizer: { caller, rule, _ in caller.roles.contains(rule) })
            let narrow = DrydockFixture(
                service: fixture.service,
                table: try RouteTable(controllers: [DrydockController(service: fixture.service)], access: access),
                design: fixture.design)
            func create(_ action: String, _ rules: String...) async throws -> Int {
                let caller = Caller(
                    name: "c", roles: Set(rules.map { "physical_provisioner:\($0)" }), isOfServiceProject: true)
                return try await narrow.send(
                    .post, "/api/v1.0/tasks", ["action": .string(action), "design_ref": .string(fixture.design)],
                    caller: caller
                ).status
            }
            #expect(try await create("verify_site", "verify_site") == 403)
            #expect(try await create("verify_site", "create_task") == 403)
            #expect(try await create("verify_site", "create_task", "destroy_nodes") == 403)
            #expect(try await create("frob", "create_task") == 400)
            #expect(try await fixture.service.tasks().isEmpty)
            #expect(try await create("verify_site", "create_task", "verify_site") == 201)
        }
    }

    @Test("who waits for a task is answered when it has ended, or when the time is up")
    func waiting() async throws {
        try await DrydockFixture.run { fixture in
            // Its machine never comes forward.
            let endless = try await fixture.start("prepare_nodes", node: "berth-1")
            for wait in ["0", "0s", "1s"] {
                let running = try await fixture.send(.get, "/api/v1.0/tasks/\(endless)?wait=\(wait)")
                #expect(running.status == 200)
                #expect(try running.json()["status"] != "complete", "\(wait)")
            }
            async let answer = fixture.send(.get, "/api/v1.0/tasks/\(endless)?wait=2m")
            _ = try await machine(fixture, "52-54-00-20-01-11", bmc: "10.20.0.11")
            #expect(try await answer.json()["status"] == "complete")
            let ended = try await fixture.send(.get, "/api/v1.0/tasks/\(endless)?wait=60s").json()
            #expect(ended["result"]?["successes"] == ["berth-1"])
            #expect(try await fixture.send(.get, "/api/v1.0/tasks/\(endless)?wait=soon").status == 400)
            #expect(try await fixture.send(.get, "/api/v1.0/tasks/\(UUIDv4())?wait=5m").status == 404)
        }
    }

    @Test("five minutes are the longest wait that a client gets")
    func longestWait() throws {
        for (text, seconds) in [("60s", 60.0), ("2m", 120), ("5m", 300), ("300", 300), ("301s", 300), ("60m", 300)] {
            #expect(try QueryItems(parsing: "wait=\(text)").wait() == seconds, "\(text)")
        }
    }

    @Test("a task that has records leads to them, and others do not")
    func records() async throws {
        try await DrydockFixture.run { fixture in
            let task = try await fixture.start("prepare_nodes", node: "berth-1")
            _ = try await machine(fixture, "52-54-00-20-01-11", bmc: "10.20.0.11")
            #expect(try await fixture.ended(task).result.successes == ["berth-1"])
            let tree = try await fixture.send(.get, "/api/v1.0/tasks/\(task)?layers=-1&builddata=true").json()
            var linked = 0
            for (id, one) in try #require(tree.objectValue) where id != "init_task_id" {
                let records = one["build_data"]?.arrayValue ?? []
                let link: Value = [
                    "rel": "detail_logs", "href": .string("http://192.0.2.1:9000/api/v1.0/tasks/\(id)/builddata"),
                ]
                #expect(one["result"]?["links"] == (records.isEmpty ? [] : [link]))
                guard !records.isEmpty else { continue }
                linked += 1
                #expect(one["action"] == "configure_hardware")
                let answer = try await fixture.send(.get, "/api/v1.0/tasks/\(id)/builddata")
                #expect(try answer.json().arrayValue == records)
            }
            #expect(linked == 1)
        }
    }

    /// Boots a machine from the network and sends its inventory, once the task that waits for it has made its design
    /// known.
    private func machine(_ fixture: DrydockFixture, _ mac: String, bmc: String) async throws -> Value {
        while try await fixture.service.tasks().allSatisfy({ $0.waiting == nil }) {
            try Task.checkCancellation()
            await Task.yield()
        }
        let token = try bootToken(in: try await fixture.ask(.get, "/ipxe/\(mac)").text)
        let inventory: Value = [
            "mac": .string(mac.replacing("-", with: ":")), "bmc_address": .string(bmc), "cpu_count": 4,
            "details": [["generator": "lshw", "format": "text/xml", "data": "<list/>"]],
        ]
        let answer = try await fixture.ask(.post, "/agent/v1/inventory", inventory, token: String(token))
        #expect(answer.status == 200)
        return try answer.json()
    }
}
