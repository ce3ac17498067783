import Deckhand
import HTTPTypes
import OrderedCollections
import Primitives
import SiteActions
import TestSupport
import Testing

@testable import API
@testable import Shipyard

private func cases(_ name: String) throws -> [Value] {
    let cases = try #require(try Conformance.json("shipyard/\(name).json")["cases"]?.arrayValue)
    #expect(!cases.isEmpty)
    return cases
}

func facts(_ value: Value?) -> [TaggedRevision] {
    (value?.arrayValue ?? []).map { revision in
        TaggedRevision(
            id: revision["id"]?.intValue ?? 0,
            tags: Set(revision["tags"]?.arrayValue?.compactMap(\.stringValue) ?? []))
    }
}

/// Compares with the fields of a recorded error.
func expectSame(_ error: ShipyardError, _ expected: Value?, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(error.title == expected?["title"]?.stringValue, sourceLocation: sourceLocation)
    #expect(error.reason == expected?["description"]?.stringValue, sourceLocation: sourceLocation)
    let failure = ShipyardFailure(error)
    let exception = failure.exception
    #expect(exception.errorType == expected?["error"]?.stringValue, sourceLocation: sourceLocation)
    #expect(
        expected?["status"]?.stringValue?.hasPrefix("\(exception.status.code) ") == true,
        sourceLocation: sourceLocation)
    #expect(exception.retry == expected?["retry"]?.boolValue, sourceLocation: sourceLocation)
    let items = failure.messages.map { item in
        var members = item.objectValue ?? [:]
        if members.count == 2 { members["error"] = nil }
        return Value.object(members)
    }
    #expect(items == expected?["error_list"]?.arrayValue, sourceLocation: sourceLocation)
}

