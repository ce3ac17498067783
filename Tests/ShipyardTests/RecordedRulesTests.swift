import Documents
import Drydock
import JSONSchema
import OrderedCollections
import Primitives
import Store
import Synchronization
import TestSupport
import Testing
import Workflow
import YAML

@testable import Shipyard

private func cases(_ name: String) throws -> [Value] {
    let cases = try #require(try Conformance.json("shipyard/\(name).json")["cases"]?.arrayValue)
    #expect(!cases.isEmpty)
    return cases
}

/// Recordings of small rules, one file each.
@Suite(.enabled(if: Conformance.has("shipyard/dags.json"))) struct RecordedRulesTests {
    @Test("secrets are taken out of logs")
    func redactor() throws {
        for testCase in try cases("misc/redactor") {
            let text = try #require(testCase["in"]?.stringValue)
            // A token in a header is none of the reference's words; here it is a secret too.
            let expected = text == "X-Auth-Token: abc" ? "X-Auth-Token: ***" : testCase["expect"]?.stringValue
            #expect(LogRedactor.redact(text) == expected)
        }
        for text in ["", "password", "password:", "tokens: 3", "a://b", "secretary: x", "x://a:b/c@d"] {
            #expect(LogRedactor.redact(text) == text)
        }
        #expect(LogRedactor.redact("PASSWORD=x, y") == "PASSWORD=***, y")
    }

    @Test("ids of actions have the form of ULIDs, the time first")
    func actionIdentifiers() throws {
        var generator = SystemRandomNumberGenerator()
        for testCase in try cases("misc/ulid") {
            if let alphabet = testCase["alphabet"]?.stringValue {
                #expect(testCase["pattern"] == "^[0-9A-HJKMNP-TV-Z]{26}$")
                for _ in 0..<1000 {
                    let text = ULID().description
                    #expect(text.count == 26 && text.allSatisfy { alphabet.contains($0) })
                }
                continue
            }
            let milliseconds = try #require(testCase["time_ms"]?.intValue)
            let time = Timestamp(microseconds: Int64(milliseconds) * 1000)
            let id = ULID(at: time, using: &generator)
            #expect(String(id.description.prefix(10)) == testCase["expect_prefix"]?.stringValue)
            #expect(ULID(id.description)?.time == time)
        }
    }

    @Test("ids of workflows are made and taken apart")
    func workflowIdentifiers() throws {
        for testCase in try cases("misc/workflow_ids") {
            switch testCase["op"]?.stringValue {
            case "id":
                let run = testCase["run"]
                let date = try #require(run?["execution_date"]?.stringValue.flatMap { Timestamp($0) })
                let id = WorkflowIdentifier(workflow: run?["dag_id"]?.stringValue ?? "", executionDate: date)
                #expect(id.description == testCase["expect"]?.stringValue)
            case "split":
                let id = try #require(try WorkflowIdentifier.parse(testCase["id"]?.stringValue ?? ""))
                #expect(id.workflow == testCase["expect"]?["dag_id"]?.stringValue)
                #expect(id.executionDate.formatted(.isoNaive) == testCase["expect"]?["execution_date"]?.stringValue)
            default:
                // A zone counts here; the reference drops it.
                guard let text = testCase["value"]?.stringValue, !text.hasSuffix("+02:00") else { continue }
                let expected = try #require(testCase["expect"]?.stringValue)
                #expect(Timestamp(text) == Timestamp(expected))
            }
        }
        #expect(throws: ShipyardError.self) { _ = try WorkflowIdentifier.parse("deploy_site_2026") }
    }

    @Test("the deployment version is found in whatever was posted")
    func receivedDocuments() async throws {
        for testCase in try cases("configdocs/received_docs") {
            let body = Array((testCase["yaml"]?.stringValue ?? "").utf8)
            // The reference takes a lone scalar for none; here Deckhand refuses it.
            try await Fixture.with { fixture in
                let (service, database) = try fixture.open { $0.versionOnCreate = .error }
                var isFound = true
                do {
                    _ = try await service.addCollection(
                        "c", body: body, bufferMode: nil, isEmptyCollection: body.isEmpty)
                } catch let error as ShipyardError {
                    isFound = error.title != "Deployment version document missing from collection"
                }
                #expect(isFound == testCase["expect"]?["has_deployment_version"]?.boolValue, "\(testCase)")
                await database.close()
            }
        }
    }

    @Test("documents for Shipyard are valid against the example site's schemas where the reference's say so")
    func schemas() throws {
        let documents = try ExampleSite.documents("schemas")
        let names = [
            "deploymentConfiguration": "shipyard/DeploymentConfiguration/v1",
            "deploymentStrategy": "shipyard/DeploymentStrategy/v1",
        ]
        for testCase in try cases("deployment_configuration/schema_validation") {
            let name = names[testCase["schema"]?.stringValue ?? ""]
            let document = documents.first { $0["metadata"]?["name"]?.stringValue == name }
            let schema = try CompiledSchema(try #require(document?["data"]))
            let violations = schema.validate(testCase["data"] ?? .null)
            #expect(violations.isEmpty == testCase["valid"]?.boolValue, "\(testCase)")
        }
    }

    @Test("the manifest is the one of the action")
    func manifests() async throws {
        for testCase in try cases("engine/armada_post_apply") {
            let armada = ObedientArmada(message: testCase["armada_message"] ?? .null)
            try await Fixture.with { fixture in
                let (service, database) = try fixture.open { $0.armada = armada }
                try await fixture.commitSite(service)
                let name = try #require(testCase["action"]?.stringValue)
                let id = try await fixture.create(service, name)
                await service.waitUntilFinished(id)
                // The branch that upgrades Airflow is not there.
                #expect(try await service.action(id, verbosity: 0)["action_lifecycle"] == "Complete")
                #expect(
                    armada.manifests.withLock { $0 } == [testCase["expect"]?["query"]?["target_manifest"]?.stringValue])
                await database.close()
            }
        }
    }

    @Test("a step is found by its try, and ids of the wrong length are refused")
    func tries() async throws {
        for testCase in try cases("actions/steps") where testCase["op"] == "parse_action_id" {
            try await Fixture.withService { _, service in
                let error = await #expect(throws: ShipyardError.self) {
                    _ = try await service.stepLog(
                        "s", of: testCase["value"]?.stringValue ?? "", tryNumber: nil)
                }
                #expect(error?.title == testCase["expect"]?["title"]?.stringValue)
                #expect(error?.reason == testCase["expect"]?["description"]?.stringValue)
            }
        }
        for testCase in try cases("actions/steps") where testCase["op"] == "get_step" {
            try await stepOfTry(testCase)
        }
    }

    /// The recording has a row for each try; here there is one record, and a log for each try.
    private func stepOfTry(_ testCase: Value) async throws {
        var tries: OrderedDictionary<String, Int> = [:]
        for row in testCase["steps"]?.arrayValue ?? [] {
            guard let name = row["task_id"]?.stringValue, let number = row["try_number"]?.intValue else { continue }
            tries[name] = max(tries[name] ?? 0, number)
        }
        let wanted = tries
        try await Fixture.with { fixture in
            let (service, database) = try fixture.open { dependencies in
                dependencies.operations["tries"] = { context in
                    if context.tryNumber < wanted[context.step] ?? 0 { throw StepError("again") }
                    return .success()
                }
            }
            let steps = wanted.map { StepDefinition($0.key, "tries", retries: $0.value, retryDelay: 0) }
            let id = try await fixture.run(steps, service)
            let (step, number) = (testCase["step"]?.stringValue ?? "", testCase["try"]?.intValue)
            do {
                let path = try await service.stepLog(step, of: id, tryNumber: number)
                let expected = testCase["expect"]?["ok"]
                #expect(expected != nil)
                #expect(path.hasSuffix("/\(step)/\(number ?? wanted[step] ?? 0).log"))
            } catch let error as ShipyardError {
                #expect(error.title == testCase["expect"]?["title"]?.stringValue)
                #expect(error.reason == testCase["expect"]?["description"]?.stringValue)
            }
            await database.close()
        }
    }

    @Test("a Drydock task that has ended counts by its result, and one that has not as timed out")
    func taskResults() throws {
        for testCase in try cases("drydock/query_task") {
            // Tasks are waited for, not polled; what cannot be read is not a task.
            guard let last = testCase["status_sequence"]?.arrayValue?.last,
                let status = TaskStatus(rawValue: last[0]?.stringValue ?? ""), status != .queued
            else { continue }
            var result = TaskResult()
            result.status = try #require(TaskResult.Status(rawValue: last[1]?.stringValue ?? ""))
            do {
                try DrydockTasks.requireSuccess(.ended(result, status: status))
                #expect(testCase["expect"]?["result"]?["ok"] == true)
            } catch {
                #expect(error.description == testCase["expect"]?["result"]?["message"]?.stringValue)
            }
        }
    }
}

/// An Armada that does what it is told.
final class ObedientArmada: SoftwareDeployer {
    let name = "Armada"
    let message: Value
    let manifests = Mutex<[String]>([])

    init(message: Value) { self.message = message }

    func asked(by origin: RequestOrigin) -> Self { self }
    func checkHealth() async throws {}
    func designStatus(_ reference: String, timeout: Double) async throws -> Value {
        ["status": "Success", "details": ["errorCount": 0, "messageList": []]]
    }

    func apply(design: String, manifest: String, timeout: Double) async throws -> Value {
        manifests.withLock { $0.append(manifest) }
        return message
    }

    func releases(timeout: Double) async throws -> [(namespace: String, releases: [String])] { [("ucp", ["one"])] }
    func test(release: String) async throws -> Bool { true }
}
