import Drydock
import HTTPTypes
import OrderedCollections
import Primitives
import Synchronization
import TestSupport
import Testing

@testable import API

@Suite("The controller for machines")
struct NodeControllerTests {
    private static let mac = "52-54-00-20-01-11"

    private func token(_ fixture: DrydockFixture) async throws -> String {
        let script = try await fixture.ask(.get, "/ipxe/\(Self.mac)")
        #expect(script.status == 200)
        #expect(script.header("Content-Type") == "text/plain")
        #expect(script.text.contains(" boatyard.mac=52:54:00:20:01:11 "))
        return try bootToken(in: script.text)
    }

    private func report(
        _ fixture: DrydockFixture, _ token: String, _ phase: String, _ sequence: Int
    ) async throws -> Value {
        let answer = try await fixture.ask(
            .post, "/agent/v1/events", ["phase": .string(phase), "message": "", "sequence": .int(sequence)],
            token: token)
        return answer.status == 200 ? try answer.json()["next"] ?? .null : .int(answer.status)
    }

    /// How far the machine is, as one node and in the list.
    private func progress(_ fixture: DrydockFixture) async throws -> Value? {
        let node = try await fixture.send(.get, "/api/v1.0/nodes/berth-1").json()["progress"]
        let nodes = try await fixture.send(.get, "/api/v1.0/nodes?designed=true").json()
        #expect(nodes.arrayValue?.first { $0["hostname"] == "berth-1" }?["progress"] == node)
        return node
    }

    @Test("the list has the rack of each node that documents name, and none for a machine that they do not name")
    func racks() async throws {
        try await DrydockFixture.run(isCommitted: true) { fixture in
            let unnamed = "06:00:00:00:00:16"
            let script = try await fixture.ask(.get, "/ipxe/\(unnamed)")
            let inventory: Value = ["mac": .string(unnamed), "details": []]
            let known = try await fixture.ask(
                .post, "/agent/v1/inventory", inventory, token: try bootToken(in: script.text))
            #expect(known.status == 200)
            let nodes = try await fixture.send(.get, "/api/v1.0/nodes?designed=true").json().arrayValue ?? []
            #expect(nodes.first { $0["hostname"] == "berth-1" }?["rack"] == "quay-1")
            #expect(nodes.first { $0["boot_mac"] == .string(unnamed) }?["rack"] == .null)
        }
    }