@Suite(.enabled(if: Conformance.has("shipyard/dags.json"))) struct StagingRulesTests {
    @Test("revisions play the parts that their tags give them")
    func roles() throws {
        for testCase in try cases("configdocs/revision_roles") {
            let roles = RevisionRoles(facts(testCase["revisions"]))
            let expected = testCase["expect"]
            #expect(roles.buffer == expected?["buffer"]?.intValue)
            #expect(roles.committed == expected?["committed"]?.intValue)
            #expect(roles.lastSiteAction == expected?["last_site_action"]?.intValue)
            #expect(roles.successfulSiteAction == expected?["successful_site_action"]?.intValue)
            #expect(roles.latest == expected?["latest"]?.intValue)
            #expect(roles.hasIntermediateCommit == testCase["intermediate_commit"]?.boolValue)
        }
    }

    @Test("buffer modes are read in any case")
    func modes() throws {
        for testCase in try cases("configdocs/buffer_mode") {
            #expect(BufferMode(parameter: testCase["input"]?.stringValue)?.rawValue == testCase["expect"]?.stringValue)
        }
    }

    @Test("two versions are ordered, or refused with the reference's words")
    func versions() throws {
        for testCase in try cases("configdocs/versions") {
            do throws(ShipyardError) {
                if let ordered = testCase["ordered"]?.arrayValue {
                    let pair = try VersionPair(ordered.compactMap(\.stringValue))
                    let revisions = try pair.revisions(RevisionRoles(facts(testCase["revisions"])))
                    #expect(
                        testCase["expect"]?["ok"] == [
                            .string(pair.old.rawValue), .string(pair.new.rawValue), .int(revisions.old),
                            .int(revisions.new),
                        ])
                } else {
                    // One text instead of a list is what a framework made of a single parameter.
                    if testCase["versions"]?.stringValue != nil { continue }
                    let pair = try VersionPair(testCase["versions"]?.arrayValue?.compactMap(\.stringValue))
                    #expect(testCase["expect"]?["ok"] == [.string(pair.old.rawValue), .string(pair.new.rawValue)])
                }
            } catch {
                expectSame(error, testCase["expect"])
            }
        }
    }

    @Test("messages of components get the form that all validation messages have")
    func messages() throws {
        for testCase in try cases("configdocs/validation_messages") {
            switch testCase["op"]?.stringValue {
            case "validation_message":
                let shaped = ComponentMessages.shaped(
                    try #require(testCase["msg"]), defaults: testCase["defaults"]?.objectValue ?? [:])
                #expect(shaped == testCase["expect"])
            case "deckhand_message":
                let shaped = ComponentMessages.deckhand(
                    try #require(testCase["msg"]), validation: testCase["result_name"]?.stringValue ?? "")
                #expect(shaped == testCase["expect"])
            case "format_status":
                let report = ValidationReport(
                    messages: testCase["messages"]?.arrayValue ?? [],
                    errorCount: testCase["error_count"]?.intValue ?? 0)
                #expect(report.body() == testCase["expect"])
            case "add_messages":
                var report = ValidationReport(messages: [])
                report.add(
                    testCase["messages"]?.arrayValue?.compactMap(\.stringValue) ?? [],
                    try #require(Severity(rawValue: (testCase["level"]?.stringValue ?? "").lowercased())))
                #expect(report.body() == testCase["expect"])
            case "aggregate":
                guard testCase["dh"] == nil else { continue }
                var messages = testCase["sy"]?.arrayValue ?? []
                for component in testCase["components"]?.arrayValue ?? [] {
                    messages += ComponentMessages.component(component[0]?.stringValue ?? "", component[1] ?? .null)
                }
                #expect(ValidationReport(messages: messages).body() == testCase["expect"])
            default: Issue.record("an unknown case")
            }
        }
    }

    @Test("pre-run checks refuse with the reference's words")
    func preRun() throws {
        for testCase in try cases("validators/pre_run") {
            do throws(ShipyardError) {
                switch testCase["validator"]?.stringValue {
                case "target_nodes": _ = try PreRunCheck.targets(testCase["action"]?["parameters"] ?? .null)
                case "committed_revision":
                    try PreRunCheck.checkCommitted(testCase["action"]?["committed_rev_id"]?.intValue)
                default:
                    let commits: [TaggedRevision] = [
                        .init(id: 1, tags: ["committed"]), .init(id: 2, tags: ["committed"]),
                    ]
                    let roles = RevisionRoles(testCase["has_intermediate"] == true ? commits : [])
                    try PreRunCheck.checkIntermediate(
                        roles, isAllowed: testCase["allow_intermediate_commits"]?.boolValue)
                }
                #expect(testCase["expect"]?["ok"] != nil)
            } catch {
                expectSame(error, testCase["expect"])
            }
        }
    }

    @Test("every action has its checks and its policy")
    func actionMap() throws {
        for testCase in try cases("validators/action_map") {
            let name = try #require(testCase["action"]?.stringValue)
            let kind = try ActionRequest(["name": .string(name)]).kind
            #expect(Value(kind.definition.checks.map(\.rawValue)) == testCase["validators"])
            #expect(kind.policy == testCase["rbac_policy"]?.stringValue)
        }
    }

    @Test("run states have their words")
    func lifecycle() throws {
        for testCase in try cases("actions/lifecycle") {
            let word = SiteAction.lifecycle(testCase["dag_status"]?.stringValue)
            #expect(word == testCase["expect"]?.stringValue)
        }
    }

    @Test("actions exclude each other as in the reference")
    func concurrency() throws {
        for testCase in try cases("actions/concurrency") {
            // The case "other" is none of ours.
            let kind = SiteActionKind(rawValue: try #require(testCase["dag"]?.stringValue))
            if testCase["op"] == "conflict_set" {
                #expect(Value((kind?.conflicts ?? []).map(\.rawValue).sorted()) == testCase["expect"])
            } else {
                let names = testCase["running_dag_ids"]?.arrayValue?.compactMap(\.stringValue) ?? []
                let other = try #require(kind).conflict(with: names.compactMap(SiteActionKind.init(rawValue:)))
                #expect(other?.rawValue == testCase["expect"]?.stringValue)
            }
        }
    }
}
