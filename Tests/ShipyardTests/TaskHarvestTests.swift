import Drydock
import DrydockFake
import OrderedCollections
import Primitives
import Store
import Synchronization
import TestSupport
import Testing
import Workflow

@testable import Shipyard

@Suite(.enabled(if: Conformance.has("shipyard/dags.json"))) struct TaskHarvestTests {
    private func task(_ id: String, _ value: Value) -> DrydockTask {
        let recorded = value["result"]
        func names(_ key: String) -> [String] { recorded?[key]?.arrayValue?.compactMap(\.stringValue) ?? [] }
        var result = TaskResult()
        result.status = .success
        result.successes = names("successes")
        result.failures = names("failures")
        let messages = (recorded?["details"]?["messageList"]?.arrayValue ?? []).map { message in
            TaskMessage(
                message["message"]?.stringValue ?? "", isError: message["error"] == true,
                contextType: message["context_type"]?.stringValue ?? "N/A",
                context: message["context"]?.stringValue ?? "N/A",
                time: message["ts"]?.stringValue.flatMap { Timestamp($0) } ?? Timestamp(microseconds: 0))
        }
        result.links = (recorded?["links"]?.arrayValue ?? []).compactMap { link in
            guard let relation = link["rel"]?.stringValue, let reference = link["href"]?.stringValue else { return nil }
            return TaskResult.Link(relation: relation, reference: reference)
        }
        return .ended(
            result, id: id, messages: messages,
            subtasks: value["subtask_id_list"]?.arrayValue?.compactMap(\.stringValue) ?? [])
    }

    @Test("what a Drydock task did and said is taken over as by the reference")
    func recorded() async throws {
        let cases = try #require(try Conformance.json("shipyard/drydock/task_successes.json")["cases"]?.arrayValue)
        let tasks = cases[0]["tasks"]?.objectValue ?? [:]
        for testCase in cases.dropFirst() {
            try await Fixture.with { fixture in
                let id = try #require(testCase["task_id"]?.stringValue)
                for (other, value) in tasks {
                    fixture.provisioner.keep(task(other, value), key: other == id ? "A/s/1//verify_site" : nil)
                }
                let (service, database) = try fixture.open()
                let action = SiteAction(
                    id: "A", name: "deploy_site", parameters: [:], executionDate: .now(), user: "u", created: .now(),
                    contextMarker: "", committedRevision: 1, allowsIntermediateCommits: nil,
                    run: WorkflowRun(try WorkflowGraph(id: "g", steps: [])))
                let context = StepContext(
                    action: action, step: "s", tryNumber: 1,
                    log: StepLog(
                        folder: fixture.folder + "/logs", action: "A", step: "s", tryNumber: 1, now: { .now() }),
                    environment: service.environment, setWait: { _ in })
                let found = try await DrydockTasks(context: context).run(.verifySite, timeout: 1)
                let successes = Value(DrydockTasks.successes(found).sorted())
                #expect(successes == testCase["expect"]?["successes"], "task \(id)")
                let notes = try await service.notes.notes(of: "step/A/s", verbosity: 5).map(described).sorted()
                let expected = (testCase["expect"]?["notes"]?.arrayValue ?? []).map(described).sorted()
                #expect(notes == expected, "task \(id)")
                await database.close()
            }
        }
    }

    private func described(_ note: Note) -> String {
        [note.subject, note.subType, note.text, "\(note.verbosity)", note.link ?? "-"].joined(separator: "|")
    }

    private func described(_ note: Value) -> String {
        [
            note["subject"]?.stringValue ?? "", note["sub_type"]?.stringValue ?? "",
            note["note_val"]?.stringValue ?? "", "\(note["verbosity"]?.intValue ?? 0)",
            note["link_url"]?.stringValue ?? "-",
        ].joined(separator: "|")
    }
}
