import Primitives
import TestSupport
import Testing

@testable import BoatyardCLI

@Suite("Answers that no daemon would give")
struct AnswerFuzzTests {
    /// What a daemon does answer, of every kind that commands show.
    private static let answers = [
        """
        {"id": "01K", "name": "deploy_site", "action_lifecycle": "Processing", "dag_status": "running", "user": "root",
         "datetime": "2026-11-21 20:45:48.262197+00:00", "dag_execution_date": "2026-11-21T20:45:48", "context_marker": "m",
         "parameters": {"target_nodes": ["n1"]}, "committed_revision_id": 3,
         "steps": [{"id": "drydock_build.deploy_nodes", "state": "running", "index": 3, "url": "/a", "try_number": 1,
           "duration": 1.5, "waiting_for": {"event": "the inventory of n1", "since": "2026-11-21T20:45:48.262197Z",
           "deadline": "2026-11-21T21:45:48.262197Z", "then": "the node fails"},
           "notes": [{"assoc_id": "step/01K/x", "subject": "x", "note_val": "text", "note_timestamp": "t", "resolved_url": "u"}]},
          {"id": "preflight.check", "state": "failed", "message": "no"}],
         "command_audit": [{"id": "a", "command": "invoke", "user": "root", "datetime": "2026-11-21 20:45:48+00:00"}],
         "validations": [{"id": "v", "validation_name": "n", "details": "d"}], "notes": []}
        """,
        """
        [{"hostname": "n1", "name": "n1", "status": "Deployed", "status_name": "Deployed", "state": "ready", "power": "on",
          "message": "n1: failed", "reason": "no power", "mac": "52:54:00:00:00:01", "waiting_for": {"event": "e", "since": "2026-11-21T20:45:48Z"},
          "memory": 1024, "cpu_count": 4}]
        """,
        """
        {"nodes_provision_status": [{"hostname": "n1", "status": "Ready"}],
         "machines_powerstate": [{"hostname": "n1", "power_state": "On"}]}
        """,
        """
        [{"collection_name": "site", "base_status": "not present", "new_status": "created",
          "base_version": "committed", "new_version": "buffer"}]
        """,
        """
        [{"workflow_id": "deploy_site__2026-11-21T20:45:48.262197", "execution_date": "x", "dag_id": "deploy_site", "state": "ok",
          "steps": [{"task_id": "a", "state": "success", "start_date": "d", "end_date": "e"}]}]
        """,
        """
        {"apiVersion": "v1.0", "kind": "status", "status": "Failure", "code": 409, "message": "m", "reason": "r",
         "metadata": {}, "details": {"errorCount": 1, "messageList": [{"message": "no", "error": true, "level": "Error",
         "name": "DD1001", "kind": "ValidationMessage", "documents": [{"schema": "a/B/v1", "name": "n", "layer": "site"}],
         "diagnostic": "do this", "source": "Deckhand"}]}}
        """,
        """
        {"error": {"code": 401, "title": "Unauthorized", "message": "The request you have made requires authentication."}}
        """,
        """
        {"document": {"schema": "a/B/v1", "name": "n", "layer": "site"}, "path": ".a", "value": {"b": 1}, "redacted": false,
         "origin": [{"action": "merge", "document": {"schema": "a/B/v1", "name": "m"}, "bucket": "site", "revision": 1,
         "line": 12, "file": "a.yaml", "path": ".a", "section": "data", "origin": [{"action": "written"}]}],
         "children": [{"path": ".a.b", "origin": [{"action": "written", "line": 3}]}]}
        """,
        """
        {"from": "1", "to": "2", "nodes": [{"node": "n1", "effect": "reinstall", "fields": [{"path": "a.b", "from": 1, "to": null}]}],
         "counts": {"reinstall": 1}}
        """,
    ].map { Array($0.utf8) }

    /// Everything that a command shows of it.
    private func show(_ value: Value) throws -> Int {
        let list = value.arrayValue ?? [value]
        let view = ActionView(value, nodes: list)
        var texts = [
            GetConfigdocs.text(value), ActionTable.text(list), GetSiteStatuses.text(value), GetWorkflows.text(value),
            DescribeAction.text(value, outcome: []), DescribeAction.details(value),
            DescribeAction.steps(value["steps"]?.arrayValue ?? list, of: "01K"), DescribeAction.commands(list),
            DescribeAction.validation(value), DescribeWorkflow.text(value), DescribeWorkflow.steps(list),
            Plan.text(value), Hint.text(status: 409, body: value) ?? "", Reference.text(value) ?? "",
            ActionView.counts(MachineView.all(list)), MessageList.counts(list), "\(Failure(status: 409, body: value))",
            ExplanationText(explanation: value, path: ".a", revision: 1).text, "\(view.hasEnded)",
        ]
        texts += Reference.notes(value["notes"] ?? value)
        if let wait = WaitView(value["waiting_for"] ?? value) { texts.append("\(wait)") }
        if let id = value["id"]?.stringValue { _ = try? Reference.checked(id) }
        return texts.reduce(0) { $0 + $1.utf8.count }
    }

    @Test("are shown as far as they mean anything, and end no command")
    func mutated() throws {
        let mutator = TreeMutator(form: .json, seeds: Self.answers)
        #expect(!mutator.isEmpty)
        var generator = SplitMix(seed: 20_261_130)
        var shown = 0
        for answer in Self.answers { shown += try show(Value(json: answer)) }
        for _ in 0..<6000 { if let value = try? Value(json: mutator.input(&generator)) { shown += try show(value) } }
        #expect(shown > 0)
    }
}
