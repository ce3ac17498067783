import Drydock
import DrydockFake
import HTTPTypes
import OrderedCollections
import Primitives
import Testing

@testable import API
@testable import Shipyard

/// What Shipyard's published API document says, each test under the section that it quotes.
@Suite("Shipyard's API document")
struct SeedDocumentTests {
    private static let moment = Timestamp("2017-10-09T21:18:56.685999") ?? .now()

    private func members(_ value: Value?) -> [String] { value?.objectValue.map { Array($0.keys) } ?? [] }

    /// An action that has ended, at `moment` throughout.
    private func endedAction(_ fixture: ShipyardFixture, _ name: String = "test_site") async throws -> String {
        let created = await fixture.ask(
            .post, "/api/v1.0/actions?allow-intermediate-commits=true", #"{"name": "\#(name)"}"#,
            type: "application/json")
        let id = try #require(created.json["id"]?.stringValue)
        await fixture.service.waitUntilFinished(id)
        return id
    }

    // GET /v1.0/configdocs/{collection_id}: "An empty response body will only be possible for version=buffer." and
    // "When version=committed, this indicates that either the collection has never existed or has been deleted by a
    // prior commit."
    @Test("a collection that a committed version does not hold is a 404; only the buffer answers an empty 200")
    func absentCollections() async throws {
        try await ShipyardFixture.with { fixture in
            func get(_ collection: String, _ version: String) async -> APIResponse {
                await fixture.ask(.get, "/api/v1.0/configdocs/\(collection)?version=\(version)")
            }
            #expect(await fixture.commitSite().status == .ok)
            let more = "schema: example/Kind/v1\nmetadata: {schema: metadata/Document/v1, name: more, storagePolicy: "
            let stream = more + "cleartext, layeringDefinition: {layer: site}}\ndata: {a: 1}\n"
            #expect(await fixture.ask(.post, "/api/v1.0/configdocs/more", stream).status == .created)
            #expect(await fixture.ask(.post, "/api/v1.0/commitconfigdocs").status == .ok)
            let id = try await endedAction(fixture, "update_software")
            #expect(await fixture.ask(.get, "/api/v1.0/actions/\(id)").json["action_lifecycle"] == "Complete")
            for version in ["committed", "last_site_action", "successful_site_action"] {
                #expect(await get("more", version).status == .ok)
                let never = await get("never", version)
                #expect(never.status == .notFound)
                #expect(never.json["message"] == "No documents to retrieve")
                #expect(never.json["reason"] == .string("No collection never for revision \(version)"))
            }
            let emptied = await fixture.ask(.post, "/api/v1.0/configdocs/more?empty-collection=true")
            #expect(emptied.status == .created)
            let buffer = await get("more", "buffer")
            #expect(buffer.status == .ok)
            #expect(text(buffer) == "")
            #expect(await get("never", "buffer").status == .notFound)
            #expect(await get("more", "committed").status == .ok)
            #expect(await fixture.ask(.post, "/api/v1.0/commitconfigdocs").status == .ok)
            #expect(await get("more", "committed").status == .notFound)
            #expect(await get("more", "last_site_action").status == .ok)
        }
    }

    // POST /v1.0/configdocs/{collection_id}, 400 Bad Request: "The request is missing a Content-Length header." and
    // "If this parameter is specified, the POST body will be ignored."
    @Test("documents without an announced length are refused before they are read, but for an emptied collection")
    func missingLength() async throws {
        try await ShipyardFixture.with { fixture in
            let chunked: HTTPFields = [.transferEncoding: "chunked"]
            func plan(_ query: String) async -> RouteTable.Plan {
                await fixture.table.plan(
                    for: APIRequest(
                        method: .post, target: "/api/v1.0/configdocs/a\(query)", headers: chunked,
                        caller: .administrator("operator")))
            }
            guard case .answer(let refused, _, _) = await plan("?buffermode=replace") else {
                Issue.record("the body would be read")
                return
            }
            #expect(refused.status == .badRequest)
            #expect(refused.json["message"] == "Content-Length is a required header")
            #expect(refused.json["reason"] == "Content Length is 0 or not specified")
            guard case .call = await plan("?empty-collection=true") else {
                Issue.record("an emptied collection needs no length")
                return
            }
            let roles = try await fixture.service.roles()
            #expect(roles.latest == nil)
        }
    }

