import Drydock
import HTTPTypes
import OrderedCollections
import Primitives
import TestSupport
import Testing

@testable import API

@Suite("Drydock's controller")
struct DrydockControllerTests {
    @Test("a created task is answered as Drydock does, and ends")
    func create() async throws {
        try await DrydockFixture.run { fixture in
            let answer = try await fixture.send(
                .post, "/api/v1.0/tasks", ["action": "verify_site", "design_ref": .string(fixture.design)])
            #expect(answer.status == 201)
            let task = try answer.json()
            let id = try #require(task["task_id"]?.stringValue)
            #expect(answer.header("Location") == "/api/v1.0/tasks/\(id)")
            #expect(answer.header("x-drydock-req").flatMap { UUIDv4($0) } != nil)
            #expect(answer.header("Content-Type") == "application/json")
            #expect(
                task.objectValue.map { Array($0.keys) } == [
                    "kind", "apiVersion", "task_id", "action", "parent_task_id", "design_ref", "status", "result",
                    "node_filter", "subtask_id_list", "created", "created_by", "updated", "terminated",
                    "terminated_by", "terminate", "retry",
                ])
            #expect(task["status"] == "queued")
            #expect(task["created_by"] == "tester")
            #expect(task["created"]?.stringValue?.hasSuffix("+00:00") == true)
            #expect(
                task["result"] == [
                    "kind": "Status", "apiVersion": "v1.0", "metadata": [:], "message": nil, "reason": nil,
                    "status": "incomplete", "successes": [], "failures": [], "links": [],
                    "details": ["errorCount": 0, "messageList": []],
                ])
            #expect(try await fixture.ended(id).result.status == .success)

