import DrydockFake
import HTTPTypes
import OrderedCollections
import Primitives
import Synchronization
import Testing

@testable import API
@testable import Shipyard

@Suite struct ShipyardControllerTests {
    @Test("errors carry both lists, the one that clients read and the one that is documented")
    func errorBody() async throws {
        try await ShipyardFixture.with { fixture in
            let response = await fixture.ask(.get, "/api/v1.0/actions/01BTTMFVDKZFRJM80FGD7J1AKN")
            #expect(response.status == .notFound)
            let details = try #require(response.json["details"])
            #expect(details["messageList"]?[0]?["message"] == "Unknown Action: 01BTTMFVDKZFRJM80FGD7J1AKN")
            #expect(details["errorList"] == details["messageList"])
        }
    }

    @Test("the versions are told to everybody")
    func versions() async throws {
        try await ShipyardFixture.with { fixture in
            let answer = await fixture.ask(.get, "/versions", caller: nil)
            #expect(answer.status == .ok)
            #expect(answer.json == ["v1.0": ["path": "/api/v1.0", "status": "stable"]])
        }
    }

    @Test("every answer has an id of its own, errors included")
    func requestID() async throws {
        try await ShipyardFixture.with { fixture in
            let answers = [
                await fixture.ask(.get, "/versions"), await fixture.ask(.get, "/versions"),
                await fixture.ask(.get, "/api/v1.0/actions"), await fixture.ask(.get, "/api/v1.0/actions?limit=x"),
                await fixture.ask(.get, "/api/v1.0/actions/none"), await fixture.ask(.put, "/api/v1.0/actions"),
                await fixture.ask(.get, "/api/v1.0/actions", caller: nil),
            ]
            #expect(answers.map(\.status.code) == [200, 200, 200, 400, 404, 405, 401])
            let name = try #require(HTTPField.Name("X-Shipyard-Req"))
            #expect(Set(answers.compactMap { $0.headers[name].flatMap { UUIDv4($0) } }).count == answers.count)
        }
    }

    @Test(
        "bad input is refused with the recorded words",
        arguments: [
            ("GET /api/v1.0/actions?verbosity=6", 400, "Invalid verbosity parameter"),
            ("GET /api/v1.0/actions?verbosity=", 400, "Invalid verbosity parameter"),
            ("GET /api/v1.0/configdocs?versions=committed", 400, "Incorrect number of versions for comparison"),
            ("GET /api/v1.0/configdocs?version=buffer,buffer", 400, "Versions must be different for comparison"),
            ("GET /api/v1.0/configdocs?version=buffer,nothing", 400, "Invalid version detected"),
            ("GET /api/v1.0/configdocs?versions=buffer&versions=last_site_action", 404, "Version does not exist"),
            ("GET /api/v1.0/configdocs/c?version=newest", 400, "Invalid version query parameter specified"),
            ("GET /api/v1.0/actions/short/steps/s/logs", 400, "Invalid Action ID!"),
            ("GET /api/v1.0/actions/01BTTMFVDKZFRJM80FGD7J1AKNN/steps/s/logs", 400, "Invalid Action ID!"),
            ("GET /api/v1.0/actions/01BTTMFVDKZFRJM80FGD7J1AKN/steps/s/logs", 404, "Action Not Found!"),
            ("GET /api/v1.0/actions/01BTTMFVDKZFRJM80FGD7J1AKN/steps/s", 404, "Action not found"),
            ("GET /api/v1.0/actions/", 404, "Action not found"),
            ("POST /api/v1.0/actions/01BTTMFVDKZFRJM80FGD7J1AKN/control/stop", 404, "Action not found"),
            (
                "GET /api/v1.0/notedetails/01BTTMFVDKZFRJM80FGD7J1AKNN", 400,
                "Notes ID values are 26 character ULID values"
            ),
            ("GET /api/v1.0/notedetails/01BTTMFVDKZFRJM80FGD7J1AKN", 404, "No note found"),
            ("GET /api/v1.0/site_statuses?filters=mood", 400, "Not a valid status filter"),
            ("GET /api/v1.0/site_statuses?filters=", 400, "Not a valid status filter"),
            (
                "GET /api/v1.0/actions?before=x", 400,
                "The \"before\" parameter is invalid. The value must be the id of an action."
            ),
            (
                "GET /api/v1.0/configdocs/a%00b", 400,
                "The \"collection\" in the path is invalid. "
                    + "It has the control character U+0000, which names may not have."
            ),
            (
                "POST /api/v1.0/configdocs/a%7Fb", 400,
                "The \"collection\" in the path is invalid. "
                    + "It has the control character U+007F, which names may not have."
            ),
            (
                "POST /api/v1.0/configdocs/never?empty-collection=true", 400,
                "Collection never not added to Shipyard buffer"
            ),
            ("GET /api/v1.0/workflows/deploy_site", 400, "Invalid Workflow ID specified"),
            ("POST /api/v1.0/commitconfigdocs", 409, "Unable to commit configuration documents"),
            ("POST /api/v1.0/configdocs/c", 400, "Content-Length is a required header"),
            ("POST /api/v1.0/actions", 400, "Json body is required"),
            ("GET /api/v1.0/events?after=x", 400, "Invalid event id"),
        ])
    func badInput(request: String, status: Int, title: String) async throws {
        try await ShipyardFixture.with { fixture in
            let parts = request.split(separator: " ").map(String.init)
            let response = await fixture.ask(parts[0] == "GET" ? .get : .post, parts[1])
            #expect(response.status.code == status)
            #expect(response.json["message"] == .string(title))
            #expect(response.json["kind"] == "status")
        }
    }