    // GET /v1.0/workflows, "Notice the workflow_id values, these can be used for drilldown."
    @Test("dates and ids of runs, actions and steps have the documented forms, and runs of one moment stay apart")
    func forms() async throws {
        try await ShipyardFixture.with(now: { Self.moment }) { fixture in
            let id = try await endedAction(fixture)
            _ = try await endedAction(fixture)
            let runs = await fixture.ask(.get, "/api/v1.0/workflows?since=2017-10-01").json
            let run = try #require(runs[0])
            #expect(run["execution_date"] == "2017-10-09 21:18:56")
            #expect(run["start_date"] == "2017-10-09 21:18:56.685999")
            #expect(run["end_date"] == "2017-10-09 21:18:56.685999")
            #expect(run["run_id"] == "manual__2017-10-09T21:18:56")
            #expect(run["workflow_id"] == "test_site__2017-10-09T21:18:56.685999")
            #expect(runs[1]?["workflow_id"] == "test_site__2017-10-09T21:18:56.686000")
            #expect(run["external_trigger"] == true)
            #expect(run["dag_id"] == "test_site")
            for run in runs.arrayValue ?? [] {
                let name = run["workflow_id"]?.stringValue ?? ""
                #expect(await fixture.ask(.get, "/api/v1.0/workflows/\(name)").json["id"] == run["id"])
            }
            let action = await fixture.ask(.get, "/api/v1.0/actions/\(id)").json
            #expect(action["dag_execution_date"] == "2017-10-09T21:18:56")
            #expect(action["datetime"] == "2017-10-09 21:18:56.685999+00:00")
            let created = await fixture.ask(
                .post, "/api/v1.0/actions", #"{"name": "test_site"}"#, type: "application/json")
            #expect(created.json["dag_execution_date"] == "2017-10-09T21:18:56")
            #expect(created.json["timestamp"] == "2017-10-09 21:18:56.685999")
            let step = await fixture.ask(.get, "/api/v1.0/actions/\(id)/steps/action_xcom").json
            #expect(step["execution_date"] == "2017-10-09 21:18:56")
            for date in ["start_date", "end_date", "queued_dttm"] {
                #expect(step[date] == "2017-10-09 21:18:56.685999")
            }
            #expect(step["run_id"] == run["run_id"])
        }
    }

    // GET /v1.0/workflows/{id}: "All steps of all sub-dags will be included in the list of steps, as well as section
    // indicating the sub-dags for this parent workflow." and "Sub_dags can be queried to restrict to only that
    // sub-dag's steps."
    @Test("a run has all steps and its groups as sub-dags, which are runs of their own")
    func subDags() async throws {
        try await ShipyardFixture.with(now: { Self.moment }) { fixture in
            let id = try await endedAction(fixture)
            let run = await fixture.ask(.get, "/api/v1.0/workflows/test_site__2017-10-09T21:18:56.685999").json
            let steps = [
                "action_xcom", "preflight.ucp_preflight_check", "deployment_configuration", "armada_test_releases",
            ]
            #expect(run["steps"]?.arrayValue?.compactMap { $0["task_id"]?.stringValue } == steps)
            let sub = try #require(run["sub_dags"]?[0])
            #expect(run["sub_dags"]?.arrayValue?.count == 1)
            #expect(
                members(sub).sorted() == [
                    "dag_id", "end_date", "execution_date", "external_trigger", "run_id", "start_date", "state",
                    "workflow_id",
                ])
            #expect(sub["dag_id"] == "test_site.preflight")
            #expect(sub["run_id"] == "backfill_2017-10-09T21:18:56")
            #expect(sub["external_trigger"] == false)
            #expect(sub["state"] == "success")
            #expect(sub["execution_date"] == "2017-10-09 21:18:56")
            #expect(sub["start_date"] == "2017-10-09 21:18:56.685999")
            let name = try #require(sub["workflow_id"]?.stringValue)
            #expect(name == "test_site.preflight__2017-10-09T21:18:56.685999")
            let alone = await fixture.ask(.get, "/api/v1.0/workflows/\(name)").json
            #expect(alone["steps"]?.arrayValue == [run["steps"]?[1] ?? .null])
            #expect(alone["sub_dags"] == [])
            #expect(alone["dag_id"] == sub["dag_id"])
            #expect(alone["state"] == sub["state"])
            for other in ["test_site.nothing", "test_site.", "test_site.action_xcom", "deploy_site.preflight"] {
                let answer = await fixture.ask(.get, "/api/v1.0/workflows/\(other)__2017-10-09T21:18:56.685999")
                #expect(answer.json == [:], "\(other)")
            }
            #expect(await fixture.ask(.get, "/api/v1.0/actions/\(id)").json["steps"]?.arrayValue?.count == 4)
        }
    }