            let done = try await fixture.send(.get, "/api/v1.0/tasks/\(id)").json()
            #expect(done["status"] == "complete")
            #expect(done["created"]?.stringValue?.hasSuffix("+00:00") == false)
            let child = try #require(done["subtask_id_list"]?[0]?.stringValue)
            let texts = done["result"]?["details"]?["messageList"]?.arrayValue?.compactMap {
                $0["message"]?.stringValue
            }
            #expect(
                texts == [
                    "Started subtask \(child) for action validate_node_services", "Collected subtask \(child)",
                ])
            let one = try await fixture.send(.get, "/api/v1.0/tasks/\(id)?layers=1").json()
            #expect(one.objectValue.map { Array($0.keys) } == ["init_task_id", id])
            let all = try await fixture.send(.get, "/api/v1.0/tasks/\(id)?layers=-1&subtaskerrors=true&builddata=true")
                .json()
            #expect(all.objectValue.map { Array($0.keys) } == ["init_task_id", id, child, "subtask_errors"])
            #expect(all[id]?["build_data"] == [])
            #expect(try await fixture.send(.get, "/api/v1.0/tasks").json().arrayValue?.count == 2)
            for task in [id, "zz", UUIDv4().description] {
                let data = try await fixture.send(.get, "/api/v1.0/tasks/\(task)/builddata")
                #expect(data.status == 404)
                #expect(
                    try data.json() == [
                        "type": "error", "message": .string("No build data found for task \(task)"), "retry": false,
                    ])
            }
        }
    }

    @Test("what cannot be a task is refused as Drydock refuses it")
    func refused() async throws {
        try await DrydockFixture.run { fixture in
            func error(_ body: Value?, raw: [UInt8]? = nil, type: String = "application/json") async throws -> Value {
                let answer = try await fixture.send(.post, "/api/v1.0/tasks", body, raw: raw, type: type)
                return [.int(answer.status), try answer.json()]
            }
            for unreadable in [
                try await error(nil), try await error(nil, raw: Array("{".utf8)), try await error([1]),
                try await error([:], type: "text/plain"),
            ] {
                #expect(unreadable[0] == 400)
                #expect(unreadable[1]?["type"] == "error")
                #expect(
                    unreadable[1]?["message"]?.stringValue?.contains("JSON") == true
                        || unreadable[1]?["message"] == "Requires application/json payload")
            }
            #expect(
                try await error(["action": "frob", "design_ref": "x"])
                    == [400, ["type": "error", "message": "Unsupported action frob", "retry": false]])
            #expect(
                try await error(["design_ref": "x"])
                    == [400, ["type": "error", "message": "Unsupported action None", "retry": false]])
            #expect(
                try await error(["action": "noop", "design_ref": "x"])
                    == [400, ["type": "error", "message": "Unsupported action noop", "retry": false]])
            #expect(
                try await error(["action": "verify_site"])
                    == [
                        400, ["type": "error", "message": "Missing input required value: design_ref", "retry": false],
                    ])
            let missing = try await fixture.send(.get, "/api/v1.0/tasks/zz")
            #expect(missing.status == 404)
            #expect(
                try missing.json() == ["type": "error", "message": "Task zz does not exist", "retry": false])
        }
    }

    @Test("callers need a role, and each action its own rule")
    func policy() async throws {
        try await DrydockFixture.run { fixture in
            let nobody = try await fixture.send(.get, "/api/v1.0/tasks", caller: nil)
            #expect(nobody.status == 401)
            #expect(nobody.text == #"{"type": "error", "message": "Unauthenticated", "retry": false}"#)
            #expect(nobody.header("WWW-Authenticate") == #"Keystone uri="http://k/v3""#)
            let caller = Caller(name: "r", roles: ["reader"], isOfServiceProject: true)
            let reader = try await fixture.send(.get, "/api/v1.0/nodes", caller: caller)
            #expect(reader.status == 403)
            #expect(reader.text == #"{"type": "error", "message": "Forbidden", "retry": false}"#)
            let method = try await fixture.send(.put, "/api/v1.0/tasks")
            #expect(method.status == 405)
            #expect(try method.json()["title"] == "405 Method Not Allowed")
            #expect(
                try method.json()["description"]
                    == "This path answers DELETE, GET, OPTIONS, POST only: use one of these methods.")
            #expect(method.header("Allow") == "DELETE, GET, OPTIONS, POST")
        }
    }

    @Test("designs are validated, filters answered, both with their errors")
    func designs() async throws {
        try await DrydockFixture.run { fixture in
            func validate(_ body: Value?, raw: [UInt8]? = nil) async throws -> DrydockFixture.Response {
                try await fixture.send(.post, "/api/v1.0/validatedesign", body, raw: raw)
            }
            let good = try await validate([
                "rel": "design", "href": .string(fixture.design), "type": "application/x-yaml",
            ])
            #expect(good.status == 200)
            #expect(try good.json()["status"] == "Success")
            #expect(try good.json()["code"] == 200)
            #expect(try await validate(nil).text.contains("Request body must not be empty for validation."))
            #expect(try await validate(["rel": "x"]).status == 400)
            #expect(try await validate(nil, raw: Array("{".utf8)).status == 400)
            let scheme = try await validate(["href": "gopher://x"])
            #expect(scheme.status == 400)
            #expect(try scheme.json()["retry"] == false)
            let file = try await validate(["href": "file:///etc/passwd"])
            #expect(file.status == 400)
            #expect(file.text.contains("Files are not read"))

            func names(_ body: Value) async throws -> DrydockFixture.Response {
                try await fixture.send(.post, "/api/v1.0/nodefilter", body)
            }
            let number = try await names(["design_ref": 5])
            #expect(number.status == 400)
            #expect(number.text.contains("design_ref must be a text, but is 5"))
            let task = try await fixture.send(.post, "/api/v1.0/tasks", ["action": "verify_site", "design_ref": [1]])
            #expect(task.status == 400)
            #expect(task.text.contains("design_ref must be a text, but is [1]"))
            let all = try await names(["design_ref": .string(fixture.design), "node_filter": nil])
            #expect(try all.json() == ["berth-1", "berth-2", "berth-3", "berth-4"])
            let one = try await names(["design_ref": .string(fixture.design), "node_filter": fixture.filter("berth-2")])
            #expect(try one.json() == ["berth-2"])
            #expect(try await names(["design_ref": .string(fixture.design), "node_filter": [:]]).status == 400)
            #expect(try await names([:]).text.contains("Missing input required value: design_ref"))
        }
    }

    @Test("a design that is not there is a 404, and one whose server does not answer a 503")
    func absentDesigns() async throws {
        try await DrydockFixture.run { fixture in
            func ask(_ design: String) async throws -> [DrydockFixture.Response] {
                [
                    try await fixture.send(.post, "/api/v1.0/nodefilter", ["design_ref": .string(design)]),
                    try await fixture.send(.post, "/api/v1.0/validatedesign", ["href": .string(design)]),
                ]
            }
            let unknown = fixture.design.replacing(/revisions\/[0-9]+/, with: "revisions/4711")
            for answer in try await ask(unknown) {
                #expect(answer.status == 404)
                #expect(
                    try answer.json() == [
                        "type": "error", "message": "The requested revision=4711 was not found", "retry": false,
                    ])
            }
            for answer in try await ask("http://127.0.0.1:1/x") {
                #expect(answer.status == 503)
                #expect(answer.header("Retry-After") == "30")
                #expect(try answer.json()["retry"] == true)
            }
            let refusing = try await TinyServer.start([
                "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n",
            ])
            for answer in try await ask("http://127.0.0.1:\(refusing.port)/x") {
                #expect(answer.status == 404)
                #expect(try answer.json()["retry"] == false)
            }
            await refusing.stop()
            let closed = try await TinyServer.start([
                "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n",
            ])
            for answer in try await ask("http://127.0.0.1:\(closed.port)/x") { #expect(answer.status == 400) }
            await closed.stop()
        }
    }

    @Test("what is asked for and not there has the bodies of Drydock")
    func missing() async throws {
        try await DrydockFixture.run { fixture in
            #expect(try await fixture.send(.get, "/api/v1.0/nodes").json() == [])
            let data = try await fixture.send(.get, "/api/v1.0/nodes/n1/builddata?latest=True")
            #expect(data.status == 404)
            #expect(try data.json()["message"] == "No build data found")
            let purge = try await fixture.send(.delete, "/api/v1.0/tasks")
            #expect(purge.status == 200)
            #expect(purge.text == "Tables purged successfully.")
            let health = try await fixture.send(.get, "/api/v1.0/health/extended")
            #expect(try health.json()["status"] == "Success")
        }
    }

    @Test("how old what is purged must be is a number of days, or nothing is purged")
    func purge() async throws {
        try await DrydockFixture.run { fixture in
            let id = try await fixture.start("verify_nodes", node: "berth-1")
            _ = try await fixture.ended(id)
            for days in ["abc", "-1", "", "1.5", "99999999999999999999"] {
                let answer = try await fixture.send(.delete, "/api/v1.0/tasks?days=\(days)")
                #expect(answer.status == 400, "\(days)")
                #expect(try answer.json()["message"]?.stringValue?.contains("days") == true)
            }
            #expect(try await fixture.service.tasks().contains { $0.id == id })
            #expect(try await fixture.send(.delete, "/api/v1.0/tasks?days=0").status == 200)
            #expect(try await !fixture.service.tasks().contains { $0.id == id })
        }
    }

    @Test("a task on a design that cannot be is refused, and none is made; one with a password shows it to nobody")
    func impossibleDesigns() async throws {
        try await DrydockFixture.run { fixture in
            func create(_ design: String) async throws -> DrydockFixture.Response {
                try await fixture.send(
                    .post, "/api/v1.0/tasks", ["action": "verify_site", "design_ref": .string(design)])
            }
            let unknown = fixture.design.replacing(/revisions\/[0-9]+/, with: "revisions/4711")
            for (design, status) in [
                (unknown, 404), ("gopher://u:secret@h/x", 400), ("x", 400), ("http://u:secret@h:99999/x", 400),
                ("deckhand+http://u:secret@h/api/v1.0/buckets/a", 400),
            ] {
                let answer = try await create(design)
                #expect(answer.status == status, "\(design)")
                #expect(try answer.json()["type"] == "error")
                #expect(!answer.text.contains("secret"), "\(answer.text)")
            }
            #expect(try await fixture.service.tasks().isEmpty)
            let task = try await create("http://u:secret@127.0.0.1:1/x?token=secret")
            #expect(task.status == 201)
            #expect(try task.json()["design_ref"] == "http://127.0.0.1:1/x?token=***")
            let id = try task.json()["task_id"]?.stringValue ?? ""
            _ = try await fixture.ended(id)
            for path in ["tasks", "tasks/\(id)", "tasks/\(id)?layers=-1&subtaskerrors=true&builddata=true"] {
                let answer = try await fixture.send(.get, "/api/v1.0/\(path)")
                #expect(answer.text.contains("127.0.0.1:1/x"))
                #expect(!answer.text.contains("secret"), "\(answer.text)")
            }
        }
    }

    @Test("a task on a design in a file is refused where files are not read, and none is made")
    func fileDesign() async throws {
        try await DrydockFixture.run { fixture in
            let answer = try await fixture.send(
                .post, "/api/v1.0/tasks", ["action": "verify_site", "design_ref": "file:///etc/passwd"])
            #expect(answer.status == 400)
            #expect(try answer.json()["message"]?.stringValue?.contains("Files are not read") == true)
            #expect(try await fixture.service.tasks().isEmpty)
        }
    }
}
