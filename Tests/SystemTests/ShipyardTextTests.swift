import ArgumentParser
import Foundation
import OrderedCollections
import Primitives
import Testing

@testable import BoatyardCLI

/// What the shipyard CLI printed for the same answers, words and order; columns are narrower here.
@Suite("Texts of the shipyard CLI", .enabled(if: Place.conformance("shipyard") != nil))
struct ShipyardTextTests {
    private func cases(_ file: String) throws -> [Value] {
        let folder = try #require(Place.conformance("shipyard"))
        let data = try Data(contentsOf: folder.appendingPathComponent("cli/\(file)"))
        return try Value(json: Array(data))["cases"]?.arrayValue ?? []
    }

    /// Without blank lines, and with one blank for several.
    private func words(_ text: String) -> [String] {
        text.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }.filter { !$0.isEmpty }
    }

    private func text(_ function: String, _ arguments: [Value]) -> String? {
        let first = arguments.first ?? .null
        switch function {
        case "gen_action_table":
            // The daemon's answers are in order; the reference's client sorts them.
            let actions = first.arrayValue ?? []
            return ActionTable.text(actions.sorted { ($0["id"]?.stringValue ?? "") < ($1["id"]?.stringValue ?? "") })
        case "gen_action_details": return DescribeAction.details(first)
        case "gen_action_steps": return DescribeAction.steps(first.arrayValue ?? [], of: arguments[1].stringValue ?? "")
        case "gen_action_commands": return DescribeAction.commands(first.arrayValue ?? [])
        case "gen_action_validations":
            let validations = first.arrayValue ?? []
            return validations.isEmpty ? "Validations: None" : validations.map(DescribeAction.validation).joined()
        case "gen_detail_notes":
            let notes = Reference.notes(arguments[1]["notes"])
            return notes.isEmpty ? "" : (["\(first.stringValue ?? "") Notes:"] + notes).joined(separator: "\n")
        case "gen_workflow_table": return GetWorkflows.text(first)
        case "gen_workflow_details": return DescribeWorkflow.text(first)
        case "gen_workflow_steps": return DescribeWorkflow.steps(first.arrayValue ?? [])
        case "gen_site_statuses": return GetSiteStatuses.text(first)
        case "cli_format_status_handler":
            // Answers without messages are said more briefly here.
            guard first["details"]?["messageList"] != nil else { return nil }
            return arguments[1] == true
                ? Failure(status: 400, body: first, showsInfos: true).text : MessageList.status(first, verbose: true)
        default: return nil
        }
    }

    @Test("answers are told in the same words")
    func format() throws {
        var compared = 0
        for recorded in try cases("format.json") {
            let function = recorded["function"]?.stringValue ?? ""
            guard let expected = recorded["expect"]?.stringValue,
                let told = text(function, recorded["args"]?.arrayValue ?? [])
            else { continue }
            compared += 1
            #expect(words(told) == words(expected), "\(function)")
        }
        #expect(compared >= 16, "\(compared) recordings were compared")
    }

    @Test("what is wrong usage there is wrong usage here")
    func inputs() async throws {
        var compared = 0
        for recorded in try cases("input_checks.json") {
            let arguments = recorded["args"]?.arrayValue ?? []
            let isFine = recorded["expect"]?["usage_error"] == nil
            let check: () async throws -> Void
            switch recorded["function"]?.stringValue {
            case "check_id": check = { _ = try Reference.checked(arguments[0].stringValue ?? "") }
            case "check_action_command":
                check = { _ = try CreateAction.parse([arguments[0].stringValue ?? ""]) }
            case "check_reformat_parameter":
                check = {
                    let texts = arguments[0].arrayValue?.compactMap(\.stringValue) ?? []
                    let parameters = try CreateAction.parameters(texts)
                    #expect(parameters == recorded["expect"]?["ok"])
                }
            case "check_reformat_versions":
                check = {
                    let flags = ["--buffer", "--committed", "--last-site-action", "--successful-site-action"]
                    let given = zip(flags, arguments).filter { $1 == true }.map(\.0)
                    let pair = try await GetConfigdocs.asyncParse(given).versions.pair().map(\.1)
                    #expect(pair == recorded["expect"]?["ok"]?.arrayValue?.compactMap(\.stringValue))
                }
            default: continue
            }
            compared += 1
            let isTaken = (try? await check()) != nil
            #expect(isTaken == isFine, "\(recorded.json())")
        }
        #expect(compared >= 15, "\(compared) recordings were compared")
    }

    @Test("site statuses are told in the same words with either spelling of their keys")
    func siteStatuses() {
        let provision: Value = [["hostname": "n2.example.org", "status": "Ready"]]
        let power: Value = [["hostname": "n2.example.org", "power_state": "On"]]
        let told = GetSiteStatuses.text(["nodes-provision-status": provision, "machines-power-state": power])
        #expect(told.contains("Nodes Provision Status:\n") && told.contains("Machines Power State:\n"))
        #expect(told == GetSiteStatuses.text(["nodes_provision_status": provision, "machines_powerstate": power]))
    }

    @Test("forms of the shipyard CLI are understood")
    func forms() {
        #expect(
            ArgumentForms.normalized(["--output-format", "raw", "-v", "5", "describe", "action/A"])
                == ["describe", "action", "action/A", "--output-format", "raw", "--verbosity", "5"])
        #expect(
            ArgumentForms.normalized(["--no-debug", "--os-username", "me", "--os-password=x", "get", "actions"])
                == ["get", "actions", "--no-debug", "--os-username", "me", "--os-password=x"])
        #expect(ArgumentForms.normalized(["logs", "step/A/S/2"]) == ["logs", "step", "step/A/S/2"])
        #expect(ArgumentForms.normalized(["describe", "action", "A"]) == ["describe", "action", "A"])
        #expect(ArgumentForms.normalized(["commit", "configdocs", "-v"]) == ["commit", "configdocs", "-v"])
        #expect(ArgumentForms.normalized(["help", "actions"]) == ["help", "create", "action"])
        #expect(ArgumentForms.normalized([]) == [])
        #expect(OutputFormat(argument: "cli") == .table)
    }
}