    @Test("versions to compare are taken in any case")
    func versionCase() async throws {
        try await ShipyardFixture.with { fixture in
            #expect(await fixture.commitSite().status == .ok)
            let compared = await fixture.ask(.get, "/api/v1.0/configdocs?version=BUFFER,Committed")
            #expect(compared.status == .ok)
            let plain = await fixture.ask(.get, "/api/v1.0/configdocs")
            #expect(compared.json == plain.json)
        }
    }

    @Test("the id that a list ends before is taken in any case")
    func beforeCase() async throws {
        try await ShipyardFixture.with { fixture in
            for id in ["01BTTMFVDKZFRJM80FGD7J1AKN", "01bttmfvdkzfrjm80fgd7j1akn"] {
                let answer = await fixture.ask(.get, "/api/v1.0/actions?before=\(id)")
                #expect(answer.status == .ok && answer.json == [], "\(id)")
            }
        }
    }

    @Test("an action whose body is not labelled as JSON is told so")
    func actionLabel() async throws {
        try await ShipyardFixture.with { fixture in
            for (type, words) in [
                ("application/x-yaml", "it came as application/x-yaml"), (nil, "without Content-Type"),
            ] {
                let refused = await fixture.ask(.post, "/api/v1.0/actions", #"{"name": "test_site"}"#, type: type)
                #expect(refused.status == .badRequest)
                #expect(refused.json["reason"] == "/api/v1.0/actions: Bad input, no body provided")
                let told = refused.json["details"]?["messageList"]?[0]?["message"]?.stringValue ?? ""
                #expect(told.contains(words) && told.contains("Send an object with Content-Type: application/json"))
            }
        }
    }

    @Test("numbers and durations that are none are invalid parameters")
    func parameters() async throws {
        try await ShipyardFixture.with { fixture in
            let targets = [
                "/api/v1.0/actions?limit=0", "/api/v1.0/actions?limit=10001", "/api/v1.0/actions?limit=x",
                "/api/v1.0/actions/x?wait=soon", "/api/v1.0/actions/x?wait=-1",
                "/api/v1.0/actions/x?wait=9999999999999s",
                "/api/v1.0/workflows?limit=",
            ]
            for target in targets {
                let response = await fixture.ask(.get, target)
                #expect(response.status == .badRequest, "\(target)")
                #expect(response.json["details"]?["errorType"] == "HTTPInvalidParam")
            }
        }
    }

    @Test("an action that is refused is kept, and answered 409 with its entity and the keys of an error")
    func refused() async throws {
        try await ShipyardFixture.with { fixture in
            let response = await fixture.ask(
                .post, "/api/v1.0/actions", #"{"name": "deploy_site"}"#, type: "application/json")
            #expect(response.status == .conflict)
            let body = response.json
            #expect(body["name"] == "deploy_site")
            #expect(body["action_lifecycle"] == "Failed")
            #expect(body["code"] == "409 Conflict")
            #expect(body["message"] == "No committed configdocs")
            #expect(body["details"]?["errorCount"] == 1)
            let id = try #require(body["id"]?.stringValue)
            let kept = await fixture.ask(.get, "/api/v1.0/actions/\(id)").json
            #expect(kept["validations"] == body["validations"])
            let validation = try #require(kept["validations"]?[0]?["id"]?.stringValue)
            let detail = await fixture.ask(.get, "/api/v1.0/actions/\(id)/validations/\(validation)")
            #expect(detail.json == kept["validations"]?[0])

            for body in [
                #"{"name": "redeploy_server"}"#, #"{"name": "redeploy_server", "parameters": {"target_nodes": [1]}}"#,
            ] {
                let malformed = await fixture.ask(.post, "/api/v1.0/actions", body, type: "application/json")
                #expect(malformed.status == .badRequest)
            }
            #expect(await fixture.ask(.get, "/api/v1.0/actions").json.arrayValue?.count == 1)
        }
    }

    @Test("revisions stay while an action works on them, and can be deleted afterwards")
    func deletion() async throws {
        try await ShipyardFixture.with { fixture in
            #expect(await fixture.commitSite().status == .ok)
            let action = await fixture.ask(
                .post, "/api/v1.0/actions", #"{"name": "redeploy_server", "parameters": {"target_nodes": "n1"}}"#,
                type: "application/json")
            #expect(action.status == .created)
            let id = try #require(action.json["id"]?.stringValue)
            let refused = await fixture.ask(.delete, "/api/v1.0/revisions")
            #expect(refused.status == .conflict)
            guard case .bytes(let bytes) = refused.body else { return }
            #expect(String(decoding: bytes, as: UTF8.self).contains("action \(id)"))
            #expect(await fixture.ask(.post, "/api/v1.0/actions/\(id)/control/stop").status == .accepted)
            #expect(await fixture.ask(.get, "/api/v1.0/actions/\(id)?wait=60s").json["action_lifecycle"] == "Failed")
            #expect(await fixture.ask(.delete, "/api/v1.0/revisions").status == .noContent)
        }
    }

    @Test("events are server-sent, and go on after the one that was seen last")
    func events() async throws {
        try await ShipyardFixture.with { fixture in
            #expect(await fixture.commitSite().status == .ok)
            let greeting = try await text(of: await fixture.ask(.get, "/api/v1.0/events")) { $0.hasSuffix("\n\n") }
            #expect(greeting.hasPrefix("id: "))
            let created = await fixture.ask(
                .post, "/api/v1.0/actions", #"{"name": "test_site"}"#, type: "application/json")
            let id = try #require(created.json["id"]?.stringValue)
            #expect(await fixture.ask(.get, "/api/v1.0/actions/\(id)?wait=60s").json["action_lifecycle"] == "Complete")
            let stream = await fixture.ask(.get, "/api/v1.0/events?after=0&action=\(id)")
            #expect(stream.headers[.contentType] == "text/event-stream")
            let all = try await text(of: stream) { $0.contains(#""action_lifecycle":"Complete""#) }
            let numbers = all.split(separator: "\n").filter { $0.hasPrefix("id: ") }.compactMap { Int($0.dropFirst(4)) }
            #expect(numbers == numbers.sorted())
            #expect(all.contains("event: step\n"))
            var headers: HTTPFields = [:]
            if let name = HTTPField.Name("Last-Event-ID") { headers[name] = "\(numbers[numbers.count - 2])" }
            let rest = try await text(of: await fixture.ask(.get, "/api/v1.0/events", headers: headers)) { !$0.isEmpty }
            #expect(rest.hasPrefix("id: \(numbers[numbers.count - 1])\n"))
        }
    }

    private struct Enough: Error {}

    /// What a stream sends until `isEnough`.
    private func text(
        of response: APIResponse, until isEnough: @escaping @Sendable (String) -> Bool
    ) async throws -> String {
        guard case .stream(let body) = response.body else { throw RequestError.notFound }
        let collected = Mutex("")
        do {
            try await body.produce { piece in
                let text = collected.withLock { text in
                    text += String(decoding: piece, as: UTF8.self)
                    return text
                }
                if isEnough(text) { throw Enough() }
            }
        } catch is Enough {}
        return collected.withLock { $0 }
    }

    @Test("what a note leads to is answered as it is")
    func noteDetails() async throws {
        try await ShipyardFixture.with { fixture in
            fixture.provisioner.keepBuildData([["data_element": "more"]], of: "t")
            let note = Note.step("A", "s", "more", link: "http://x/api/v1.0/tasks/t/builddata", at: .now())
            let lost = Note.step("A", "s", "lost", link: "http://x/api/v1.0/tasks/gone/builddata", at: .now())
            let other = Note.step("A", "s", "other", link: "http://x/builddata", at: .now())
            try await fixture.service.notes.add([note, lost, other])
            let response = await fixture.ask(.get, "/api/v1.0/notedetails/\(note.id)")
            guard case .bytes(let bytes) = response.body else { return }
            #expect(String(decoding: bytes, as: UTF8.self) == #"[{"data_element": "more"}]"#)
            for missing in [lost, other] {
                let failure = await fixture.ask(.get, "/api/v1.0/notedetails/\(missing.id)")
                #expect(failure.status == .internalServerError)
                #expect(failure.json["message"] == "Unable to retrieve URL information for note")
            }
        }
    }
}
