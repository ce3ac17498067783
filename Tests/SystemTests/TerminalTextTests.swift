import Foundation
import Primitives
import Testing

@testable import BoatyardCLI

@Suite("What others say on the terminal")
struct TerminalTextTests {
    /// A line feed, and one of each kind of what commands a terminal.
    private static let hostile = "x\nFORGED\u{1b}[31m\u{9b}2J\u{7f}\u{202e}\u{2028}\ry"
    private static let shown = "x\\nFORGED\\u001b[31m\\u009b2J\\u007f\\u202e\\u2028\\u000dy"

    @Test("a cell of a table is one line, and its column as wide as what is shown")
    func cells() {
        var table = Table("Name", "State")
        table.rows = [[Self.hostile, "one"], ["n", "two"]]
        let lines = table.text.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[1] == "\(Self.shown)   one")
        #expect(lines[2] == "n\(String(repeating: " ", count: Self.shown.count + 2))two")
    }

    /// Everything that the program prints of an answer, all of whose texts are hostile.
    private static func everything() -> [String] {
        let text = Value.string(hostile)
        let note: Value = [
            "sub_type": text, "subject": text, "note_timestamp": text, "note_val": text, "note_id": text,
            "resolved_url_value": text,
        ]
        let step: Value = ["id": text, "state": text, "index": 1, "notes": [note]]
        let action: Value = [
            "id": text, "name": text, "action_lifecycle": text, "dag_execution_date": text, "datetime": text,
            "dag_status": text, "user": text, "context_marker": text, "parameters": [Self.hostile: text],
            "notes": [note], "steps": [step], "command_audit": [["command": text, "user": text, "datetime": text]],
        ]
        let plan: Value = [
            "nodes": [["name": text, "effect": text, "fields": [["path": text, "from": text, "to": 1]]]],
            "summary": [Self.hostile: 1],
        ]
        let document: Value = ["schema": text, "name": text, "layer": text]
        let origin: Value = [
            "schema": text, "name": text, "layer": text, "action": text, "action_path": text, "file": text,
            "path": text,
            "bucket": text,
        ]
        let explanation: Value = [
            "document": document, "path": text, "value": text, "origin": [origin],
            "children": [["path": text, "origin": [origin]]],
        ]
        return [
            DescribeAction.text(action, outcome: [hostile]),
            DescribeWorkflow.text(["workflow_id": text, "state": text, "steps": [["task_id": text, "state": text]]]),
            Plan.text(plan), GetConfigdocs.text([["collection_name": text, "base_status": text]]),
            GetSiteStatuses.text(["nodes_provision_status": [["hostname": text, "status": text]]]),
            ExplanationText(explanation: explanation, path: ".", revision: 1).text,
            MessageList.lines([["level": text, "name": text, "source": text, "documents": [document]]])
                .joined(separator: "\n"),
            ActionTable.text([action]),
        ]
    }

    @Test("no line of a table or list begins with what a document, a machine or a server says")
    func lines() {
        for text in Self.everything() {
            #expect(text.contains(Self.shown), "\(text)")
            #expect(!text.split(separator: "\n").contains { $0.hasPrefix("FORGED") }, "\(text)")
            let isClean = text.unicodeScalars.allSatisfy { $0 == "\n" || !ControlCharacters.contains($0) }
            #expect(isClean, "\(text)")
        }
    }

    @Test("messages of several lines are set in, so that none of them passes for one of ours")
    func messages() {
        let text = Value.string("first\n- Error: forged\nError: forged")
        let list = MessageList.lines([
            ["message": text, "error": true], ["message": text, "error": true, "name": "N", "diagnostic": text],
        ])
        let failure = Failure(status: 400, body: ["message": text, "reason": text]).text
        let status = MessageList.status(["message": text, "reason": text], verbose: true)
        for line in (list + [failure, status]).joined(separator: "\n").split(separator: "\n")
        where line.contains("forged") {
            #expect(line.hasPrefix("    "), "\(line)")
        }
    }

    @Test(
        "wrong arguments come back escaped, from every program",
        arguments: [
            ("boatyard", ["get", "ARG"]), ("boatyard", ["--ARG"]), ("boatyard", ["create", "action", "ARG"]),
            ("boatyard", ["plan", "--from", "ARG"]), ("boatyard", ["get", "actions", "--url", "ARG"]),
            ("boatyard", ["design", "/ARG.yaml"]), ("boatyard", ["get", "nodes", "--socket", "/ARG"]),
            ("boatyardd", ["--ARG"]), ("boatyardd", ["--config", "/ARG"]),
            ("boatyard-rehearse", ["--site", "s", "--map", "m", "--boot-server", "b", "--ARG"]),
            ("boatyard-rehearse", ["--site", "/ARG", "--map", "m", "--boot-server", "b"]),
        ])
    func arguments(program: String, arguments: [String]) throws {
        let argument = "\u{1b}[31m\u{9b}2J\u{202e}\u{2028}"
        let run = try Program(program, arguments.map { $0.replacing("ARG", with: argument) })
        #expect(run.wait() != 0)
        let text = run.standardError + run.standardOutput
        #expect(text.contains("\\u001b[31m\\u009b2J\\u202e\\u2028"), "\(text)")
        #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0 == "\t" || !ControlCharacters.contains($0) })
    }
}