    /// Commits a site, and begins to deploy one node of it anew.
    ///
    /// - Returns: the action's id, once its first task runs.
    private static func beginRedeployment(_ fixture: ShipyardFixture) async throws -> String {
        #expect(await fixture.commitSite().status == .ok)
        let created = await fixture.ask(
            .post, "/api/v1.0/actions", #"{"name": "redeploy_server", "parameters": {"target_nodes": "n1"}}"#,
            type: "application/json")
        let id = try #require(created.json["id"]?.stringValue)
        await fixture.provisioner.waitForStart(of: .destroyNodes)
        return id
    }

    @Test("a group's state and dates follow from its steps")
    func groupStates() async throws {
        try await ShipyardFixture.with { fixture in
            let id = try await Self.beginRedeployment(fixture)
            let runs = await fixture.ask(.get, "/api/v1.0/workflows").json
            let name = runs[0]?["workflow_id"]?.stringValue ?? ""
            func groups() async -> [Value] {
                await fixture.ask(.get, "/api/v1.0/workflows/\(name)").json["sub_dags"]?.arrayValue ?? []
            }
            let running = await groups()
            #expect(
                running.map { $0["dag_id"] } == [
                    "redeploy_server.validate_site_design", "redeploy_server.drydock_build",
                ])
            #expect(running.map { $0["state"] } == ["success", .null])
            #expect(running[0]["end_date"] != .null)
            #expect(running.map { $0["start_date"] == .null } == [false, true])
            #expect(running[1]["end_date"] == .null)
            #expect(await fixture.ask(.post, "/api/v1.0/actions/\(id)/control/stop").status == .accepted)
            #expect(await fixture.ask(.get, "/api/v1.0/actions/\(id)?wait=60s").json["action_lifecycle"] == "Failed")
            #expect(await groups().map { $0["state"] } == ["success", "success"])
        }
    }

    // /v1.0/actions/{action_id}: "context_marker: The user supplied or system assigned context marker associated with
    // the action".
    @Test("an action has the marker that its user supplied, or one of the daemon's")
    func contextMarker() async throws {
        try await ShipyardFixture.with { fixture in
            func marker(_ supplied: String?) async throws -> (Value?, String?) {
                var headers: HTTPFields = [:]
                if let name = HTTPField.Name("X-Context-Marker") { headers[name] = supplied }
                let created = await fixture.ask(
                    .post, "/api/v1.0/actions", #"{"name": "test_site"}"#, type: "application/json", headers: headers)
                let id = created.json["id"]?.stringValue ?? ""
                let action = await fixture.ask(.get, "/api/v1.0/actions/\(id)").json
                #expect(action["context_marker"] == created.json["context_marker"])
                let request = HTTPField.Name("X-Shipyard-Req").flatMap { created.headers[$0] }
                return (action["context_marker"], request)
            }
            for supplied in [
                "416dec4b-82f9-4339-8886-3a0c4982aec3", "ticket-4711", String(repeating: "m", count: 64),
            ] {
                #expect(try await marker(supplied).0 == .string(supplied))
            }
            for unfit in [nil, "", "two words", "caf\u{e9}", String(repeating: "m", count: 65)] {
                let (assigned, request) = try await marker(unfit)
                #expect(request.flatMap { UUIDv4($0) } != nil)
                #expect(assigned == request.map(Value.string))
            }
        }
    }

    // Query Parameters: "values ranging from 0 (none) to 5 (most)", "Setting the verbosity parameter to 0 will instruct
    // the resource to turn off all optional data being returned. The default verbosity level is 1 (summary)."
    @Test("each level of verbosity adds what its table says, and 1 is the default", arguments: [nil, 0, 1, 2, 3, 4, 5])
    func verbosity(level: Int?) async throws {
        try await ShipyardFixture.with { fixture in
            let id = try await Self.beginRedeployment(fixture)
            let step = "destroy_nodes"
            while try await fixture.service.step(step, of: id, verbosity: 1)["waiting_for"] == nil {
                try Task.checkCancellation()
                await Task.yield()
            }
            try await fixture.service.notes.add(
                (1...5).flatMap { verbosity in
                    [
                        Note.action(id, "more", verbosity: verbosity, at: .now()),
                        Note.step(id, step, "more", verbosity: verbosity, at: .now()),
                    ]
                })
            let query = level.map { "?verbosity=\($0)" } ?? ""
            func ask(_ path: String) async -> Value { await fixture.ask(.get, "/api/v1.0/\(path)\(query)").json }
            func notes(_ value: Value?) -> [Int] {
                (value?["notes"]?.arrayValue ?? []).filter { $0["note_val"] == "more" }.compactMap {
                    $0["verbosity"]?.intValue
                }
            }
            let level = level ?? 1
            let shown = Array([1, 2, 3, 4, 5].prefix(level))
            let entity = [
                "id", "name", "parameters", "dag_id", "dag_execution_date", "user", "datetime", "context_marker",
                "dag_status", "action_lifecycle", "steps", "notes",
            ]
            let listedStep = ["url", "state", "id", "index", "notes"]

            let listed = await ask("actions")[0]
            #expect(members(listed) == entity)
            #expect(notes(listed) == shown)
            let stepOfList = try #require(listed?["steps"]?.arrayValue?.first { $0["id"] == .string(step) })
            #expect(members(stepOfList) == listedStep)
            #expect(notes(stepOfList) == [])

            let action = await ask("actions/\(id)")
            #expect(members(action) == entity + ["validations", "command_audit"])
            #expect(notes(action) == shown)
            let stepOfAction = try #require(action["steps"]?.arrayValue?.first { $0["id"] == .string(step) })
            #expect(
                members(stepOfAction)
                    == listedStep + (level >= 2 ? ["waiting_for"] : []) + (level >= 3 ? ["tasks"] : [])
                    + (level >= 4 ? ["start_date", "end_date", "duration", "try_number"] : []))
            #expect(notes(stepOfAction) == Array(shown.prefix(1)))

            let airflow = [
                "task_id", "dag_id", "execution_date", "run_id", "start_date", "end_date", "duration", "state",
                "try_number", "max_tries", "hostname", "unixname", "job_id", "pool", "queue", "priority_weight",
                "operator", "queued_dttm", "pid", "dag_run_id",
            ]
            let record =
                airflow + (level >= 1 ? ["waiting_for"] : []) + (level >= 3 ? ["tasks"] : []) + ["index", "notes"]
            let alone = await ask("actions/\(id)/steps/\(step)")
            #expect(members(alone) == record)
            #expect(notes(alone) == shown)
            #expect(alone["tasks"]?.arrayValue?.count == (level >= 3 ? 1 : nil))
            if level >= 3 {
                #expect(
                    members(alone["tasks"]?[0]) == ["task_id", "action", "status", "result", "created", "updated"])
                #expect(alone["tasks"]?[0]?["action"] == "destroy_nodes")
                #expect(alone["tasks"]?[0]?["status"] == "running")
                #expect(stepOfAction["tasks"] == alone["tasks"])
            }

            let run = [
                "execution_date", "end_date", "workflow_id", "start_date", "external_trigger", "dag_id", "state", "id",
                "run_id", "dag_run_id",
            ]
            let conf = level >= 1 ? ["conf"] : []
            let runs = await ask("workflows")
            #expect(members(runs[0]).sorted() == (run + conf).sorted())
            let whole = await ask("workflows/\(runs[0]?["workflow_id"]?.stringValue ?? "")")
            #expect(members(whole).sorted() == (run + conf + ["steps", "sub_dags"]).sorted())
            #expect(whole["steps"]?.arrayValue?.first { $0["task_id"] == .string(step) } == alone)
        }
    }

    @Test("Drydock's tasks are told of to whoever may read them there")
    func tasksOfSteps() async throws {
        try await ShipyardFixture.with { fixture in
            let id = try await Self.beginRedeployment(fixture)
            let hidden = try await fixture.service.step("destroy_nodes", of: id, verbosity: 5, readsTasks: false)
            #expect(hidden["tasks"] == nil)
            #expect(try await fixture.service.action(id, verbosity: 5)["steps"]?[6]?["tasks"] == nil)
        }
    }

    // /v1.0/site_statuses: "nodes-provision-status will fetch provisioning statuses of all nodes in the site.", with
    // `"hostname": "abc.xyz.com"` and `"power_state": "On"`.
    @Test("site statuses have all nodes of the site under full names, and the keys of the document or of the client")
    func siteStatuses() async throws {
        try await ShipyardFixture.with { fixture in
            func ask(_ query: String) async -> Value { await fixture.ask(.get, "/api/v1.0/site_statuses\(query)").json }
            let provision: Value = [["hostname": "n1.local", "status": "Ready"]]
            let power: Value = [["hostname": "n1.local", "power_state": "On"]]
            #expect(await ask("") == ["nodes-provision-status": provision, "machines-power-state": power])
            #expect(await ask("?filters=nodes-provision-status") == ["nodes-provision-status": provision])
            #expect(await ask("?filters=machines-power-state") == ["machines-power-state": power])
            #expect(
                await ask("?filters=nodes-provision-status%2Cmachines-power-state")
                    == ["nodes-provision-status": provision, "machines-power-state": power])
            // The reference's client sends a verbosity with every request, and fails at any other key.
            for level in 0...5 {
                #expect(
                    await ask("?verbosity=\(level)")
                        == ["nodes_provision_status": provision, "machines_powerstate": power])
            }
            #expect(
                await ask("?verbosity=1&filters=machines-power-state") == ["machines_powerstate": power])
            // Before a machine is seen, and with one that is nobody's.
            fixture.provisioner.show([])
            #expect(
                await ask("") == [
                    "nodes-provision-status": [["hostname": "n1.local", "status": "Missing"]],
                    "machines-power-state": [["hostname": "n1.local", "power_state": "Unknown"]],
                ])
            fixture.provisioner.show([MachineStatus(node: nil, hostname: "01unknown", state: .ready, power: .off)])
            #expect(
                await ask("?filters=machines-power-state")["machines-power-state"] == [
                    ["hostname": "n1.local", "power_state": "Unknown"],
                    ["hostname": "01unknown", "power_state": "Off"],
                ])
        }
    }

    // Example response: the explanation of an error stands in the list of details, which clients print.
    @Test(
        "a parameter that cannot be read is explained in the list of messages",
        arguments: [
            ("GET", "actions/01BTTMFVDKZFRJM80FGD7J1AKN/steps/s/logs?try=two", "try"),
            ("POST", "commitconfigdocs?force=maybe", "force"), ("POST", "commitconfigdocs?dryrun=maybe", "dryrun"),
            ("GET", "configdocs/c?cleartext-secrets=maybe", "cleartext-secrets"),
            ("GET", "renderedconfigdocs?cleartext-secrets=maybe", "cleartext-secrets"),
            ("POST", "configdocs/c?empty-collection=maybe", "empty-collection"),
            ("GET", "actions?limit=0", "limit"), ("GET", "actions/x?wait=soon", "wait"),
        ])
    func badParameters(method: String, path: String, name: String) async throws {
        try await ShipyardFixture.with { fixture in
            let answer = await fixture.ask(method == "GET" ? .get : .post, "/api/v1.0/\(path)")
            #expect(answer.status == .badRequest)
            let sentence = try #require(answer.json["message"]?.stringValue)
            #expect(sentence.hasPrefix("The \"\(name)\" parameter is invalid. The value "))
            let messages: Value = [["message": .string(sentence), "error": true]]
            #expect(answer.json["details"]?["messageList"] == messages)
            #expect(answer.json["details"]?["errorList"] == messages)
            #expect(answer.json["reason"] == "Invalid parameter")
        }
    }

    // GET /v1.0/renderedconfigdocs: "Returns the full set of configdocs in their rendered form."
    @Test("documents that do not render have Deckhand's own status and a sentence")
    func notRendering() async throws {
        try await ShipyardFixture.with { fixture in
            func document(_ layer: String) -> String {
                "schema: example/Kind/v1\nmetadata: {schema: metadata/Document/v1, name: a, storagePolicy: cleartext, "
                    + "layeringDefinition: {layer: \(layer)}}\ndata: {}\n"
            }
            let staged = await fixture.ask(.post, "/api/v1.0/configdocs/a", document("site"))
            #expect(staged.status == .created)
            let conflict = await fixture.ask(.get, "/api/v1.0/renderedconfigdocs")
            #expect(conflict.status == .conflict)
            #expect(conflict.json["message"] == "Deckhand indicated an error while rendering")
            #expect(conflict.json["reason"] == "Required LayeringPolicy was not found for layering")
            #expect(conflict.json["code"] == "409 Conflict")
            #expect(conflict.json["retry"] == false)
            #expect(await fixture.commitSite().status.code == 409)
            let policy = """
                schema: deckhand/LayeringPolicy/v1
                metadata: {schema: metadata/Control/v1, name: layering-policy}
                data: {layerOrder: [site]}
                ---

                """
            let broken = await fixture.ask(
                .post, "/api/v1.0/configdocs/a?buffermode=replace", policy + document("nowhere"))
            #expect(broken.status == .created)
            let invalid = await fixture.ask(.get, "/api/v1.0/renderedconfigdocs")
            #expect(invalid.status == .badRequest)
            #expect(invalid.json["reason"]?.stringValue?.contains("nowhere") == true)
            #expect(invalid.json["reason"]?.stringValue?.contains("\n") == false)
        }
    }
}