    @Test("a machine goes from its first boot to deployed, and its boot actions signal")
    func wholeWay() async throws {
        try await DrydockFixture.run { fixture in
            let prepare = try await fixture.start("prepare_nodes", node: "berth-1")
            // The design is known to the service, and the machine was switched on, once the task waits for it.
            while try await fixture.service.tasks().allSatisfy({ $0.waiting?.event != "the inventory of berth-1" }) {
                try Task.checkCancellation()
                await Task.yield()
            }
            let first = try await token(fixture)
            let boot = try await token(fixture)
            let inventory: Value = [
                "mac": .string(Self.mac), "bmc_address": "10.20.0.11", "cpu_count": 4, "memory_mib": 2048,
                "details": [["generator": "lshw", "format": "text/xml", "data": "<list/>"]],
            ]
            #expect(try await fixture.ask(.post, "/agent/v1/inventory", inventory, token: first).status == 401)
            #expect(try await fixture.ask(.post, "/agent/v1/inventory", inventory).status == 401)
            let known = try await fixture.ask(.post, "/agent/v1/inventory", inventory, token: boot)
            #expect(try known.json()["node"] == "berth-1")
            #expect(try await fixture.ended(prepare).result.successes == ["berth-1"])
            let nothing = try await fixture.ask(.get, "/agent/v1/plan?wait=0", token: boot)
            #expect(nothing.status == 204)
            #expect(nothing.bytes.isEmpty)
            let nodes = try await fixture.send(.get, "/api/v1.0/nodes").json()
            let seen = nodes[0]?["power_observed_at"] ?? .null
            #expect(seen.stringValue != nil)
            #expect(try await fixture.send(.get, "/api/v1.0/nodes/berth-1").json()["status_name"] == "Ready")
            #expect(try await fixture.send(.get, "/api/v1.0/nodes/berth-9").status == 404)
            #expect(
                nodes == [
                    [
                        "hostname": "berth-1", "memory": 2048, "cpu_count": 4, "status_name": "Ready",
                        "boot_mac": "52:54:00:20:01:11", "power_state": "on", "power_address": "10.20.0.11",
                        "boot_ip": "192.0.2.77",
                        "hardware": [
                            "vendor": nil, "product": nil, "serial": nil, "uuid": nil, "cpu_count": 4,
                            "memory_mib": 2048, "firmware": nil, "bmc_address": "10.20.0.11", "disks": [],
                            "interfaces": [],
                        ],
                        "power_observed_at": seen, "power_stale": false, "power_failure": nil,
                    ]
                ])

            let noKey = try await fixture.ask(.get, "/api/v1.0/bootdata/berth-1/files")
            #expect(noKey.status == 404)
            #expect(
                noKey.text
                    == #"{"title": "404 Not Found", "description": "Error locating boot action for berth-1"}"#)

            let deploy = try await fixture.start("deploy_nodes", node: "berth-1")
            let answer = try await fixture.ask(.get, "/agent/v1/plan?wait=30", token: boot)
            #expect(answer.status == 200)
            let plan = try answer.json()
            #expect(plan["kind"] == "install")
            #expect(try await fixture.ask(.get, "/agent/v1/plan", token: boot).json() == plan)
            #expect(try await progress(fixture) == ["phase": nil, "stage": 0, "stages": 7])
            #expect(try await report(fixture, boot, "partitioned", 1) == 409)
            #expect(try await report(fixture, boot, "started", 2) == "continue")
            #expect(try await report(fixture, boot, "started", 2) == "continue")
            #expect(try await progress(fixture) == ["phase": "started", "stage": 1, "stages": 7])
            #expect(try await fixture.ask(.get, "/agent/v1/plan", token: boot).status == 409)
            #expect(try await report(fixture, boot, "nonsense", 3) == 400)

            let key = try #require(plan["boot_data"]?["key"]?.stringValue)
            try await bootData(fixture, key)
            #expect(try await report(fixture, boot, "installed", 4) == "reboot")
            #expect(try await progress(fixture) == ["phase": "installed", "stage": 6, "stages": 7])
            #expect(try await fixture.send(.get, "/api/v1.0/nodes").json()[0]?["progress"] == nil)
            #expect(try await fixture.ask(.get, "/ipxe/\(Self.mac)").text.contains("sanboot"))
            #expect(try await report(fixture, boot, "booted", 5) == "continue")
            try await signal(fixture, plan, key)
            let ended = try await fixture.ended(deploy)
            #expect(ended.result.status == .success)
            #expect(ended.result.successes == ["berth-1"])
            #expect(try await progress(fixture) == .null)
            let data = try await fixture.send(.get, "/api/v1.0/nodes/berth-1/builddata?latest=true").json()
            #expect(data.arrayValue?.compactMap { $0["generator"]?.stringValue } == ["inventory", "lshw"])
            #expect(data[1]?["data_element"] == "<list/>")
        }
    }

    @Test("secrets in what a machine says are masked in tasks, nodes and timelines")
    func maskedTexts() async throws {
        try await DrydockFixture.run { fixture in
            let prepare = try await fixture.start("prepare_nodes", node: "berth-1")
            while try await fixture.service.tasks().allSatisfy({ $0.waiting == nil }) {
                try Task.checkCancellation()
                await Task.yield()
            }
            let boot = try await token(fixture)
            _ = try await fixture.ask(.post, "/agent/v1/inventory", ["mac": .string(Self.mac)], token: boot)
            #expect(try await fixture.ended(prepare).result.successes == ["berth-1"])
            _ = try await fixture.start("deploy_nodes", node: "berth-1")
            #expect(try await fixture.ask(.get, "/agent/v1/plan?wait=30", token: boot).status == 200)
            #expect(try await report(fixture, boot, "started", 1) == "continue")
            let operation = try await fixture.ask(
                .post, "/agent/v1/operations",
                ["operation": "write image", "status": "failed", "output": "curl -u user:canary http://h"], token: boot)
            #expect((200..<300).contains(operation.status))
            let failed: Value = [
                "phase": "failed", "sequence": 2,
                "message": "http://u:canary@h/ and {\"value\":\"canary\",\"name\":\"token\"}",
            ]
            #expect(try await fixture.ask(.post, "/agent/v1/events", failed, token: boot).status == 200)
            for (path, expected) in [
                ("/api/v1.0/tasks", "http://u:***@h/ and"), ("/api/v1.0/nodes", "berth-1"),
                ("/api/v1.0/nodes/berth-1/timeline", "http://u:***@h/ and"),
            ] {
                let answer = try await fixture.send(.get, path)
                #expect(answer.status == 200)
                #expect(answer.text.contains(expected) && !answer.text.contains("canary"), "\(path): \(answer.text)")
            }
        }
    }

    private func bootData(_ fixture: DrydockFixture, _ key: String) async throws {
        for path in ["/api/v1.0/bootdata/berth-1/files", "/api/v1.0/bootactions/nodes/berth-1/units"] {
            let missing = try await fixture.ask(.get, path)
            #expect(missing.status == 401)
            #expect(missing.text == #"{"title": "Unauthorized", "description": "No X-Bootaction-Key"}"#)
            #expect(missing.header("WWW-Authenticate") == "Bootaction-Key")
            let wrong = try await fixture.ask(.get, path, key: String(repeating: "00", count: 32))
            #expect(wrong.status == 403)
            #expect(wrong.text == #"{"title": "Unauthorized", "description": "Invalid X-Bootaction-Key"}"#)
            #expect(try await fixture.ask(.get, path, key: "zz").status == 403)
            let answer = try await fixture.ask(.get, path, key: key)
            #expect(answer.status == 200)
            #expect(answer.header("Content-Type") == "application/gzip")
            let suffix = path.hasSuffix("files") ? "file" : "unit"
            #expect(
                answer.header("Content-Disposition") == "attachment; filename=\"berth-1-\(suffix).tar.gz\"")
            let again = try await fixture.ask(.get, path, key: key)
            #expect(again.bytes == answer.bytes)
            #expect(!answer.bytes.isEmpty)
            let tag = try #require(answer.header("ETag"))
            let unchanged = try await fixture.send(
                .get, path, headers: ["X-Bootaction-Key": key, "If-None-Match": "\"x\", W/\(tag)"], caller: nil,
                listener: .node)
            #expect(unchanged.status == 304)
            #expect(unchanged.bytes.isEmpty)
            #expect(unchanged.header("ETag") == tag)
            let other = try await fixture.send(
                .get, path, headers: ["X-Bootaction-Key": key, "If-Match": "\"x\"", "If-None-Match": tag], caller: nil,
                listener: .node)
            #expect(other.status == 412 && other.bytes.isEmpty, "If-Match counts first")
            let unknown = try await fixture.send(
                .get, path, headers: ["If-None-Match": tag], caller: nil, listener: .node)
            #expect(unknown.status == 401)
            let changed = try await fixture.send(
                .get, path, headers: ["X-Bootaction-Key": key, "If-None-Match": "\"x\""], caller: nil, listener: .node)
            #expect(changed.status == 200)
        }
    }

    private func signal(_ fixture: DrydockFixture, _ plan: Value, _ key: String) async throws {
        let actions = plan["boot_actions"]?.arrayValue ?? []
        let action = try #require(actions.first { $0["signaling"] == true })
        let id = try #require(action["action_id"]?.stringValue)
        let path = "/api/v1.0/bootactions//\(id)/"
        #expect(try await fixture.ask(.post, path, [:]).status == 401)
        #expect(try await fixture.ask(.post, path.lowercased(), [:], key: key).status == 404)
        let bad = try await fixture.ask(.post, path, ["status": "maybe"], key: key)
        #expect(bad.status == 400)
        #expect(bad.text == #"{"title": "400 Bad Request", "description": "Error processing body."}"#)
        #expect(try await fixture.ask(.post, path, raw: [], key: key).status == 400)
        let note = try await fixture.ask(
            .post, path, ["details": [["message": "half way", "error": true, "percent": 50]]], key: key)
        #expect(try note.json()["action_status"] == "incomplete")
        let last = try await fixture.ask(.post, "/api/v1.0/bootaction/\(id)", ["status": "Success"], key: key)
        #expect(last.status == 200)
        #expect(
            try last.json().objectValue.map { Array($0.keys) } == [
                "node_name", "action_id", "action_name", "task_id", "action_status",
            ])
        #expect(try last.json()["action_status"] == "success")
        let closed = try await fixture.ask(.post, path, ["status": "failure"], key: key)
        #expect(closed.status == 409)
        #expect(
            try closed.json()["description"]
                == .string("Action \(id) status finalized, not available for update."))
        let leaf = try await fixture.service.task(try last.json()["task_id"]?.stringValue ?? "")
        let message = leaf?.messages.first { $0.contextType == "bootaction" }
        #expect(message?.isError == true)
        #expect(message?.extra == ["percent": 50])
        for other in actions where other["signaling"] == true && other["action_id"]?.stringValue != id {
            let id = other["action_id"]?.stringValue ?? ""
            _ = try await fixture.ask(.post, "/api/v1.0/bootaction/\(id)", ["status": "success"], key: key)
        }
    }

    @Test("what machines send is held against bounds")
    func hostile() async throws {
        try await DrydockFixture.run { fixture in
            #expect(try await fixture.ask(.get, "/ipxe/nonsense").status == 400)
            #expect(try await fixture.ask(.get, "/ipxe/%24%7Bnet0%7D").status == 400)
            for mac in ["00-00-00-00-00-00", "ff-ff-ff-ff-ff-ff", "01-00-5e-00-00-01", "03:00:00:00:00:01"] {
                #expect(try await fixture.ask(.get, "/ipxe/\(mac)").status == 400, "\(mac)")
                #expect(try await fixture.ask(.get, "/agent/v1/boot?mac=\(mac)").status == 400, "\(mac)")
                let claim = try await fixture.send(.post, "/api/v1.0/nodes/berth-1/claim", ["mac": .string(mac)])
                #expect(claim.status == 400, "\(mac)")
            }
            #expect(try await fixture.ask(.get, "/netboot/..%2f..%2fetc%2fpasswd").status == 404)
            #expect(try await fixture.ask(.get, "/netboot/passwd").status == 404)
            let boot = try await token(fixture)
            for body in [
                "[]", "{", "{}", "{\"mac\": null}", "{\"other\": 1}", "{\"mac\": 7}",
                "{\"mac\": \"52:54:00:00:00:99\"}", "{\"mac\": \"ff:ff:ff:ff:ff:ff\"}", "{\"details\": [1]}",
                "{\"cpu_count\": 4, \"disks\": {}}", "{\"cpu_count\": 4, \"interfaces\": [\"eno1\"]}",
                "{\"details\": [{\"generator\": \"lshw\", \"data\": \"\", \"format\": 7}]}",
            ] {
                let answer = try await fixture.ask(.post, "/agent/v1/inventory", raw: Array(body.utf8), token: boot)
                #expect(answer.status == 400)
                #expect(try answer.json()["error"]?.stringValue?.isEmpty == false)
            }
            for body in [
                "[]", "{}", #"{"sequence": 1, "operation": "", "status": "started"}"#,
                #"{"sequence": 1, "operation": "x", "status": "begun"}"#,
                #"{"sequence": 1, "operation": 7, "status": "started"}"#,
                #"{"sequence": 1, "operation": "\#(String(repeating: "x", count: 257))", "status": "started"}"#,
            ] {
                let answer = try await fixture.ask(.post, "/agent/v1/operations", raw: Array(body.utf8), token: boot)
                #expect(answer.status == 400)
                #expect(try answer.json()["error"]?.stringValue?.contains("'operation'") == true)
            }
            for (member, value) in [
                ("seconds", "\"1\""), ("seconds", "-1"), ("output", "[\"a\"]"), ("sequence", "-1"), ("sequence", "1.5"),
            ] {
                let body = #"{"operation": "x", "status": "finished", "\#(member)": \#(value)}"#
                let answer = try await fixture.ask(.post, "/agent/v1/operations", raw: Array(body.utf8), token: boot)
                #expect(answer.status == 400)
                #expect(try answer.json()["error"]?.stringValue?.hasPrefix("'\(member)' cannot be read") == true)
            }
            for (member, value) in [("message", "7"), ("permanent", "\"true\""), ("takes_next_plan", "1")] {
                let body = #"{"phase": "failed", "sequence": 1, "\#(member)": \#(value)}"#
                let answer = try await fixture.ask(.post, "/agent/v1/events", raw: Array(body.utf8), token: boot)
                #expect(answer.status == 400)
                #expect(try answer.json()["error"]?.stringValue?.hasPrefix("'\(member)' cannot be read") == true)
            }
            #expect(try await report(fixture, boot, "started", 1) == 409)
            #expect(try await report(fixture, "00", "started", 1) == 401)
            #expect(try await fixture.ask(.post, "/api/v1.0/bootaction/nonsense", [:], key: "00").status == 404)
            #expect(try await fixture.send(.get, "/ipxe/\(Self.mac)").status == 404)
            #expect(try await fixture.ask(.get, "/api/v1.0/tasks").status == 404)
        }
    }

    @Test("a machine that goes while it waits for its plan is not waited for")
    func departure() async throws {
        try await DrydockFixture.run { fixture in
            let boot = try await token(fixture)
            let known = try await fixture.ask(.post, "/agent/v1/inventory", ["mac": .string(Self.mac)], token: boot)
            #expect(known.status == 200)
            let request = APIRequest(
                method: .get, target: "/agent/v1/plan?wait=60", headers: [.authorization: "Bearer \(boot)"],
                listener: .node)
            guard case .call(let call) = await fixture.table.plan(for: request)
            else {
                Issue.record("there is no such route")
                return
            }
            let isWatched = Atomic(false)
            let answer = await call.perform(body: []) { isWatched.store(true, ordering: .relaxed) }
            #expect(answer.status == .noContent)
            let wasWatched = isWatched.load(ordering: .relaxed)
            #expect(wasWatched)
        }
    }
}
